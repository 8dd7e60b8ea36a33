"""The record of calculations: what a report may cite, and what the verifier recomputes."""

import datetime
import math
import numbers
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from executor.toolkit.errors import CalculationError, DataError
from executor.toolkit.workspace import (
    CALCULATIONS,
    artifacts_lock,
    confine,
    read_json_list,
    require_id,
    shown,
    write_json,
)

_LONGEST_TEXT = 2_000
_LONGEST_QUERY = 20_000

Value = int | float | str | None


@dataclass(frozen=True)
class Calculation:
    """One registered number, name or month.

    Attributes:
        id: ``[a-z][a-z0-9_]*``; a draft cites it as ``{{id}}``.
        value: finite number, text or None.
        unit: such as ``KRW``, ``%``, ``건``; may be empty.
        label: what a reader calls it.
        formula: in words.
        query: one SQL SELECT that returns the value from the source.
        source: path of the data file, relative to the workspace.
        columns: the source's columns that take part.
        rows: number of source rows used, or None when unknown.
        note: anything a reader should know.
        recorded_at: ISO 8601 UTC.
    """

    id: str
    value: Value
    unit: str
    label: str
    formula: str
    query: str
    source: str
    columns: list[str]
    rows: int | None
    note: str
    recorded_at: str

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-serialisable data."""
        return asdict(self)


def record(
    *,
    id: str,
    value: object,
    label: str,
    query: str,
    source: str | os.PathLike[str],
    columns: Sequence[str] = (),
    rows: int | None = None,
    unit: str = "",
    formula: str = "",
    note: str = "",
) -> Calculation:
    """Register a calculation in ``artifacts/calculations.json``.

    The same content again changes nothing; other content replaces the entry in its place. Safe
    when several processes record at once.

    Raises:
        CalculationError: an argument cannot be recorded; the message says which and why.
    """
    entry = Calculation(
        id=require_id(id, "calculation"),
        value=_plain_value(id, value),
        unit=_text(id, "unit", unit),
        label=_text(id, "label", label, required=True),
        formula=_text(id, "formula", formula),
        query=require_select(id, query),
        source=_source(id, source),
        columns=_columns(id, source, columns),
        rows=_rows(id, rows),
        note=_text(id, "note", note),
        recorded_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    with artifacts_lock():
        entries = read_json_list(CALCULATIONS, "calculations")
        for position, existing in enumerate(entries):
            if existing.get("id") != entry.id:
                continue
            if _content(existing) == _content(entry.to_dict()):
                return Calculation(**existing)
            entries[position] = entry.to_dict()
            break
        else:
            entries.append(entry.to_dict())
        write_json(CALCULATIONS, {"calculations": entries})
    return entry


def read_calculations() -> list[Calculation]:
    """Return the registered calculations in order of registration.

    Raises:
        CalculationError: the file was changed by hand into something else.
    """
    entries = read_json_list(CALCULATIONS, "calculations")
    try:
        return [Calculation(**entry) for entry in entries]
    except TypeError as error:
        raise CalculationError(
            f"{CALCULATIONS} holds an entry with other fields than record() writes: delete the"
            " file and record again"
        ) from error


def require_select(identifier: str, query: object) -> str:
    """Return the query when DuckDB's parser finds exactly one SELECT in it.

    Raises:
        CalculationError: no text, a syntax error (with its place), or another statement.
    """
    import duckdb

    if not isinstance(query, str) or not query.strip():
        raise CalculationError(
            f"calculation '{identifier}' needs a query: one SQL SELECT that returns the value"
        )
    text = unicodedata.normalize("NFC", query).strip().rstrip(";").rstrip()
    if len(text) > _LONGEST_QUERY:
        raise CalculationError(
            f"the query of '{identifier}' is longer than {_LONGEST_QUERY:,} characters: shorten it"
        )
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        cause = " ".join(str(error).split())[:200]
        raise CalculationError(
            f"the query of '{identifier}' is not valid SQL ({cause}): quote names with \"...\""
            " and texts with '...'"
        ) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise CalculationError(
            f"the query of '{identifier}' must be exactly one SELECT that returns one value"
        )
    return text


def _plain_value(identifier: str, value: object) -> Value:
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, bool):
        raise CalculationError(
            f"the value of '{identifier}' is {value}: record a number, a text or None"
        )
    if isinstance(value, str):
        return _text(identifier, "value", value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, datetime.date):
        stamp = value.isoformat()
        return stamp.removesuffix("T00:00:00")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise CalculationError(
            f"the value of '{identifier}' is a {type(value).__name__}: record a number, a text"
            " or None"
        ) from error
    if not math.isfinite(number):
        raise CalculationError(
            f"the value of '{identifier}' is {number}: record a finite number, or None when there"
            " is none"
        )
    return number


def _text(identifier: str, field: str, value: object, required: bool = False) -> str:
    if not isinstance(value, str) or (required and not value.strip()):
        raise CalculationError(f"the {field} of '{identifier}' must be a text")
    if len(value) > _LONGEST_TEXT:
        raise CalculationError(
            f"the {field} of '{identifier}' is longer than {_LONGEST_TEXT:,} characters: shorten it"
        )
    return " ".join(unicodedata.normalize("NFC", value).split())


def _source(identifier: str, source: str | os.PathLike[str]) -> str:
    try:
        path = confine(source)
    except DataError as error:
        raise CalculationError(f"the source of '{identifier}': {error}") from error
    if not path.is_file():
        raise CalculationError(
            f"the source of '{identifier}', {path}, does not exist: give the file that was loaded"
        )
    return shown(path)


def _columns(identifier: str, source: str | os.PathLike[str], columns: Sequence[str]) -> list[str]:
    from executor.toolkit.loaded import source_facts

    if isinstance(columns, str) or not all(isinstance(name, str) for name in columns):
        raise CalculationError(f"the columns of '{identifier}' must be a list of column names")
    known = source_facts(confine(source)).columns if columns else []
    named = [" ".join(unicodedata.normalize("NFC", name).split()) for name in columns]
    for name in named:
        if name not in known:
            listed = ", ".join(known[:20]) + (" ..." if len(known) > 20 else "")
            raise CalculationError(
                f"the source of '{identifier}' has no column {name!r}: choose from {listed}"
            )
    return named


def _rows(identifier: str, rows: object) -> int | None:
    if hasattr(rows, "item"):
        rows = rows.item()
    if rows is None or (isinstance(rows, int) and not isinstance(rows, bool) and rows >= 0):
        return rows
    raise CalculationError(f"the rows of '{identifier}' must be a count of rows, not {rows!r}")


def _content(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "recorded_at"}
