"""Read delimited text (CSV, TSV and relatives) into columns of text."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv as pacsv

from executor.toolkit.columns import MAX_COLUMNS, clean_names
from executor.toolkit.encodings import read_text
from executor.toolkit.errors import DataError

DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_BYTES = 65536
_SAMPLE_ROWS = 200
_BLOCK_BYTES = 4 << 20
_MAX_FIELD_BYTES = 1 << 24


class Delimited(NamedTuple):
    """A parsed file: columns of text, and how it was read."""

    texts: pa.Table
    encoding: str
    delimiter: str
    notes: list[str]


def read_delimited(path: Path, encoding: str | None, delimiter: str | None) -> Delimited:
    """Parse a delimited file whose first line holds the column names.

    Args:
        path: an existing file.
        encoding: codec name, or None to find it.
        delimiter: one character, or None to find it among comma, tab, semicolon and bar.

    Raises:
        DataError: empty, header only, too many columns, or a row with another number of fields
            than the header has; the line is named.
    """
    text = read_text(path, encoding)
    content = text.content.lstrip(b"\r\n")
    if not content.strip():
        raise DataError(f"{path} is empty: give a file with a header line and at least one row")
    sample = _sample(content)
    found = delimiter or find_delimiter(sample, prefer="\t" if path.suffix == ".tsv" else ",")
    header = next(csv.reader(io.StringIO(sample, newline=""), delimiter=found), [])
    if len(header) > MAX_COLUMNS:
        raise DataError(
            f"{path} has {len(header):,} columns, more than the {MAX_COLUMNS:,} that are handled:"
            " keep the columns that the question needs"
        )
    names, notes = clean_names(header)
    skipped = text.content[: len(text.content) - len(content)].count(b"\n")
    table = _parse(path, content, found, names, skipped)
    if table.num_rows == 0:
        raise DataError(f"{path} has a header but no rows: give a file with at least one row")
    return Delimited(table, text.encoding, found, notes)


def find_delimiter(sample: str, prefer: str) -> str:
    """Choose the delimiter that splits most rows into the header's number of fields."""

    def score(candidate: str) -> tuple[float, int, bool]:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=candidate)
        rows = [row for _, row in zip(range(_SAMPLE_ROWS), reader, strict=False) if row]
        width = len(rows[0]) if rows else 0
        if width < 2:
            return (0.0, 0, candidate == prefer)
        regular = sum(len(row) == width for row in rows) / len(rows)
        return (round(regular, 1), width, candidate == prefer)

    try:
        return max(DELIMITERS, key=score)
    except csv.Error:
        return prefer


def _sample(content: bytes) -> str:
    """Return whole lines from the beginning, at least the header."""
    cut = content.rfind(b"\n", 0, _SAMPLE_BYTES)
    if cut < 0 or len(content) <= _SAMPLE_BYTES:
        end = content.find(b"\n", _SAMPLE_BYTES)
        cut = len(content) if end < 0 else end
    return content[: max(cut, 0) + 1].decode("utf-8", "replace")


def _parse(path: Path, content: bytes, delimiter: str, names: list[str], skipped: int) -> pa.Table:
    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            read_options=pacsv.ReadOptions(
                column_names=names, skip_rows_after_names=1, block_size=_BLOCK_BYTES
            ),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        raise _explain(path, content, delimiter, len(names), skipped) from error
    if content.count(b'"') % 2 and (line := _open_quotation(content, delimiter)):
        raise _unclosed(path, skipped + line)
    return table


def _open_quotation(content: bytes, delimiter: str) -> int | None:
    """Return the line of a quotation that the end of the file cuts off, which the parser accepts.

    An odd number of marks alone proves nothing: inch marks stand inside values.
    """
    csv.field_size_limit(_MAX_FIELD_BYTES)
    stream = io.StringIO(content.decode("utf-8"), newline="")
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    before = 0
    try:
        for _ in reader:
            before = reader.line_num
    except csv.Error as error:
        return before + 1 if "unexpected end of data" in str(error) else None
    return None


def _unclosed(path: Path, line: int) -> DataError:
    return DataError(
        f"line {line} of {path} opens a quotation mark that is not closed: close it, or remove it"
    )


def _explain(path: Path, content: bytes, delimiter: str, width: int, skipped: int) -> DataError:
    """Find the line of the first row that does not fit, with the slower standard parser."""
    csv.field_size_limit(_MAX_FIELD_BYTES)
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), delimiter=delimiter)
    before = 0
    try:
        for row in reader:
            if row and len(row) != width:
                return DataError(
                    f"line {skipped + before + 1} of {path} has {len(row)} fields where the header"
                    f" has {width}: correct the line, or quote values that contain {delimiter!r}"
                )
            before = reader.line_num
    except csv.Error:
        return _unclosed(path, skipped + before + 1)
    return DataError(f"{path} cannot be parsed as delimited text: save it again as CSV in UTF-8")
