"""Load a data file as a table with clean names, sensible types and a profile."""

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from executor.toolkit.columns import MAX_COLUMNS, clean_names
from executor.toolkit.errors import DataError
from executor.toolkit.loaded import SourceFacts, remember
from executor.toolkit.profiling import Profile, profile_frame
from executor.toolkit.workspace import confine, shown

if TYPE_CHECKING:
    from executor.toolkit.inference import Inferred

_FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
}


@dataclass(frozen=True)
class Table:
    """A loaded file.

    Attributes:
        name: SQL name of the table in queries, from the file's name.
        path: path relative to the workspace.
        format: csv, tsv, jsonl, json, xlsx or parquet.
        encoding: of the text formats, else None.
        delimiter: of the delimited formats, else None.
        frame: the rows; numbers as int64 or float64, dates as datetime64, texts as str.
        notes: what was recognised, renamed or kept as it was, one sentence each.
    """

    name: str
    path: str
    format: str
    encoding: str | None
    delimiter: str | None
    frame: "pd.DataFrame"
    notes: tuple[str, ...]

    @cached_property
    def profile(self) -> Profile:
        """Kinds, ranges, missing and frequent values of the columns; computed on first use."""
        return profile_frame(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as JSON-serialisable data."""
        return self.profile.to_dict()


def load(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Table:
    """Load a CSV, TSV, JSON lines, JSON, XLSX or Parquet file of the workspace.

    Args:
        path: relative to the workspace, such as ``data/orders.csv``.
        sheet: a workbook's sheet; the first one unless named.
        encoding: name of a Python codec, when the file is neither UTF-8, UTF-16 nor CP949.
        delimiter: one character, when the found one is not right.

    Raises:
        DataError: one sentence that names the file, the place and the way out.
    """
    relative = confine(path)
    kind = _require_readable(relative)
    try:
        if kind in ("csv", "tsv"):
            return _load_delimited(relative, kind, encoding, delimiter)
        if kind in ("jsonl", "json"):
            return _load_json(relative, kind, encoding)
        if kind == "xlsx":
            return _load_workbook(relative, sheet)
        return _load_parquet(relative)
    except OSError as error:
        raise DataError(f"{relative} cannot be read ({error.strerror}): check the file") from error


def sql_name(path: Path) -> str:
    """Return the table's name in queries: the file's stem with every odd character as ``_``."""
    composed = unicodedata.normalize("NFC", path.stem)
    stem = re.sub(r"\W+", "_", composed).strip("_") or "data"
    return f"t_{stem}" if stem[0].isdigit() else stem


def _require_readable(path: Path) -> str:
    if not path.exists():
        raise DataError(f"{path} does not exist: give the path of a file below data/")
    if not path.is_file():
        raise DataError(f"{path} is not a file: give the path of a file below data/")
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise DataError(
            f"{path} has the unsupported type {path.suffix or 'without extension'!r}:"
            " give a CSV, TSV, JSON lines, XLSX or Parquet file"
        )
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty: give a file with a header line and at least one row")
    return kind


def _load_delimited(path: Path, kind: str, encoding: str | None, delimiter: str | None) -> Table:
    from executor.toolkit.delimited import read_delimited
    from executor.toolkit.inference import infer

    read = read_delimited(path, encoding, delimiter)
    names = read.texts.column_names
    inferred = ((name, infer(name, read.texts[name])) for name in names)
    return _table(path, kind, inferred, read.notes, read.encoding, read.delimiter)


def _load_json(path: Path, kind: str, encoding: str | None) -> Table:
    from executor.toolkit.json_records import read_json_records
    from executor.toolkit.typed_columns import series_from_values

    columns, found = read_json_records(path, encoding)
    names, notes = clean_names(list(columns))
    inferred = (
        (name, series_from_values(name, values))
        for name, values in zip(names, columns.values(), strict=True)
    )
    return _table(path, kind, inferred, notes, found, None)


def _load_workbook(path: Path, sheet: str | None) -> Table:
    from executor.toolkit.typed_columns import series_from_values
    from executor.toolkit.workbook import read_workbook

    columns, notes = read_workbook(path, sheet)
    inferred = ((name, series_from_values(name, values)) for name, values in columns.items())
    return _table(path, "xlsx", inferred, notes, None, None)


def _load_parquet(path: Path) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from executor.toolkit.typed_columns import series_from_arrow

    try:
        table = pq.ParquetFile(path).read()
    except pa.ArrowException as error:
        raise DataError(f"{path} is not a readable Parquet file: write it again") from error
    if table.num_columns > MAX_COLUMNS:
        raise DataError(
            f"{path} has {table.num_columns:,} columns, more than the {MAX_COLUMNS:,} that are"
            " handled: keep the columns that the question needs"
        )
    if table.num_rows == 0:
        raise DataError(f"{path} has columns but no rows: give a file with at least one row")
    names, notes = clean_names(table.column_names)
    inferred = (
        (name, series_from_arrow(name, column))
        for name, column in zip(names, table.columns, strict=True)
    )
    return _table(path, "parquet", inferred, notes, None, None)


def _table(
    path: Path,
    kind: str,
    inferred: Iterable[tuple[str, "Inferred"]],
    notes: list[str],
    encoding: str | None,
    delimiter: str | None,
) -> Table:
    columns = {}
    said = list(notes)
    for name, column in inferred:
        columns[name] = column.series
        said.extend(column.notes)
        if column.series.isna().all():
            said.append(f"column '{name}' is empty")
    frame = pd.DataFrame(columns, copy=False)
    remember(path, SourceFacts(list(columns), len(frame), _period(frame), kind, encoding))
    return Table(sql_name(path), shown(path), kind, encoding, delimiter, frame, tuple(said))


def _period(frame: "pd.DataFrame") -> tuple[str, str] | None:
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype) and column.notna().any():
            return column.min().date().isoformat(), column.max().date().isoformat()
    return None
