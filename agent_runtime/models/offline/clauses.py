"""Clauses: a question cut into the parts that ask for one thing each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.lexicon import concept_of
from agent_runtime.models.offline.matching import Mention
from agent_runtime.models.offline.tables import Column
from agent_runtime.models.offline.unknown_words import settle_unknown
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
    excluded: list[Mention] = field(default_factory=list)
    thresholds: list[tuple[str, str, Column | None]] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    assumed: dict[str, str] = field(default_factory=dict)
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
    asks_when: bool = False

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
    def complete(self) -> bool:
        """Whether the clause says what is measured and of what, so that it stands alone."""
        return bool(self.measures and (self.dimensions or self.excluded or self.thresholds))

    @property
    def named(self) -> bool:
        """Whether the clause names any data."""
        columns = self.measures or self.dimensions or self.times
        return bool(columns or self.values or self.dates or self.thresholds or self.excluded)

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
    repeated: list[Mention] = []
    for index, mention in enumerate(mentions):
        before = mentions[index - 1] if index else None
        grouped = mention.grouped or (before is not None and before.sort == "group")
        if _repeats(mention, before):
            repeated.append(mention)
            continue
        _take(clause, mention, before, grouped)
        if mention.counted and "count" not in clause.kinds:
            clause.kinds.append("count")
    clause.mentions = [mention for mention in mentions if mention not in repeated]
    _settle_conditions(clause)
    _settle_filters(clause)
    _settle_modifiers(clause)
    settle_unknown(clause)
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
        before = _neighbour(clause.mentions[:index][::-1])
        after = _neighbour(clause.mentions[index + 1 :])
        listed = _counts(after) and after is not None and after.text.isascii()
        if listed and column.groups_rows:
            clause.grouped = True
        elif mention.counted or _counts(before) or _counts(after):
            clause.counted = column
            clause.dimensions.remove(column)
        elif after and not column.groups_rows and _measured(clause, after):
            clause.dimensions.remove(column)
        elif _rows_named(clause, column):
            clause.counted = column
            clause.dimensions.remove(column)
            clause.kinds.append("count")


def _neighbour(mentions: list[Mention]) -> Mention | None:
    """The nearest mention that carries meaning."""
    return next((m for m in mentions if m.sort != "stop" or _generic(m)), None)


def _measured(clause: Clause, mention: Mention) -> bool:
    """Whether a mention is a number: a measure, or a word such as value for the main one."""
    return mention.column in clause.measures or _generic(mention)


def _generic(mention: Mention) -> bool:
    return mention.sort in ("generic", "stop") and mention.text in vocabulary.GENERIC_MEASURES


def _rows_named(clause: Clause, column: Column) -> bool:
    """Whether the column only says what the rows are ("sessions by device")."""
    others = [other for other in clause.dimensions if other != column]
    beside = bool(others or clause.period or clause.thresholds)
    return column.names_rows and beside and not clause.measures and not clause.kinds


def _counts(mention: Mention | None) -> bool:
    return mention is not None and mention.sort == "kind" and mention.name == "count"


def _repeats(mention: Mention, before: Mention | None) -> bool:
    """Whether a loosely matching noun only names the sort of the column before ("math score")."""
    loose = mention.sort == "column" and mention.score < 0.8
    if before is None or before.column is None or before.particle or not loose:
        return False
    sorts = concept_of(normal(mention.text)) or concept_of(mention.text[:2])
    is_type = sorts is not None and sorts.name == "type" and not mention.grouped
    return before.column.numeric or is_type


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
            if mention.assumed:
                clause.assumed[mention.text] = mention.name
        case "threshold":
            operator, number = mention.name.split()
            clause.thresholds.append((operator, number, _bounded(clause)))
        case "stop":
            clause.asks_when |= mention.text.casefold() in vocabulary.WHEN
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
    grouping = (grouped and column.groups) or column.numbers_groups
    if column.kind == "date" or (column.is_year and not grouped):
        target = clause.times
    elif column.numeric and not column.is_identifier and not grouping:
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
    if mention.text.endswith(("등", "위")) or "등" in mention.text:
        clause.kinds += [] if set(clause.kinds) & {"top", "bottom"} else ["top"]
        ranks = True
    number = int(mention.name) if len(mention.name) < 5 else 0
    if number and (ranks or counted or before_rank):
        clause.n = number


def _bounded(clause: Clause) -> Column | None:
    """The column that a bound is on: the measure named last in front of it."""
    return clause.measures[-1] if clause.measures else None


def _settle_conditions(clause: Clause) -> None:
    """Values taken out, and columns that a bound names, are conditions and nothing else."""
    mentions = clause.mentions
    for index, mention in enumerate(mentions):
        if mention.sort != "exclusion":
            continue
        english = mention.text.isascii()
        run = mentions[index + 1 :] if english else mentions[index - 1 :: -1] if index else []
        found = sorted(_values_in_front(run), key=lambda value: value.start)
        if not found:
            clause.absent.append(mention)
        for value in found:
            (clause.dates if value.sort == "date" else clause.values).remove(
                value.name if value.sort == "date" else value  # type: ignore[arg-type]
            )
            clause.excluded.append(value)
    for _, _, column in clause.thresholds:
        others = [measure for measure in clause.measures if measure != column]
        if column in clause.measures and (others or "count" in clause.kinds):
            clause.measures = others


def _values_in_front(mentions: list[Mention]) -> list[Mention]:
    """The values of one column that stand together, with their column's own name between."""
    found: list[Mention] = []
    for mention in mentions:
        own = not found or mention.column == found[0].column
        if mention.sort in ("value", "date") and own:
            found.append(mention)
        elif mention.sort != "stop" and not (mention.sort == "column" and own):
            break
    return found


def _settle_filters(clause: Clause) -> None:
    """A dimension beside one of its own values ("서울 지역") names the value, no breakdown."""
    for value in [*clause.values, *clause.excluded]:
        column = value.column
        if value in clause.excluded and column and _asked_for(clause, column):
            continue
        if column in clause.dimensions and not any(
            m.column == column and m.sort == "column" and (m.grouped or _after_by(clause, m))
            for m in clause.mentions
        ):
            clause.dimensions.remove(column)


def _asked_for(clause: Clause, column: Column) -> bool:
    """Whether a column is what a ranking or a breakdown is about, beside values taken out."""
    return any(m.column == column and m.grouped for m in clause.mentions) or any(
        kind in ("top", "bottom", "share") for kind in clause.kinds
    )


def _after_by(clause: Clause, mention: Mention) -> bool:
    index = clause.mentions.index(mention)
    return index > 0 and clause.mentions[index - 1].sort == "group"


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
        open_before = previous is not None and previous.needs_operand
        joined = clause.mentions[-1].joins or waiting or open_before
        if bare and clause.complete and not joined:
            merged.append(clause)
            continue
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
        if set(clause.kinds) in ({"count"}, {"missing"}):
            continue
        ranks = set(clause.kinds) <= {"top", "bottom"} and not clause.named
        following = clauses[index + 1] if index + 1 < len(clauses) else None
        if clause.kinds and ranks and following and set(following.kinds) <= {"top", "bottom"}:
            clause.measures, clause.dimensions = (
                list(following.measures),
                list(following.dimensions),
            )
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
