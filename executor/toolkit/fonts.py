"""The Korean font that comes with a Python package, for charts and for the PDF.

The package's files are located without importing it: importing changes matplotlib's settings and,
in the released version, needs ``distutils``, which Python 3.12 removed.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, cast

from executor.toolkit.errors import ToolkitError

FAMILY = "NanumGothic"
_PACKAGE = "koreanize_matplotlib"
# A colour-blind safe order (Okabe and Ito, 2008), darkest first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#6B6B6B")


@cache
def font_folder() -> Path:
    """Return the folder that holds NanumGothic.ttf and NanumGothicBold.ttf.

    Raises:
        ToolkitError: the package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    for location in (found.submodule_search_locations or []) if found else []:
        folder = Path(location) / "fonts"
        if (folder / "NanumGothic.ttf").is_file():
            return folder
    raise ToolkitError("the Korean font is missing: install the package koreanize-matplotlib")


def configure_matplotlib() -> None:
    """Set font, minus sign, colours, grid and size for charts that print well.

    Safe to call again; a caller's later ``rcParams`` win.
    """
    import matplotlib
    from cycler import cycler
    from matplotlib import font_manager

    if FAMILY not in {font.name for font in font_manager.fontManager.ttflist}:
        for file in sorted(font_folder().glob("NanumGothic*.ttf")):
            font_manager.fontManager.addfont(str(file))
    settings: dict[str, Any] = {
        "font.family": [FAMILY, "DejaVu Sans"],
        "font.size": 10,
        "axes.unicode_minus": False,  # NanumGothic has no U+2212
        "axes.prop_cycle": cycler(color=COLOURS),
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#555555",
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlepad": 10,
        "axes.labelcolor": "#333333",
        "xtick.color": "#333333",
        "ytick.color": "#333333",
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "figure.figsize": (7.2, 4.0),
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "savefig.dpi": 200,
        "svg.fonttype": "path",
        "svg.hashsalt": "deep-insight",
    }
    matplotlib.rcParams.update(cast("Any", settings))
