"""Read one sheet of an XLSX workbook into columns of values."""

import zipfile
from pathlib import Path
from typing import Any

from executor.toolkit.columns import MAX_COLUMNS, clean_names
from executor.toolkit.errors import DataError


def read_workbook(path: Path, sheet: str | None) -> tuple[dict[str, list[Any]], list[str]]:
    """Return the sheet's columns and notes about what was left out or renamed.

    Args:
        path: an existing file.
        sheet: the sheet's name; None is the first one.

    The first row with a value is the header; formulas count with their last computed value.

    Raises:
        DataError: no workbook, unknown sheet, empty, header only, too many columns.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise DataError(
            f"{path} is not an XLSX workbook: save it as .xlsx, or as CSV in UTF-8"
        ) from error
    try:
        name = book.sheetnames[0] if sheet is None else sheet
        if name not in book.sheetnames:
            raise DataError(
                f"{path} has no sheet {name!r}: choose one of {', '.join(book.sheetnames)}"
            )
        notes = []
        if sheet is None and len(book.sheetnames) > 1:
            others = ", ".join(book.sheetnames[1:])
            notes.append(f"sheet '{name}' was read; the workbook also has {others}")
        rows = book[name].iter_rows(values_only=True)
        header, body = _split(path, name, rows)
    finally:
        book.close()
    names, renamed = clean_names(header)
    columns = {column: [row[i] for row in body] for i, column in enumerate(names)}
    return columns, notes + renamed


def _split(path: Path, sheet: str, rows: Any) -> tuple[list[Any], list[list[Any]]]:
    """Return header and rows, as wide as the widest cell that holds something."""
    filled = [list(row) for row in rows if any(_holds(value) for value in row)]
    if not filled:
        raise DataError(f"sheet {sheet!r} of {path} is empty: name another sheet")
    if len(filled) == 1:
        raise DataError(f"sheet {sheet!r} of {path} has a header but no rows: name another sheet")
    width = max(max(i for i, v in enumerate(row) if _holds(v)) for row in filled) + 1
    if width > MAX_COLUMNS:
        raise DataError(
            f"{path} has {width:,} columns, more than the {MAX_COLUMNS:,} that are handled:"
            " keep the columns that the question needs"
        )
    padded = [(row + [None] * width)[:width] for row in filled]
    return padded[0], padded[1:]


def _holds(value: object) -> bool:
    return value is not None and value != ""
