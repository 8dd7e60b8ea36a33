"""The analysis toolkit: load a file, record calculations, save charts, verify, report, audit.

``from executor import toolkit`` costs next to nothing: each function's module, and the libraries
behind it, are imported on first use. Everything works on the current working directory, which is
the session's workspace, and every returned object has a JSON-serialisable ``to_dict()``.
"""

import importlib
from typing import TYPE_CHECKING, Any

from executor.toolkit import errors

if TYPE_CHECKING:
    from executor.toolkit.auditing import audit
    from executor.toolkit.calculations import record
    from executor.toolkit.charts import save_chart
    from executor.toolkit.fonts import configure_matplotlib
    from executor.toolkit.loading import load
    from executor.toolkit.report import build_report
    from executor.toolkit.verification import verify

__all__ = [
    "audit",
    "build_report",
    "configure_matplotlib",
    "errors",
    "load",
    "record",
    "save_chart",
    "verify",
]

# No module may be called as a function is: importing it would put the module in its place.
_MODULES = {
    "audit": "auditing",
    "build_report": "report",
    "configure_matplotlib": "fonts",
    "load": "loading",
    "record": "calculations",
    "save_chart": "charts",
    "verify": "verification",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"the toolkit has no {name!r}; it has {', '.join(__all__)}")
    function = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = function
    return function
