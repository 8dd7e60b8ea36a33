"""Altered copies of a table, on which a value that comes from the data has to come out otherwise.

A copy takes rows at random and alters each of the given columns by itself: some values move to
other rows, some change, some go missing. The same seed gives the same copy.
"""

import datetime
from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Of the altered values: what stays, so that conditions still find rows, and what goes missing.
_UNCHANGED, _MISSING = 0.3, 0.1
# Dates move by days, months, years or decades.
_DAYS = (4, 60, 800, 9_000)
_LARGEST = 2.0**53
_SECONDS_A_DAY = 86_400


def altered(
    table: pa.Table, columns: Collection[str], rows: int, seed: int, literals: Collection[str] = ()
) -> pa.Table:
    """Return a copy with that many rows in which the named columns are altered.

    Args:
        table: the table as the engine sees it.
        columns: names of the columns to alter; the others are only sampled.
        rows: number of rows of the copy.
        seed: of the random choices.
        literals: texts and numbers that a query compares with; half of the values are such ones.
    """
    random = np.random.default_rng(seed)
    copy = table.take(random.integers(0, table.num_rows, rows))
    for position, name in enumerate(table.column_names):
        if name in columns:
            column = copy.column(position).combine_chunks()
            copy = copy.set_column(position, name, _altered(column, random, literals))
    return copy


def rotated(table: pa.Table, columns: Collection[str]) -> pa.Table:
    """Return the table with every text of the named columns replaced by another one."""
    for position, name in enumerate(table.column_names):
        column = table.column(position).combine_chunks()
        if name in columns and _is_text(column.type):
            table = table.set_column(position, name, _rotation(column))
    return table


def ordered(table: pa.Table, columns: Collection[str]) -> pa.Table:
    """Return the table, every row twice, with each named column sorted: all rise together."""
    table = pa.concat_tables([table, table])
    for position, name in enumerate(table.column_names):
        column = table.column(position).combine_chunks()
        if name in columns:
            table = table.set_column(position, name, column.take(pc.array_sort_indices(column)))
    return table


def _altered(column: pa.Array, random: np.random.Generator, literals: Collection[str]) -> pa.Array:
    column = column.take(pa.array(random.permutation(len(column))))
    changed = _changed(column, random)
    if changed is None:
        return column
    foreign = _foreign(column.type, literals)
    if len(foreign):
        drawn = foreign.take(pa.array(random.integers(0, len(foreign), len(column))))
        changed = pc.if_else(_some(random, len(column), 0.5), drawn, changed)
    kept = pc.if_else(_some(random, len(column), _UNCHANGED), column, changed)
    return pc.if_else(_some(random, len(column), _MISSING), pa.scalar(None, column.type), kept)


def _changed(column: pa.Array, random: np.random.Generator) -> pa.Array | None:
    """Return other values of the same kind; None for a kind that is only moved."""
    kind, size = column.type, len(column)
    if pa.types.is_boolean(kind):
        return pa.array(random.random(size) < random.random())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = pc.fill_null(column.cast(pa.float64(), safe=False), 0.0).to_numpy()
        # Heavy tails: a few values decide sums and ranks, others in each copy.
        scale = np.exp(random.normal(0, 2, size)) * random.choice([-1, 1, 1], size)
        with np.errstate(all="ignore"):
            moved = np.clip(numbers * scale + random.normal(0, 3, size), -_LARGEST, _LARGEST)
        finite = np.nan_to_num(moved)
        return pa.array(np.rint(finite) if pa.types.is_integer(kind) else finite).cast(kind, False)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        days = np.rint(random.choice(_DAYS, size) * random.uniform(-1, 1, size)).astype(np.int64)
        seconds = random.integers(0, _SECONDS_A_DAY, size) if pa.types.is_timestamp(kind) else 0
        shift = pa.array(days * _SECONDS_A_DAY + seconds, pa.duration("s"))
        stamps = column.cast(pa.timestamp("us"), safe=False)
        return pc.add(stamps, shift.cast(pa.duration("us"))).cast(kind, safe=False)
    return _rotation(column) if _is_text(kind) else None


def _rotation(column: pa.Array) -> pa.Array:
    """Replace each text by the next of the distinct ones, the last by one that was not there."""
    encoded = column.dictionary_encode()
    texts = encoded.dictionary
    fresh = pa.array([f"{texts[0].as_py()}′" if len(texts) else "′"], column.type)
    following = pa.concat_arrays([texts[1:].cast(column.type), fresh])
    return following.take(encoded.indices)


def _foreign(kind: pa.DataType, literals: Collection[str]) -> pa.Array:
    """Return a query's literals as values of a kind, as far as they can be such values."""
    if _is_text(kind):
        return pa.array([text.strip("%_") for text in literals], kind)
    found: list[Any] = []
    for text in literals:
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            found += _moments(text)
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
            found += _numbers(text)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return pa.array(found, pa.timestamp("us")).cast(kind, safe=False)
    return pa.array(found, pa.float64()).cast(kind, safe=False) if found else pa.nulls(0, kind)


def _numbers(text: str) -> list[float]:
    try:
        number = float(text)
    except ValueError:
        return []
    return [number - 1, number, number + 1] if abs(number) < _LARGEST else []


def _moments(text: str) -> list[datetime.datetime]:
    """Read ``2024``, ``2024-Q3``, ``2024-03``, ``2024-03-05`` or a timestamp."""
    year, quarter, number = text.partition("-Q")
    if quarter and number.isdigit():
        text = f"{year}-{3 * int(number) - 2:02d}"
    missing = {len("2024"): "-01-01", len("2024-03"): "-01"}.get(len(text), "")
    try:
        return [datetime.datetime.fromisoformat(text + missing).replace(tzinfo=None)]
    except ValueError:
        return []


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _some(random: np.random.Generator, size: int, part: float) -> pa.Array:
    return pa.array(random.random(size) < part)
