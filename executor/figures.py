"""A matplotlib backend that shows figures as PNG displays of the running cell.

`plt.show()` shows the open figures at once; what is still open at the end of a cell is shown then.
Select it with `matplotlib.use("module://executor.figures")`.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable
from typing import Any

from matplotlib import pyplot
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

FigureCanvas = FigureCanvasAgg
FigureManager = FigureManagerBase

Publish = Callable[[dict[str, str]], None]

_publish: list[Publish] = []


def publish_to(publish: Publish) -> None:
    """Say where figures go: `publish` takes a MIME bundle of strings."""
    _publish[:] = [publish]


def figure_png(figure: Figure) -> str:
    """The figure as a base64 PNG, cropped to what is drawn, at the figure's own resolution."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def show(*_arguments: Any, **_options: Any) -> None:
    """Show every open figure and close it, as `plt.show()` does in a notebook."""
    if "matplotlib.pyplot" not in sys.modules:
        return
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        try:
            if figure.axes or figure.lines or figure.texts or figure.patches or figure.images:
                for publish in _publish:
                    publish({"image/png": figure_png(figure), "text/plain": repr(figure)})
        finally:
            pyplot.close(figure)
