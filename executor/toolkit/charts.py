"""Save a chart as PNG and SVG with its caption, and remember which calculations it shows."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from executor.toolkit.calculations import read_calculations
from executor.toolkit.errors import CalculationError
from executor.toolkit.fonts import configure_matplotlib, printable
from executor.toolkit.picture_text import uncited_numbers
from executor.toolkit.single_line import parse_line
from executor.toolkit.workspace import (
    CHART_FOLDER,
    CHARTS,
    artifacts_lock,
    read_json_list,
    require_id,
    write_atomically,
    write_json,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PRINT_DPI = 200
_SEPARATE_FROM = 1_000
# Width of a digit of 10 points; what is narrower on an axis leaves room between its labels.
_DIGIT_INCHES = 0.075


@dataclass(frozen=True)
class Chart:
    """A saved chart; ``png`` and ``svg`` are paths relative to ``artifacts/``."""

    id: str
    caption: str
    png: str
    svg: str
    calculations: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-serialisable data."""
        return asdict(self)


def save_chart(figure: "Figure", id: str, caption: str, calculations: Sequence[str] = ()) -> Chart:
    """Write ``charts/ID.png`` and ``charts/ID.svg`` below ``artifacts/`` and the entry for them.

    Numbers on linear axes get thousands separators unless the caller chose a formatter. The same
    id again replaces the chart. The figure is closed.

    Args:
        figure: a matplotlib figure, or anything with ``get_figure()`` such as axes.
        id: ``[a-z][a-z0-9_]*``; a draft places the chart with ``![](chart:ID)``.
        caption: one sentence under the chart; ``{{id}}`` in it is the value of a calculation.
        calculations: ids of the registered calculations that the chart shows, recorded before.

    Raises:
        CalculationError: a bad id, an empty caption, something that is no figure, or a number
            written into the picture that is no value of these calculations.
        ReportError: the caption holds a placeholder with an unknown option.
    """
    identifier = require_id(id, "chart")
    if not isinstance(caption, str) or not caption.strip():
        raise CalculationError(f"chart '{identifier}' needs a caption: one sentence")
    parse_line(caption, f"the caption of chart '{identifier}'")
    shown = [require_id(name, "calculation") for name in calculations]
    drawn = _figure(identifier, figure)
    recorded = [entry for entry in read_calculations() if entry.id in shown]
    written = uncited_numbers(drawn, recorded)
    if written:
        raise CalculationError(
            f"the picture of chart '{identifier}' holds {', '.join(written[:5])} in a title or"
            " label: record such a value and name it in calculations, or take it out"
        )
    png, svg = _render(drawn)
    entry = Chart(
        identifier,
        " ".join(unicodedata.normalize("NFC", caption).split()),
        f"charts/{identifier}.png",
        f"charts/{identifier}.svg",
        shown,
    )
    with artifacts_lock():
        entries = read_json_list(CHARTS, "charts")
        position = next((i for i, e in enumerate(entries) if e.get("id") == identifier), None)
        if position is None:
            entries.append(entry.to_dict())
        else:
            entries[position] = entry.to_dict()
        write_atomically(CHART_FOLDER / f"{identifier}.png", png)
        write_atomically(CHART_FOLDER / f"{identifier}.svg", svg)
        write_json(CHARTS, {"charts": entries})
    return entry


def read_charts() -> dict[str, Chart]:
    """Return the saved charts by id."""
    return {entry["id"]: Chart(**entry) for entry in read_json_list(CHARTS, "charts")}


def _figure(identifier: str, figure: Any) -> "Figure":
    from matplotlib.figure import Figure

    found = figure if isinstance(figure, Figure) else None
    if found is None and hasattr(figure, "get_figure"):
        found = figure.get_figure()
    if not isinstance(found, Figure):
        raise CalculationError(
            f"chart '{identifier}' is a {type(figure).__name__}, not a figure: pass what"
            " plt.subplots() or plt.gcf() returned"
        )
    return found


def _render(figure: "Figure") -> tuple[bytes, bytes]:
    """Draw to PNG and SVG in memory, with the toolkit's font whatever the caller had set."""
    import matplotlib
    from matplotlib import pyplot

    with matplotlib.rc_context():
        configure_matplotlib()
        for axes in figure.axes:
            _separate_thousands(figure, axes)
        _use_font(figure)
        for axes in figure.axes:
            _print_tick_labels(axes)
        png, svg = BytesIO(), BytesIO()
        figure.savefig(png, format="png", dpi=_PRINT_DPI, facecolor="white")
        figure.set_layout_engine("none")  # the second drawing stands where the first does
        figure.savefig(svg, format="svg", facecolor="white", metadata={"Date": None})
    pyplot.close(figure)
    return png.getvalue(), svg.getvalue()


def _use_font(figure: "Figure") -> None:
    """Give every text the Korean font: a text drawn before configure_matplotlib() kept another."""
    import matplotlib
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        if isinstance(text, Text):
            text.set_fontfamily(matplotlib.rcParams["font.family"])
            text.set_text(printable(text.get_text()))


def _print_tick_labels(axes: "Axes") -> None:
    """Fix the labels of an axis on which a character has no glyph; axes write theirs anew."""
    for axis in (axes.xaxis, axes.yaxis):
        labels = [label.get_text() for label in axis.get_ticklabels()]
        written = [printable(label) for label in labels]
        if written != labels:
            axis.set_ticks(list(axis.get_majorticklocs()), written)


def _separate_thousands(figure: "Figure", axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, ScalarFormatter

    for axis in (axes.xaxis, axes.yaxis):
        chosen = axis.get_major_formatter()
        if type(chosen) is not ScalarFormatter or axis.get_scale() != "linear":
            continue
        low, high = axis.get_view_interval()
        if max(abs(low), abs(high)) >= _SEPARATE_FROM and not _years(low, high):
            axis.set_major_formatter(FuncFormatter(_separated))
            if axis is axes.xaxis:
                _thin_out(figure, axes, max(abs(low), abs(high)))


def _thin_out(figure: "Figure", axes: "Axes", largest: float) -> None:
    """Give a horizontal axis fewer ticks when their long labels would run into each other."""
    from matplotlib.ticker import AutoLocator, MaxNLocator

    if type(axes.xaxis.get_major_locator()) is AutoLocator:
        width = axes.get_window_extent().width / figure.dpi
        label = _DIGIT_INCHES * (len(_separated(round(largest), None)) + 3)
        axes.xaxis.set_major_locator(MaxNLocator(max(2, int(width / label)), steps=[1, 2, 5, 10]))


def _separated(value: float, _position: int | None) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def _years(low: float, high: float) -> bool:
    """A narrow range around the present is years, which take no separator."""
    return low >= 1900 and high <= 2100
