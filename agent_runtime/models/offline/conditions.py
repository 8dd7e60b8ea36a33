"""Conditions in questions: 100만원 이상, over 1 million, 서울을 제외한, 3학년."""

import re
from collections.abc import Sequence

from agent_runtime.models.offline.tables import Column, Table
from agent_runtime.models.offline.vocabulary import CURRENCIES, OPERATORS
from agent_runtime.models.offline.wording import normal, stems

_AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d+)?)([^\W\d_]*)")
_MAGNITUDES = {
    "백만": 10**6, "천만": 10**7, "십만": 10**5, "만": 10**4, "억": 10**8, "천": 10**3,
    "billion": 10**9, "million": 10**6, "thousand": 10**3, "bn": 10**9, "mn": 10**6, "k": 10**3,
    "m": 10**6,
}  # fmt: skip
_WORDS = ("million", "billion", "thousand")
_NUMERIC = ("at_least", "above", "at_most", "below")


def threshold(words: Sequence[str]) -> tuple[int, str, str] | None:
    """How many words name a bound on a number, its operator and the number; None for no bound."""
    if not words:
        return None
    amount = _amount(words)
    if amount:
        length, number = amount
        for step in (0, 1):
            # One counter may stand in between: "90 점 이상".
            operator = _operator(words[length + step]) if len(words) > length + step else ""
            if operator and not words[length + step].isascii():
                return length + step + 1, operator, number
        return None
    for length in (2, 1):
        operator = _operator("".join(words[:length])) if len(words) > length else ""
        amount = _amount(words[length:]) if operator and words[0].isascii() else None
        if amount:
            return length + amount[0], operator, amount[1]
    return None


def _operator(word: str) -> str:
    readings = [stem for stem, _ in stems(word.casefold())]
    return next((name for name in _NUMERIC if OPERATORS[name] & set(readings)), "")


def _amount(words: Sequence[str]) -> tuple[int, str] | None:
    found = _AMOUNT.fullmatch(words[0]) if words else None
    if not found:
        return None
    number, suffix = float(found[1].replace(",", "")), found[2].casefold()
    factor = next((f for name, f in _MAGNITUDES.items() if _scales(suffix, name)), 1)
    length = 1
    if len(words) > 1 and words[1].casefold() in _WORDS:
        factor, length = _MAGNITUDES[words[1].casefold()], 2
    if len(words) > length and words[length].casefold() in CURRENCIES:
        length += 1
    value = number * factor
    return length, str(int(value)) if value.is_integer() else repr(value)


def _scales(suffix: str, name: str) -> bool:
    return suffix == name if name.isascii() else suffix.startswith(name)


def excludes(word: str) -> bool:
    """Whether the word takes a value out of what is asked for."""
    return any(stem in OPERATORS["not"] for stem, _ in stems(word.casefold()))


def member(word: str, table: Table) -> tuple[Column, str] | None:
    """The column of small whole numbers and its member that a word such as 3학년 names."""
    for stem, _ in stems(word):
        found = re.fullmatch(r"(\d{1,4})([^\W\d_]+)", stem)
        column = _numbered(normal(found[2]), table) if found else None
        if found and column is not None:
            return column, str(int(found[1]))
    return None


def _numbered(name: str, table: Table) -> Column | None:
    fit = (c for c in table.columns if c.kind == "integer" and c.numbers_groups)
    return next((column for column in fit if name in (column.normal, *column.core)), None)


def member_of(column: Column | None, word: str) -> str:
    """The member in "grade 3": a number after the name of a column of small whole numbers."""
    if column is None or column.kind != "integer" or not column.numbers_groups:
        return ""
    return str(int(word)) if re.fullmatch(r"\d{1,4}", word) else ""
