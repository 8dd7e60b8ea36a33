"""The words of a question that are no data: kinds of analysis, periods, numbers, politeness.

The words themselves are in `vocabulary.toml`.
"""

import tomllib
from importlib.resources import files
from typing import Any, Final

_WORDS: Final[dict[str, Any]] = tomllib.loads(
    files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8")
)


def _set(name: str) -> frozenset[str]:
    return frozenset(_WORDS[name].split())


def _sets(name: str) -> dict[str, frozenset[str]]:
    return _sets_of(_WORDS[name])


def _sets_of(entry: dict[str, str]) -> dict[str, frozenset[str]]:
    return {key: frozenset(words.split()) for key, words in entry.items()}


KINDS: Final = _sets("kinds")
PERIODS: Final = _sets("periods")
UNSUPPORTED: Final = _sets("unsupported")
"""Requests beyond this analyst, by the reason it gives."""
RELATIVE: Final = _sets("relative")
"""Words of periods that are counted from the data's last date, by what they mean."""
DAYS: Final = _sets("days")
"""Days of the week and parts of it, by the value that a filter of a date column has for them."""
UNITS: Final = _sets("units")
"""Units of time in "the last 3 months"."""
IMPLIED: Final = {key: _sets_of(words) for key, words in _WORDS["implied"].items()}
"""Superlatives that say what is ranked: for top and bottom, concepts with their words."""
OPERATORS: Final = _sets("operators")
"""Words that turn a value or a number into a condition: not, at least, above, at most, below."""
COUNTED: Final = _set("counted")
"""What may follow 몇 in a question for a number of things."""
PLACES: Final = tuple(_WORDS["places"].split())
"""Endings of the names of Korean places, longest first, without which people write them."""
CURRENCIES: Final = _set("currencies")
"""Words that may follow an amount of money."""
WHEN: Final = _set("when")
GENERAL: Final = _set("general")
"""Words that ask for an analysis without saying which."""
GENERIC_MEASURES: Final = _set("generic_measures")
"""Words that mean the main number of the table, whichever that is."""
MEDIAN: Final = _set("median")
MEAN: Final = _set("mean")
SUM: Final = _set("sum")
GROUP_BEFORE: Final = _set("group_before")
"""English words before a dimension."""
GROUP_AFTER: Final = _set("group_after")
"""Korean endings after a dimension."""
OPERAND_BEFORE: Final = _set("operand_before")
"""English words before something that narrows the rows."""
SEPARATORS: Final = _set("separators")
JOINING_PARTICLES: Final = _set("joining_particles")
PARTICLES: Final = tuple(sorted(_WORDS["particles"].split(), key=len, reverse=True))
"""Endings that may follow a Korean noun, longest first."""
PREDICATE_ENDINGS: Final = tuple(_WORDS["predicate_endings"].split())
"""Endings of Korean verbs, adjectives and adverbs: such a word is no name of anything."""
COUNTERS: Final = _set("counters")
NUMBERS: Final[dict[str, int]] = _WORDS["numbers"]
MONTHS: Final[dict[str, int]] = _WORDS["months"]
STOP: Final = _set("stop")
"""Words that carry no data and no kind; never reported as not understood."""
WEAK_WORDS: Final = _set("weak_words")
"""Last words of column names that add no meaning."""
GREETINGS: Final = _set("greetings")
THANKS: Final = _set("thanks")
IDENTITY: Final = _set("identity")
FAREWELLS: Final = _set("farewells")
REMOVALS: Final = _set("removals")
ADDITIONS: Final = _set("additions")
ONLYS: Final = _set("onlys")
