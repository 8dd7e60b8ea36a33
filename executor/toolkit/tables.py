"""How the columns of a draft's table are aligned."""

import re
from dataclasses import replace

from executor.toolkit.document import Cited, Inline, TableBlock, Text

_NUMBER = re.compile(r"(\D*?)(-?\d[\d,]*)(\.\d+)?(\D*)")


def column_alignments(table: TableBlock) -> list[str]:
    """Return left, right or center per column: the author's wish, else right for numbers."""
    return [
        _numeric_or_left([row[i] for row in table.rows]) if wish == "auto" else wish
        for i, wish in enumerate(table.alignments)
    ]


def align_decimals(table: TableBlock) -> TableBlock:
    """Give whole numbers the decimals of their column: 17.00 below 32.50.

    Only numbers written alike (same unit before and behind) are changed, and none is shortened.
    """
    rows = [list(row) for row in table.rows]
    for index in range(len(table.header)):
        cells = [row[index] for row in rows]
        if not cells or not all(_is_number(cell) for cell in cells):
            continue
        longest: dict[tuple[str, str], int] = {}
        for found in filter(None, map(_written, cells)):
            form, decimals = (found[1], found[4]), len(found[3] or "") - 1
            longest[form] = max(longest.get(form, 0), decimals)
        for row in rows:
            row[index] = _with_decimals(row[index], longest)
    return replace(table, rows=rows)


def _written(cell: list[Inline]) -> re.Match[str] | None:
    number = next((part for part in cell if isinstance(part, Cited)), None)
    return _NUMBER.fullmatch(number.text) if number else None


def _with_decimals(cell: list[Inline], longest: dict[tuple[str, str], int]) -> list[Inline]:
    found = _written(cell)
    wanted = longest.get((found[1], found[4]), 0) if found else 0
    if found is None or found[3] or not wanted:
        return cell
    text = f"{found[1]}{found[2]}.{'0' * wanted}{found[4]}"
    return [replace(part, text=text) if isinstance(part, Cited) else part for part in cell]


def _numeric_or_left(cells: list[list[Inline]]) -> str:
    return "right" if cells and all(_is_number(cell) for cell in cells) else "left"


def _is_number(cell: list[Inline]) -> bool:
    parts = [part for part in cell if not (isinstance(part, Text) and not part.text.strip())]
    return all(isinstance(part, Cited) and part.numeric for part in parts)
