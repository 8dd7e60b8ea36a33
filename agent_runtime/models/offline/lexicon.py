"""A general bilingual lexicon: what common nouns of tables mean, as a bridge between languages.

A concept joins Korean and English words for one thing. Columns and questions are both read through
it, so that "매출" finds a column `revenue`. The words are in `lexicon.toml`; nothing there names a
particular file or its columns.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Nature = Literal["additive", "averaged", "dimension", "time", "identifier"]


@dataclass(frozen=True)
class Concept:
    """One thing that columns are commonly about.

    `nature` says how such a column is used: `additive` numbers are summed, `averaged` ones are not
    meaningful as a sum (prices, rates, ages). `weight` ranks measures and dimensions when the
    question names none; `family` joins concepts that stand in for each other ("매출" and "금액").
    """

    name: str
    nature: Nature
    weight: int
    family: str


RELATED: Final = (
    frozenset({"region", "city", "country"}),
    frozenset({"category", "type"}),
    frozenset({"segment", "type"}),
    frozenset({"product", "name"}),
    frozenset({"employee", "name"}),
    frozenset({"student", "name"}),
    frozenset({"customer", "name"}),
    frozenset({"score", "rating"}),
    frozenset({"score", "course"}),
)
"""Families that may stand in for each other when nothing nearer is there."""

_DISTINCT_FAMILIES: Final = frozenset({"course"})
"""Families whose members never stand in for each other: one subject's marks are not another's."""


@cache
def by_word() -> dict[str, Concept]:
    """Every word of the lexicon with its concept; the first concept that claims a word keeps it."""
    text = files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8")
    words: dict[str, Concept] = {}
    for name, entry in tomllib.loads(text).items():
        family = entry.get("family", name)
        concept = Concept(name, entry["nature"], entry.get("weight", 0), family)
        for word in entry["words"].split():
            words.setdefault(word, concept)
    return words


def concept_of(word: str) -> Concept | None:
    """The concept of a normalised word, in singular or plural, or None."""
    words = by_word()
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), word[:-3] + "y"):
        if form in words and (form == word or (len(form) > 2 and word.isascii())):
            return words[form]
    return None


def related(one: Concept, other: Concept) -> bool:
    """Whether a column of one concept is a sensible stand-in for a word of the other."""
    if one.family == other.family:
        return one == other or one.family not in _DISTINCT_FAMILIES
    return any({one.family, other.family} <= group for group in RELATED)
