"""Numbers written into a chart's picture: title, notes, bar labels, shares of a pie, tables.

Tick labels and axis titles are the scale, a legend holds names from the data; they are not read.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from executor.toolkit.number_words import find_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from executor.toolkit.calculations import Calculation

# A label may leave out the scale that its axis or unit names: 1.2 for 1,234,000; 27.4 for 0.274.
_SCALES = (1.0, 1e-2, 1e2, 1e3, 1e4, 1e6, 1e8, 1e9, 1e12)
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"[^\s,;:()\[\]'\"]+")


def uncited_numbers(figure: "Figure", shown: "Sequence[Calculation]") -> list[str]:
    """Return the numbers in a picture that no calculation which it shows accounts for.

    A number counts as accounted for when it is one of the values, rounded as it is written, or
    when its word is part of a name in what is recorded (``Model 5``, ``2024-03``).
    """
    names = " ".join(
        f"{entry.label} {entry.query} {' '.join(entry.columns)} {entry.value}" for entry in shown
    )
    values = [float(entry.value) for entry in shown if isinstance(entry.value, int | float)]
    found = []
    for text in _texts(figure):
        words = _WORD.findall(text)
        for number in find_numbers(text):
            named = any(number in word and _is_name(word, names) for word in words)
            if not named and not _is_value(number, values):
                found.append(number)
    return list(dict.fromkeys(found))


def _texts(figure: "Figure") -> Iterator[str]:
    texts: list[Any] = list(figure.texts)
    for axes in figure.axes:
        yield from (axes.get_title(place) for place in ("left", "center", "right"))
        texts += axes.texts
        texts += [cell.get_text() for table in axes.tables for cell in table.get_celld().values()]
    yield from (str(text.get_text()) for text in texts)


def _is_name(word: str, names: str) -> bool:
    """Whether a word that is more than a quantity stands in what was recorded."""
    return not _DIGITS.fullmatch(word.rstrip("%.")) and word in names.split()


def _is_value(number: str, values: Sequence[float]) -> bool:
    digits = _DIGITS.search(number)
    if digits is None:
        return True  # A scale in words, such as 백만.
    written = float(digits[0].replace(",", ""))
    half_unit = 0.5 * 10.0 ** -len(digits[0].partition(".")[2])
    return any(
        math.isclose(written * scale, abs(value), abs_tol=half_unit * scale * (1 + 1e-9))
        for value in values
        for scale in _SCALES
    )
