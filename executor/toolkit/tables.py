"""How the columns of a draft's table are aligned."""

from executor.toolkit.document import Cited, Inline, TableBlock, Text


def column_alignments(table: TableBlock) -> list[str]:
    """Return left, right or center per column: the author's wish, else right for numbers."""
    return [
        _numeric_or_left([row[i] for row in table.rows]) if wish == "auto" else wish
        for i, wish in enumerate(table.alignments)
    ]


def _numeric_or_left(cells: list[list[Inline]]) -> str:
    return "right" if cells and all(_is_number(cell) for cell in cells) else "left"


def _is_number(cell: list[Inline]) -> bool:
    parts = [part for part in cell if not (isinstance(part, Text) and not part.text.strip())]
    return all(isinstance(part, Cited) and part.numeric for part in parts)
