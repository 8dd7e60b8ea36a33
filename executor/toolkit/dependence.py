"""Find queries whose value does not come from the data (docs/decisions/0024)."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa

from executor.toolkit.alteration import altered, ordered, rotated
from executor.toolkit.calculations import Value
from executor.toolkit.sandbox import QueryError, Sandbox

# Sizes of the altered copies; most queries are settled by the first. A result of two possible
# ones, of which one is usual, is settled by the many small copies.
_SIZES = (1_000, 1_000, 300, 100, 40, *(12, 6, 4, 3, 2, 1) * 8)
_SIZE_OF_LITERALS = 400
_LARGEST_WHOLE = 1_000_000
# Fractions within this part of each other count as the same: data altered this much moves more.
_ALIKE = 1e-3
_LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.])(\d+(?:\.\d+)?)")


class Computed(NamedTuple):
    """A query and the value that it returned on the source."""

    query: str
    value: Value


def constant_queries(
    sandbox: Sandbox, name: str, source: pa.Table, computed: Mapping[str, Computed]
) -> set[str]:
    """Return the keys of the queries that return the same value whatever the data hold.

    A query is constant when it returned values on altered copies of the source and every one was
    that of the source. One that returned nothing on any copy is not judged.

    Args:
        sandbox: the engine; its table is replaced by the copies.
        name: the table's name.
        source: the table.
        computed: the queries by any key.
    """
    if source.num_rows == 0:
        return set()
    open_, seen = dict(computed), set[str]()
    for copy in _copies(source, open_):
        if not open_:
            break
        sandbox.replace(name, copy)
        for key, (query, value) in list(open_.items()):
            try:
                found: Value = sandbox.value(query)
            except QueryError:
                continue
            if found is None or (isinstance(found, float) and not math.isfinite(found)):
                continue
            seen.add(key)
            if not _alike(value, found):
                del open_[key]
    return {key for key in open_ if key in seen}


def _copies(source: pa.Table, open_: Mapping[str, Computed]) -> Iterator[pa.Table]:
    """Yield copies, each made when the queries that are still open ask for it."""
    named = _named(source, open_)
    for seed, size in enumerate(_SIZES):
        yield altered(source, named, min(size, 2 * source.num_rows), seed)
        if seed == 0:
            sample = source.slice(0, _SIZES[0])
            yield sample
            yield rotated(sample, named)
            yield ordered(sample, named)
    literals = sorted({literal for entry in open_.values() for literal in _literals(entry.query)})
    for seed in range(len(_SIZES), len(_SIZES) + 3):
        yield altered(source, _named(source, open_), _SIZE_OF_LITERALS, seed, literals)
    if _SIZES[0] < source.num_rows <= _LARGEST_WHOLE:
        yield altered(source, _named(source, open_), source.num_rows, 99, literals)


def _named(source: pa.Table, open_: Mapping[str, Computed]) -> set[str]:
    text = " ".join(entry.query for entry in open_.values()).casefold()
    return {name for name in source.column_names if name.replace('"', '""').casefold() in text}


def _literals(query: str) -> list[str]:
    return [
        (found[1] or "").replace("''", "'") if found[2] is None else found[2]
        for found in _LITERAL.finditer(query)
    ]


def _alike(value: Value, found: Value) -> bool:
    if isinstance(value, int) and isinstance(found, int):
        return value == found
    if isinstance(value, int | float) and isinstance(found, int | float):
        return math.isclose(value, found, rel_tol=_ALIKE, abs_tol=1e-12)
    return value == found
