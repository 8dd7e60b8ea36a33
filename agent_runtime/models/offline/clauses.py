"""Clauses: a question cut into the parts that ask for one thing each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.lexicon import concept_of
from agent_runtime.models.offline.matching import Mention
from agent_runtime.models.offline.tables import Column
from agent_runtime.models.offline.wording import normal

_MEASURE_ONLY = frozenset({"total", "average"})
_GROUPS_TOO = frozenset({"total", "average", "share", "top", "bottom"})


@dataclass
class Clause:
    """What one part of the question names, before gaps are filled."""

    mentions: list[Mention]
    ends_sentence: bool = False
    measures: list[Column] = field(default_factory=list)
    dimensions: list[Column] = field(default_factory=list)
    times: list[Column] = field(default_factory=list)
    values: list[Mention] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    absent: list[Mention] = field(default_factory=list)
    counted: Column | None = None
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    period: str = ""
    n: int | None = None
    general: bool = False
    generic: bool = False
    grouped: bool = False
    wants_mean: bool = False
    wants_sum: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """First and last token of the clause."""
        words = [m for m in self.mentions if m.sort not in ("break", "sentence")] or self.mentions
        return words[0].start, words[-1].start + words[-1].length - 1

    @property
    def structured(self) -> bool:
        """Whether the clause asks for something by itself, beyond naming columns or values."""
        return bool(self.kinds or self.period or self.grouped or self.unsupported)

    @property
    def only_grouped(self) -> bool:
        """Whether the clause is a dimension and nothing else ("지역별, ...")."""
        other = self.kinds or self.period or self.unsupported or self.measures or self.values
        return self.grouped and not other and not self.absent

    @property
    def named(self) -> bool:
        """Whether the clause names any data."""
        return bool(self.measures or self.dimensions or self.times or self.values or self.dates)

    @property
    def dated_range(self) -> bool:
        """Whether two periods mean from one to the other ("from 2022 to 2024")."""
        words = {mention.text.casefold() for mention in self.mentions}
        dated = [mention for mention in self.mentions if mention.sort == "date"]
        spoken = any(mention.text.endswith(("부터", "까지", "에서")) for mention in dated)
        return spoken or {"from", "to"} <= words or bool(words & {"~", "since", "부터", "까지"})

    @property
    def needs_operand(self) -> bool:
        """Whether the clause compares or correlates and has only one thing to do it with."""
        if "comparison" not in self.kinds and "correlation" not in self.kinds:
            return False
        operands = len(self.values) + len(self.dates)
        return operands == 1 or (not operands and len(self.measures) + len(self.dimensions) == 1)


def clauses_of(mentions: list[Mention]) -> list[Clause]:
    """The clauses of a question, with what belongs together kept together."""
    pieces = [_read(piece) for piece in _pieces(mentions)]
    return _share_columns(_merge([piece for piece in pieces if not _empty(piece)]))


def _pieces(mentions: list[Mention]) -> Iterator[list[Mention]]:
    piece: list[Mention] = []
    for mention in mentions:
        if mention.sort == "break":
            if piece:
                yield piece
            piece = []
            continue
        piece.append(mention)
        if mention.sort == "sentence" or mention.joins:
            yield piece
            piece = []
    if piece:
        yield piece


def _read(mentions: list[Mention]) -> Clause:
    clause = Clause(mentions, ends_sentence=mentions[-1].sort == "sentence")
    for index, mention in enumerate(mentions):
        before = mentions[index - 1] if index else None
        grouped = mention.grouped or (before is not None and before.sort == "group")
        if _repeats(mention, before):
            continue
        _take(clause, mention, before, grouped)
        if mention.counted and "count" not in clause.kinds:
            clause.kinds.append("count")
    _settle_modifiers(clause)
    _settle_filters(clause)
    _settle_unknown(clause)
    weak = [m.column for m in mentions if m.sort == "kind" and m.column and m.column.numeric]
    if weak and not clause.measures and not clause.absent:
        clause.measures = weak
    return clause


def _settle_modifiers(clause: Clause) -> None:
    """Nouns that only qualify their neighbour, and nouns whose number is asked for.

    "order amount" is no breakdown by order; "주문 수" and "number of orders" count orders.
    """
    for index, mention in enumerate(clause.mentions):
        column = mention.column
        bare = mention.sort == "column" and not mention.grouped and not mention.joins
        if column is None or not bare or column not in clause.dimensions:
            continue
        if _after_by(clause, mention):
            continue
        before = clause.mentions[index - 1] if index else None
        after = clause.mentions[index + 1] if index + 1 < len(clause.mentions) else None
        listed = _counts(after) and after is not None and after.text.isascii()
        if listed and column.groups_rows:
            clause.grouped = True
        elif mention.counted or _counts(before) or _counts(after):
            clause.counted = column
            clause.dimensions.remove(column)
        elif after and after.column in clause.measures and not column.groups_rows:
            clause.dimensions.remove(column)


def _counts(mention: Mention | None) -> bool:
    return mention is not None and mention.sort == "kind" and mention.name == "count"


def _repeats(mention: Mention, before: Mention | None) -> bool:
    """Whether a loosely matching noun only names the sort of the column before ("math score")."""
    loose = mention.sort == "column" and mention.score < 0.8
    measured = before is not None and before.column is not None and before.column.numeric
    return loose and measured and not (before and before.particle)


def _take(clause: Clause, mention: Mention, before: Mention | None, grouped: bool) -> None:
    match mention.sort:
        case "column" if mention.column is not None:
            _take_column(clause, mention, mention.column, grouped)
        case "kind":
            if mention.name not in clause.kinds:
                clause.kinds.append(mention.name)
            text = mention.text.casefold()
            clause.wants_mean |= any(text.startswith(word) for word in vocabulary.MEAN)
            clause.wants_sum |= any(text.startswith(word) for word in vocabulary.SUM)
        case "value":
            clause.values.append(mention)
        case "date":
            clause.dates.append(mention.name)
        case "period":
            clause.period = mention.name
        case "number":
            _take_number(clause, mention, before)
        case "unsupported":
            clause.unsupported.append(mention.name)
        case "general":
            clause.general = True
        case "generic":
            clause.generic = True
        case "absent" | "unknown":
            clause.absent.append(mention)
            clause.grouped |= grouped and mention.sort == "absent"
        case _:
            pass


def _take_column(clause: Clause, mention: Mention, column: Column, grouped: bool) -> None:
    if column.kind == "date" or (column.is_year and not grouped):
        target = clause.times
    elif column.numeric and not column.is_identifier and not (grouped and column.groups):
        target = clause.measures
    else:
        target = clause.dimensions
        clause.grouped |= grouped
    if column not in target:
        target.append(column)
    if mention.others:
        clause.choices[column.name] = mention.others


def _take_number(clause: Clause, mention: Mention, before: Mention | None) -> None:
    ranks = before is not None and before.sort == "kind" and before.name in ("top", "bottom")
    counted = any(mention.text.endswith(counter) for counter in vocabulary.COUNTERS)
    following = clause.mentions[clause.mentions.index(mention) + 1 :]
    before_rank = any(m.sort == "kind" and m.name in ("top", "bottom") for m in following[:2])
    number = int(mention.name) if len(mention.name) < 5 else 0
    if number and (ranks or counted or before_rank):
        clause.n = number


def _settle_filters(clause: Clause) -> None:
    """A dimension beside one of its own values ("서울 지역") names the value, no breakdown."""
    for value in clause.values:
        column = value.column
        if column in clause.dimensions and not any(
            m.column == column and m.sort == "column" and (m.grouped or _after_by(clause, m))
            for m in clause.mentions
        ):
            clause.dimensions.remove(column)


def _after_by(clause: Clause, mention: Mention) -> bool:
    index = clause.mentions.index(mention)
    return index > 0 and clause.mentions[index - 1].sort == "group"


def _settle_unknown(clause: Clause) -> None:
    """Which of the words that match nothing matter, and which may be passed over."""
    kept = []
    for mention in clause.absent:
        index = clause.mentions.index(mention)
        before = clause.mentions[index - 1] if index else None
        after = clause.mentions[index + 1] if index + 1 < len(clause.mentions) else None
        if mention.grouped or mention.quoted or (before and before.sort in ("group",)):
            kept.append(mention)
        elif (
            (mention.sort == "absent" and _qualifies(clause, mention, before, after))
            or _is_passing_word(clause, mention, before)
            or (mention.sort == "unknown" and mention.text.endswith(vocabulary.PREDICATE_ENDINGS))
            or ("count" in clause.kinds and mention.sort == "absent")
        ):
            continue
        else:
            kept.append(mention)
    clause.absent = kept


def _qualifies(
    clause: Clause, mention: Mention, before: Mention | None, after: Mention | None
) -> bool:
    """Whether a noun without a column only describes its neighbour ("math score")."""
    follows = before is not None and before.column in clause.measures and not before.particle
    concept = concept_of(normal(mention.name))
    measured = concept is not None and concept.nature in ("additive", "averaged")
    return follows or (not measured and after is not None and after.sort == "column")


def _is_passing_word(clause: Clause, mention: Mention, before: Mention | None) -> bool:
    """An English lower-case word beside a measure, where no name of data is expected."""
    plain = mention.sort == "unknown" and mention.text.isascii() and mention.text.islower()
    operand = before is not None and before.sort in ("operand", "group")
    return plain and bool(clause.measures) and not operand


def _empty(clause: Clause) -> bool:
    asks = clause.structured or clause.general or clause.generic or clause.absent
    return not (asks or clause.named)


def _merge(clauses: list[Clause]) -> list[Clause]:
    """Bare names joined to the neighbour that says what to do with them."""
    merged: list[Clause] = []
    waiting: list[Mention] = []
    for index, clause in enumerate(clauses):
        following = clauses[index + 1] if index + 1 < len(clauses) else None
        previous = merged[-1] if merged else None
        bare = not clause.structured and clause.named
        if clause.only_grouped and following and following.measures:
            bare = not any(other.measures for other in merged)
        same_sentence = previous is not None and not previous.ends_sentence
        if waiting:
            clause = _read([*waiting, *clause.mentions])
            bare, waiting = not clause.structured and clause.named, []
        if bare and previous and same_sentence and previous.needs_operand:
            merged[-1] = _read([*previous.mentions, *clause.mentions])
        elif bare and following and not clause.ends_sentence:
            waiting = clause.mentions
        elif bare and previous and same_sentence and previous.structured and not clause.general:
            merged[-1] = _read([*previous.mentions, *clause.mentions])
        else:
            merged.append(clause)
    return merged


def _share_columns(clauses: list[Clause]) -> list[Clause]:
    """A clause without a measure takes its neighbour's ("매출 추이와 이상치")."""
    for index, clause in enumerate(clauses):
        if clause.measures or clause.absent or clause.generic or not clause.structured:
            continue
        earlier = [other for other in clauses[:index] if other.measures]
        later = clauses[index + 1] if index + 1 < len(clauses) else None
        forward = set(clause.kinds) <= _MEASURE_ONLY and not clause.named
        if forward and not earlier and later and later.measures and not clause.ends_sentence:
            clause.measures = list(later.measures)
            clause.dimensions = [] if clause.period else list(later.dimensions)
        elif earlier:
            clause.measures = list(earlier[-1].measures)
            if not clause.named and not clause.period and set(clause.kinds) <= _GROUPS_TOO:
                clause.dimensions = list(earlier[-1].dimensions)
    return clauses
