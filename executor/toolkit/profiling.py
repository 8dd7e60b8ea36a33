"""Describe a table's columns: kind, missing and distinct values, range, frequent values."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from executor.toolkit.loading import Table

# A text column with at most this many distinct values, and each used twice on average, groups rows.
_MOST_CATEGORIES = 1_000
_LISTED = 5
# Frequent values of all categories together and of one: a filter on any of them is understood,
# and a profile of a thousand columns still fits a prompt.
_MOST_LISTED, _MOST_LISTED_OF_ONE = 1_000, 50
_LONGEST_EXAMPLE = 200


@dataclass(frozen=True)
class ColumnProfile:
    """One column.

    Attributes:
        kind: number, integer, date, category, text, boolean or empty.
        missing, distinct: counts over all rows; missing values are not counted as distinct.
        min, max: of numbers, or of dates in ISO form; None for other kinds.
        mean: of numbers, else None.
        examples: up to five different values in order of appearance.
        top: ``[value, count]``, most frequent first, up to five and of a category up to fifty
            (fewer in a table of many categories); empty when no value repeats.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    min: float | int | str | None
    max: float | int | str | None
    mean: float | None
    examples: list[Any]
    top: list[list[Any]]


@dataclass(frozen=True)
class Profile:
    """A table's description, small enough for a prompt; ``rows`` is a count."""

    name: str
    path: str
    format: str
    encoding: str | None
    delimiter: str | None
    rows: int
    columns: list[ColumnProfile]
    notes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-serialisable data."""
        return asdict(self)


def profile_frame(table: Table) -> Profile:
    """Describe every column of a loaded table."""
    frame = table.frame
    columns = [_column(str(name), frame[name]) for name in frame.columns]
    return Profile(
        table.name,
        table.path,
        table.format,
        table.encoding,
        table.delimiter,
        len(frame),
        _bounded(columns),
        list(table.notes),
    )


def _bounded(columns: list[ColumnProfile]) -> list[ColumnProfile]:
    """Shorten the lists of frequent values when many columns have long ones."""
    categories = sum(column.kind == "category" for column in columns)
    most = max(_LISTED, min(_MOST_LISTED_OF_ONE, _MOST_LISTED // max(categories, 1)))
    return [replace(column, top=column.top[:most]) for column in columns]


def is_day_only(series: pd.Series) -> bool:
    """Tell whether a column of timestamps holds days: midnight in every row."""
    present = series.dropna()
    return bool((present == present.dt.normalize()).all())


def _column(name: str, series: pd.Series) -> ColumnProfile:
    counts = series.value_counts(dropna=True)
    missing = int(series.isna().sum())
    kind = _kind(series, distinct=len(counts), present=len(series) - missing)
    low = high = mean = None
    if kind in ("number", "integer"):
        present = series.dropna()
        low, high, mean = _plain(present.min()), _plain(present.max()), _plain(present.mean())
    elif kind == "date":
        low, high = _plain(series.min()), _plain(series.max())
    repeated = len(counts) > 0 and int(counts.iloc[0]) > 1
    listed = counts.head(_MOST_LISTED_OF_ONE if kind == "category" else _LISTED)
    top = [[_plain(value), int(n)] for value, n in listed.items()] if repeated else []
    examples = [_plain(value) for value in _first_distinct(series)]
    return ColumnProfile(name, kind, missing, len(counts), low, high, mean, examples, top)


def _kind(series: pd.Series, distinct: int, present: int) -> str:
    if present == 0:
        return "empty"
    if pd.api.types.is_bool_dtype(series.dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(series.dtype):
        return "integer"
    if pd.api.types.is_numeric_dtype(series.dtype):
        whole = series.isna().any() and bool((series.dropna() % 1 == 0).all())
        return "integer" if whole else "number"
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return "date"
    groups = distinct <= _MOST_CATEGORIES and distinct * 2 <= present
    return "category" if groups else "text"


def _first_distinct(series: pd.Series) -> list[Any]:
    window = series.dropna()
    for size in (_LISTED, 1_000, len(window)):
        found = window.head(size).unique()
        if len(found) >= _LISTED:
            break
    return list(window.head(size).unique()[:_LISTED])


def _plain(value: Any) -> Any:
    """Return a JSON-serialisable scalar: numpy numbers unwrapped, days in ISO form."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value[:_LONGEST_EXAMPLE] if isinstance(value, str) else value
