"""The names by which a question may call a value of the data, as far as the data tell them."""

import re
from collections.abc import Iterator

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.tables import Column, Table
from agent_runtime.models.offline.wording import is_korean, normal

_BOTH = re.compile(r"\s*[(/（]\s*|\s*[)）]\s*")

Known = dict[str, tuple[Column, str]]


def known_values(table: Table) -> Known:
    """The values of a table's columns of names by their normal form.

    A value that carries two spellings ("서울 (Seoul)", "식품/Food") is known by each, and a Korean
    place without the word for its kind ("서울" for "서울특별시"), where one value alone has it.
    """
    values: Known = {}
    short: dict[str, set[tuple[int, str]]] = {}
    for index, column in enumerate(table.columns):
        if column.kind not in ("category", "text") or column.is_identifier:
            continue
        for value in column.values:
            key = normal(value)
            if _usable(key):
                values.setdefault(key, (column, value))
            for name in filter(_usable, map(normal, _short_names(value))):
                short.setdefault(name, set()).add((index, value))
    for name, owners in short.items():
        if len(owners) == 1:
            index, value = next(iter(owners))
            values.setdefault(name, (table.columns[index], value))
    return values


def _usable(key: str) -> bool:
    return len(key) > 1 and not key.isdigit()


def _short_names(value: str) -> Iterator[str]:
    parts = [part for part in _BOTH.split(value) if part]
    if len(parts) == 2 and is_korean(parts[0]) != is_korean(parts[1]):
        yield from parts
    place = next((end for end in vocabulary.PLACES if value.endswith(end)), "")
    if place and len(value) - len(place) > 1 and value.replace(" ", "") == value:
        yield value.removesuffix(place)
