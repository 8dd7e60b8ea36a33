"""Read JSON lines, or one JSON array of objects, into columns of values."""

import json
from pathlib import Path
from typing import Any

from executor.toolkit.columns import MAX_COLUMNS
from executor.toolkit.encodings import read_text
from executor.toolkit.errors import DataError


def read_json_records(path: Path, encoding: str | None) -> tuple[dict[str, list[Any]], str]:
    """Return the columns, in order of first appearance, and the encoding.

    A key that a record lacks is missing in its row.

    Raises:
        DataError: empty, not JSON, a record that is no object (its line is named), too many keys.
    """
    text = read_text(path, encoding)
    content = text.content.strip()
    if not content:
        raise DataError(f"{path} is empty: give a file with at least one record")
    whole = content.startswith(b"[")
    records = _array(path, content) if whole else _lines(path, text.content)
    columns: dict[str, list[Any]] = {}
    for row, (line, record) in enumerate(records):
        if not isinstance(record, dict):
            raise DataError(
                f"line {line} of {path} holds {type(record).__name__}, not an object:"
                ' write each record as {"column": value}'
            )
        for key, value in record.items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * row
                if len(columns) > MAX_COLUMNS:
                    raise DataError(
                        f"{path} has more than the {MAX_COLUMNS:,} columns that are handled:"
                        " keep the keys that the question needs"
                    )
            column.append(value)
        for column in columns.values():
            if len(column) == row:
                column.append(None)
    if not columns:
        raise DataError(f"{path} holds no records: give a file with at least one")
    return columns, text.encoding


def _array(path: Path, content: bytes) -> list[tuple[int, Any]]:
    try:
        records = json.loads(content)
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON: {error}; correct it there") from error
    return list(enumerate(records, start=1))


def _lines(path: Path, content: bytes) -> list[tuple[int, Any]]:
    records = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            records.append((number, json.loads(line)))
        except ValueError as error:
            raise DataError(
                f"line {number} of {path} is not valid JSON: write one object a line"
            ) from error
    return records
