"""Mentions: what each stretch of a question refers to, given one table."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.conditions import excludes, member, member_of, threshold
from agent_runtime.models.offline.days import day_of_week
from agent_runtime.models.offline.lexicon import Concept, concept_of, related
from agent_runtime.models.offline.periods import period_filter
from agent_runtime.models.offline.relative_periods import relative_period
from agent_runtime.models.offline.tables import Column, Table
from agent_runtime.models.offline.tokens import Token
from agent_runtime.models.offline.value_names import known_values
from agent_runtime.models.offline.wording import normal, stems

Sort = Literal[
    "column", "value", "date", "kind", "general", "period", "unsupported", "generic", "number",
    "group", "operand", "threshold", "exclusion", "break", "sentence", "absent", "unknown", "stop",
]  # fmt: skip

_ABILITY = frozenset({"할", "볼", "알", "될"})
MATCH_THRESHOLD = 0.7
"""Least score at which a word is taken for a column; below it the word counts as not understood."""
_FUZZY_RATIO = 0.84
_LONGEST_NAME = 6
_MOST_FUZZY_COLUMNS = 500


@dataclass(frozen=True)
class Mention:
    """What a stretch of tokens refers to; `name` is the kind, period, value or reason meant."""

    sort: Sort
    text: str
    start: int
    length: int = 1
    name: str = ""
    column: Column | None = None
    score: float = 0.0
    particle: str = ""
    others: tuple[str, ...] = ()
    quoted: bool = False
    assumed: bool = False
    """Whether a date was counted from the end of the data."""

    @property
    def counted(self) -> bool:
        """Whether a Korean ending asks how many there are ("고객수")."""
        return self.particle.startswith("수")

    @property
    def grouped(self) -> bool:
        """Whether a Korean ending marks it as a dimension ("지역별")."""
        return self.particle in vocabulary.GROUP_AFTER

    @property
    def joins(self) -> bool:
        """Whether a Korean ending joins it to what follows ("매출과")."""
        return self.particle in vocabulary.JOINING_PARTICLES


def scan(tokens: list[Token], table: Table) -> list[Mention]:
    """Every token assigned to one mention, left to right, the longest and surest reading first."""
    values = known_values(table)
    mentions: list[Mention] = []
    position = 0
    while position < len(tokens):
        mention = _excluded(tokens, position, mentions) or _mention_at(
            tokens, position, table, values
        )
        mentions.append(mention)
        position += mention.length
    return _settle_days(mentions)


def _excluded(tokens: list[Token], at: int, before: list[Mention]) -> Mention | None:
    """A word that takes values out: after them in Korean, in front of them in English."""
    word = tokens[at]
    if word.separator or word.quoted or not excludes(word.text):
        return None
    named = [mention for mention in before if mention.sort not in ("stop", "break")][-2:]
    if not word.text.isascii() and not any(m.sort in ("value", "date") for m in named):
        return None
    return Mention("exclusion", word.text, at, name=word.text)


def _mention_at(
    tokens: list[Token], at: int, table: Table, values: dict[str, tuple[Column, str]]
) -> Mention:
    token = tokens[at]
    if token.separator:
        return Mention("sentence" if token.separator == "sentence" else "break", token.text, at)
    pair = "".join(word.folded for word in tokens[at : at + 2] if not word.separator)
    phrase = _phrase(pair, at, tokens) if at + 1 < len(tokens) and not token.quoted else None
    if phrase:
        return phrase
    exact = _exact(tokens, at, table, values)
    if exact:
        return exact
    if not token.quoted:
        special = _conditioned(tokens, at, table) or _dated(tokens, at, table)
        special = special or _implied(token, at, table) or _weekday(token, at, table)
        special = special or _day(tokens, at, table)
        if special:
            return special
    word = None if token.quoted else _word(token, at, tokens[at - 1] if at else None)
    return word or _resembling(tokens, at, table) or _left_over(token, at)


def _conditioned(tokens: list[Token], at: int, table: Table) -> Mention | None:
    """A bound on a number, or a member of a column of small whole numbers."""
    words = _words(tokens, at)
    bound = threshold(words)
    if bound:
        length, operator, number = bound
        text = _text(tokens, at, length)
        return Mention("threshold", text, at, length, f"{operator} {number}")
    found = member(tokens[at].text, table)
    if found:
        column, value = found
        return Mention("value", tokens[at].text, at, 1, value, column, 0.95)
    for column in table.columns:
        value = member_of(column, words[1]) if len(words) > 1 else ""
        if value and normal(words[0]) in (column.normal, *column.core):
            return Mention("value", _text(tokens, at, 2), at, 2, value, column, 0.95)
    return None


def _dated(tokens: list[Token], at: int, table: Table) -> Mention | None:
    words = _words(tokens, at)
    fixed = period_filter(words)
    if fixed:
        length, period = fixed
        return Mention("date", _text(tokens, at, length), at, length, name=period)
    before = tokens[at - 1].text if at else ""
    last = table.last_moment
    found = relative_period(words, before, last or datetime(2000, 1, 1))
    if not found:
        return None
    length, period = found
    text = _text(tokens, at, length)
    return Mention("date", text, at, length, name=period, assumed=True)


def _implied(token: Token, at: int, table: Table) -> Mention | None:
    """A superlative that says what is ranked: "the most expensive" is about prices."""
    readings = [stem for stem, _ in stems(token.folded)]
    for kind, concepts in vocabulary.IMPLIED.items():
        for name, words in concepts.items():
            if not words & set(readings):
                continue
            fit = (c for c in table.columns if c.numeric and c.head and c.head.name == name)
            column = next(fit, None)
            if column is None:
                return Mention("absent", token.text, at, name=token.text, quoted=True)
            return Mention("kind", token.text, at, name=kind, column=column)
    return None


def _weekday(token: Token, at: int, table: Table) -> Mention | None:
    """A column of weekdays, which goes before weekdays read from dates."""
    for stem, particle in stems(token.folded):
        if stem in vocabulary.PERIODS["weekday"] or particle == "별":
            fit = (c for c in table.columns if c.head and c.head.name == "weekday")
            column = next(fit, None) if (concept := concept_of(stem)) else None
            if column and concept and concept.name == "weekday":
                return Mention("column", token.text, at, 1, "", column, 0.9, particle)
    return None


def _day(tokens: list[Token], at: int, table: Table) -> Mention | None:
    """A day of the week or a part of it, as a value of the date column."""
    before = tokens[at - 1].folded if at else ""
    found = day_of_week(tokens[at].folded, before)
    column = next((column for column in table.times if column.kind == "date"), None)
    if found is None or column is None:
        return None
    name, particle = found
    return Mention("value", tokens[at].text, at, 1, name, column, 0.95, particle)


def _settle_days(mentions: list[Mention]) -> list[Mention]:
    """ "Weekday" beside "weekend" is the other part of the week, not a breakdown by day."""
    weekend = next((m for m in mentions if m.sort == "value" and m.name == "weekend"), None)
    if weekend is None:
        return mentions
    return [
        replace(m, sort="value", name="weekdays", column=weekend.column, score=0.95)
        if m.name == "weekday" and m.text.isascii() and not (i and mentions[i - 1].sort == "group")
        else m
        for i, m in enumerate(mentions)
    ]


def _words(tokens: list[Token], at: int) -> list[str]:
    """Up to four words from here to the next separator."""
    words: list[str] = []
    for token in tokens[at : at + 4]:
        if token.separator or token.quoted:
            break
        words.append(token.text)
    return words


def _phrase(pair: str, at: int, tokens: list[Token]) -> Mention | None:
    text = _text(tokens, at, 2)
    for reason, words in vocabulary.UNSUPPORTED.items():
        if any(stem in words for stem, _ in stems(pair)):
            return Mention("unsupported", text, at, 2, name=reason)
    if tokens[at].text == "몇" and any(
        stem in vocabulary.COUNTED for stem, _ in stems(tokens[at + 1].text)
    ):
        return Mention("kind", text, at, 2, name="count")
    following = tokens[at + 2].folded if len(tokens) > at + 2 else ""
    if pair + following in {"timeofday", "hourofday"} and following == "day":
        return Mention("period", _text(tokens, at, 3), at, 3, name="hour_of_day")
    if pair in {"comparedto", "comparedwith"}:
        return Mention("kind", text, at, 2, name="comparison")
    if pair.startswith(("잘팔", "잘나가")):
        return Mention("kind", text, at, 2, name="top")
    if pair in {"overtime", "timeseries", "howmany", "numberof"}:
        kind = "trend" if pair in {"overtime", "timeseries"} else "count"
        return Mention("kind", text, at, 2, name=kind)
    return None


def _exact(
    tokens: list[Token], at: int, table: Table, values: dict[str, tuple[Column, str]]
) -> Mention | None:
    for length in range(min(_LONGEST_NAME, len(tokens) - at), 0, -1):
        span = tokens[at : at + length]
        if any(token.separator for token in span):
            continue
        quoted = length == 1 and span[0].quoted
        before = "".join(token.text for token in span[:-1])
        for stem, particle in stems(span[-1].text):
            key = normal(before + stem)
            if not key or (len(key) == 1 and key.isascii() and not quoted):
                continue
            text = _text(tokens, at, length)
            column = next((c for c in table.columns if c.normal == key), None)
            if column:
                kind = _kind_of(key) if length == 1 and not quoted else ""
                sort: Sort = "kind" if kind else "column"
                return Mention(sort, text, at, length, kind, column, 1.0, particle, quoted=quoted)
            singular = key.removesuffix("s") if key.isascii() and len(key) > 3 else key
            known = values.get(key) or values.get(singular)
            if known and (quoted or not _is_plain_word(key)):
                column, value = known
                return Mention("value", text, at, length, value, column, 0.95, particle, (), quoted)
    return None


def _word(token: Token, at: int, before: Token | None) -> Mention | None:
    """A word of the vocabulary, in any reading of its Korean ending."""
    if before and before.folded in _ABILITY and token.folded.startswith("수"):
        return Mention("stop", token.text, at)
    if token.folded in vocabulary.SEPARATORS:
        return Mention("break", token.text, at)
    if token.folded in vocabulary.GROUP_BEFORE:
        return Mention("group", token.text, at)
    if token.folded in vocabulary.OPERAND_BEFORE:
        return Mention("operand", token.text, at)
    number = re.fullmatch(r"(\d+)(\D{0,4})", token.folded)
    if number or token.folded in vocabulary.NUMBERS:
        name = number[1] if number else str(vocabulary.NUMBERS[token.folded])
        return Mention("number", token.text, at, name=name)
    for stem, particle in stems(token.folded):
        if stem in vocabulary.STOP and not particle:
            break
        for period, words in vocabulary.PERIODS.items():
            if stem in words:
                return Mention("period", token.text, at, name=period, particle=particle)
        for reason, words in vocabulary.UNSUPPORTED.items():
            if stem in words:
                return Mention("unsupported", token.text, at, name=reason, particle=particle)
        kind = _kind_of(stem)
        if kind:
            return Mention("kind", token.text, at, name=kind, particle=particle)
        if stem in vocabulary.GENERAL:
            return Mention("general", token.text, at, particle=particle)
        if stem in vocabulary.GENERIC_MEASURES:
            return Mention("generic", token.text, at, particle=particle)
        if stem in vocabulary.STOP and len(stem) > 1:
            return Mention("stop", token.text, at, particle=particle)
    if token.folded in vocabulary.STOP:
        return Mention("stop", token.text, at)
    return None


def _resembling(tokens: list[Token], at: int, table: Table) -> Mention | None:
    """The column whose name is nearest in meaning or spelling, when one is near enough."""
    for length in range(min(3, len(tokens) - at), 0, -1):
        span = tokens[at : at + length]
        if any(token.separator or (token.quoted and length > 1) for token in span):
            continue
        before = "".join(token.text for token in span[:-1])
        for stem, particle in stems(span[-1].text):
            key = normal(before + stem)
            grouped = particle in vocabulary.GROUP_AFTER and concept_of(key) is not None
            if len(key) < 2 and not grouped:
                continue
            ranked = sorted(_scores(key, table, length == 1), key=lambda pair: -pair[0])
            if ranked and ranked[0][0] >= MATCH_THRESHOLD:
                score, column = ranked[0]
                others = tuple(c.name for s, c in ranked[1:4] if s >= score - 0.02)
                text = _text(tokens, at, length)
                return Mention("column", text, at, length, "", column, score, particle, others)
    return None


def _left_over(token: Token, at: int) -> Mention:
    for stem, particle in stems(token.text):
        if concept_of(normal(stem)) and (not particle or len(stem) > 1) and not token.quoted:
            return Mention("absent", token.text, at, name=stem, particle=particle)
    readings = stems(token.text)
    grouped = next((r for r in readings if r[1] in vocabulary.GROUP_AFTER), None)
    stem, particle = grouped or (readings[1] if len(readings) > 1 else readings[0])
    return Mention("unknown", token.text, at, name=stem, particle=particle, quoted=token.quoted)


def _scores(key: str, table: Table, single: bool) -> Iterator[tuple[float, Column]]:
    concept = concept_of(key)
    for index, column in enumerate(table.columns):
        score = _likeness(key, concept, column) if single or concept else 0.0
        if not score and len(key) > 3 and index < _MOST_FUZZY_COLUMNS and len(column.normal) > 3:
            matcher = difflib.SequenceMatcher(None, key, column.normal)
            if matcher.quick_ratio() >= _FUZZY_RATIO and matcher.ratio() >= _FUZZY_RATIO:
                score = 0.88 * matcher.ratio()
        if score:
            yield score + _preference(concept, column), column


def _likeness(key: str, concept: Concept | None, column: Column) -> float:
    core = "".join(column.core)
    singular = key.removesuffix("s")
    if singular in (column.normal.removesuffix("s"), core.removesuffix("s")):
        return 0.97
    if concept and concept in column.concepts and column.names_rows:
        return 0.75
    if concept and not _suits(concept, column) and column.kind != "date":
        return 0.0
    if concept and concept == column.head:
        return 0.9
    if column.core and singular == column.core[-1].removesuffix("s") and len(key) > 1:
        return 0.88
    is_suffix = len(core) > len(key) >= 2 and not key.isascii() and core.endswith(key)
    if is_suffix or (len(core) >= 2 and not key.isascii() and key.endswith(core)):
        return 0.84
    if concept and concept in column.concepts[1:] and column.rated:
        return 0.82
    if concept and column.head and related(concept, column.head):
        return 0.76
    if column.numeric and not key.isascii() and len(key) > 1 and core.startswith(key):
        return 0.72
    is_date = column.kind == "date" and len(key) > 1
    if is_date and (singular in column.tokens or (not key.isascii() and core.startswith(key))):
        return 0.72
    return 0.0


def _suits(concept: Concept, column: Column) -> bool:
    """Whether a column's values can be what the concept is about."""
    if concept.nature in ("additive", "averaged"):
        return column.numeric and not column.is_identifier
    if concept.nature == "time":
        return column.kind == "date" or column.is_year or not column.numeric
    return not column.numeric or column.is_identifier or column.distinct <= 50


def _preference(concept: Concept | None, column: Column) -> float:
    """A hair's breadth between equally good columns: the one that is better to use."""
    if concept and concept.nature == "dimension":
        return 0.009 * (column.dimension_weight > 0) + 0.005 * (not column.is_identifier)
    return max(column.measure_weight, 0) / 20000


def _kind_of(word: str) -> str:
    return next((kind for kind, words in vocabulary.KINDS.items() if word in words), "")


def _is_plain_word(key: str) -> bool:
    plain = vocabulary.STOP | vocabulary.GENERAL | vocabulary.GROUP_BEFORE | vocabulary.SEPARATORS
    return key in plain or bool(_kind_of(key))


def _text(tokens: list[Token], at: int, length: int) -> str:
    return " ".join(token.text for token in tokens[at : at + length])
