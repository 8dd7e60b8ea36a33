"""A typed view of the profiles: what each column is good for, what stands in for none named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from agent_runtime.models.offline.lexicon import Concept, concept_of
from agent_runtime.models.offline.periods import moment
from agent_runtime.models.offline.vocabulary import WEAK_WORDS
from agent_runtime.models.offline.wording import name_tokens, normal

NUMERIC_KINDS = ("number", "integer")
GROUPING_KINDS = ("category", "boolean")
_YEARS = range(1900, 2101)
_COORDINATES = frozenset({"lat", "latitude", "lon", "lng", "longitude", "위도", "경도"})
_AVERAGED_ENDINGS = ("율", "률", "도", "평균", "점수", "단가")
_LONG_SUFFIXES = ("번호", "코드", "이름", "명칭")
WEAK_SUFFIXES = (*_LONG_SUFFIXES, "명", "값")
_ID_WORDS = frozenset(["id", "no", "key", "code", "uuid", "number", "zip", "zipcode", "phone"])
_ID_SUFFIXES = ("번호", "코드", "아이디", "사번", "학번")
MAX_GROUPS = 50
"""Most values a column may have to be a breakdown's dimension by default."""


@dataclass(frozen=True)
class Column:
    """One column of a profile with what its name says about it."""

    name: str
    kind: str
    missing: int
    distinct: int
    minimum: Any
    maximum: Any
    mean: float | None
    values: tuple[str, ...]
    rows: int

    @cached_property
    def normal(self) -> str:
        """The name without case, spaces and punctuation."""
        return normal(self.name)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The words of the name."""
        return tuple(name_tokens(self.name))

    @cached_property
    def core(self) -> tuple[str, ...]:
        """The words of the name without trailing ones that add no meaning (`name`, `usd`)."""
        words = list(self.tokens)
        while len(words) > 1 and (words[-1] in WEAK_WORDS or words[-1].isdigit()):
            words.pop()
        if words and words[-1].endswith(WEAK_SUFFIXES) and len(words[-1]) > 2:
            words[-1] = words[-1][:-2] if words[-1].endswith(_LONG_SUFFIXES) else words[-1][:-1]
        return tuple(words)

    @cached_property
    def head(self) -> Concept | None:
        """What the values are: the concept of the whole name or of its last meaningful word."""
        whole = concept_of("".join(self.core)) or concept_of(self.normal)
        if whole or not self.core:
            return whole
        last = self.core[-1]
        suffixes = [last[-length:] for length in (4, 3, 2) if not last.isascii()]
        return next(filter(None, map(concept_of, [last, *suffixes])), None)

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """Everything the name is about, its head first."""
        found = [self.head, *(concept_of(token) for token in reversed(self.tokens))]
        return tuple(dict.fromkeys(concept for concept in found if concept))

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.kind in NUMERIC_KINDS

    @property
    def is_year(self) -> bool:
        """Whether an integer column holds years."""
        return (
            self.kind == "integer"
            and any(concept.name == "year" for concept in self.concepts)
            and _as_int(self.minimum) in _YEARS
            and _as_int(self.maximum) in _YEARS
        )

    @property
    def is_identifier(self) -> bool:
        """Whether the values only tell rows apart, so that adding them up means nothing."""
        head = self.head
        if head and head.nature == "identifier":
            return True
        if (self.tokens and self.tokens[-1] in _ID_WORDS) or self.normal.endswith(_ID_SUFFIXES):
            return self.distinct > 1
        is_counter = self.kind == "integer" and self.distinct == self.rows > 20
        span = _span(self.minimum, self.maximum)
        return is_counter and not head and span is not None and span + 1 == self.rows

    @property
    def names_rows(self) -> bool:
        """Whether every row has an identifier of its own: counting them is counting rows."""
        return self.is_identifier and self.distinct == self.rows > 1

    @property
    def groups_rows(self) -> bool:
        """Whether several rows share a value in a column that is no number."""
        return self.kind in GROUPING_KINDS and not self.is_identifier

    @property
    def groups(self) -> bool:
        """Whether the column can form groups: categories, flags, short codes, repeated text."""
        if self.kind in GROUPING_KINDS:
            return self.distinct >= 1
        if self.kind == "integer":
            return 1 < self.distinct <= MAX_GROUPS
        return self.kind == "text" and self.distinct > 1

    @property
    def rated(self) -> bool:
        """Whether the name ends in a word such as rate that leaves its subject to another."""
        return self.head is not None and self.head.name in ("rate", "amount", "duration")

    @property
    def numbers_groups(self) -> bool:
        """Whether whole numbers are names of groups: school years, classes, lines."""
        named = self.head is not None and self.head.nature == "dimension"
        return named and self.kind == "integer" and self.groups

    @property
    def averaged(self) -> bool:
        """Whether a sum of the values means nothing and the mean is what people ask for."""
        for concept in self.concepts:
            if concept.nature in ("additive", "averaged"):
                tokens = set(self.tokens)
                per_unit = tokens & {
                    "unit",
                    "per",
                    "avg",
                    "average",
                    "mean",
                    "rate",
                    "ratio",
                    "평균",
                }
                return concept.nature == "averaged" or bool(per_unit)
        if self.normal.endswith(_AVERAGED_ENDINGS):
            return True
        low, high = _as_float(self.minimum), _as_float(self.maximum)
        if low is None or high is None or not self.mean:
            return True
        return low < 0 or high <= 3 * self.mean

    @property
    def measure_weight(self) -> int:
        """How well the column serves as the main number of the table; negative: not at all."""
        if not self.numeric or self.is_identifier or self.is_year or self.distinct <= 1:
            return -1
        if self.tokens and set(self.tokens) & _COORDINATES:
            return -1
        weight = max(
            (c.weight for c in self.concepts if c.nature in ("additive", "averaged")), default=30
        )
        return max(weight - (40 if self.missing * 2 > self.rows else 0), 0)

    @property
    def dimension_weight(self) -> int:
        """How well the column serves as a breakdown's dimension; negative: not at all."""
        if self.is_identifier or self.kind not in GROUPING_KINDS:
            integer_group = self.kind == "integer" and 2 <= self.distinct <= 12
            named = any(c.nature == "dimension" for c in self.concepts)
            if self.is_identifier or not (integer_group and named):
                return -1
        if not 2 <= self.distinct <= MAX_GROUPS or self.distinct * 2 > self.rows:
            return -1
        weight = max((c.weight for c in self.concepts if c.nature == "dimension"), default=40)
        weight += 10 if 3 <= self.distinct <= 12 else 0
        return max(weight - (40 if self.missing * 2 > self.rows else 0), 0)


@dataclass(frozen=True)
class Table:
    """One profiled file."""

    name: str
    path: str
    rows: int
    columns: tuple[Column, ...]

    def column(self, name: str | None) -> Column | None:
        """The column of that exact name."""
        return next((column for column in self.columns if column.name == name), None)

    @cached_property
    def measures(self) -> list[Column]:
        """Columns fit to be measured, the likeliest first."""
        return _ranked(self.columns, "measure_weight")

    @cached_property
    def dimensions(self) -> list[Column]:
        """Columns fit to break a number down by, the likeliest first."""
        return _ranked(self.columns, "dimension_weight")

    @cached_property
    def times(self) -> list[Column]:
        """Columns of dates, the likeliest first, then columns of years."""
        dates = [column for column in self.columns if column.kind == "date" and column.distinct > 1]
        dates.sort(key=lambda column: column.missing)
        return dates + [column for column in self.columns if column.is_year and column.distinct > 1]

    @cached_property
    def last_moment(self) -> datetime | None:
        """The last date of the data; the end of the last year when they only hold years."""
        for column in self.times[:1]:
            year = _as_int(column.maximum) if column.is_year else None
            return datetime(year, 12, 31) if year else moment(column.maximum)
        return None

    @cached_property
    def labels(self) -> list[Column]:
        """Columns whose members are worth ranking (products, people), the likeliest first."""
        names = ("product", "employee", "student", "customer", "store", "brand", "name")

        def rank(column: Column) -> tuple[int, int]:
            concepts = [c.name for c in column.concepts]
            named = next((i for i, name in enumerate(names) if name in concepts), len(names))
            return named, -column.distinct

        found = [c for c in self.columns if c.kind in ("category", "text") and c.distinct > 5]
        named = [c for c in found if rank(c)[0] < len(names) and not c.is_identifier]
        return sorted(named, key=rank) or self.dimensions

    @cached_property
    def row_labels(self) -> list[Column]:
        """Columns that name single rows, for a ranking of rows."""
        return [c for c in self.columns if c.kind == "text" and c.distinct == c.rows > 1]


def tables_of(profiles: Sequence[Mapping[str, Any]]) -> list[Table]:
    """The tables of `inspect_data`'s profiles; entries that are no profile are left out."""
    return [_table(profile) for profile in profiles if profile.get("columns")]


def _table(profile: Mapping[str, Any]) -> Table:
    rows = int(profile.get("rows") or 0)
    columns = tuple(_column(entry, rows) for entry in profile["columns"])
    name, path = str(profile.get("name", "")), str(profile.get("path", ""))
    return Table(name, path, rows, columns)


def _column(entry: Mapping[str, Any], rows: int) -> Column:
    top = [pair[0] for pair in entry.get("top") or () if isinstance(pair, (list, tuple)) and pair]
    values = dict.fromkeys(str(value) for value in [*top, *(entry.get("examples") or ())])
    return Column(
        name=str(entry["name"]),
        kind=str(entry.get("kind", "text")),
        missing=int(entry.get("missing") or 0),
        distinct=int(entry.get("distinct") or 0),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        mean=_as_float(entry.get("mean")),
        values=tuple(values),
        rows=rows,
    )


def _ranked(columns: Sequence[Column], weight: str) -> list[Column]:
    fit = [column for column in columns if getattr(column, weight) >= 0]
    return sorted(fit, key=lambda column: -getattr(column, weight))


def _as_float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _as_int(value: Any) -> int | None:
    number = _as_float(value)
    return int(number) if number is not None and number.is_integer() else None


def _span(low: Any, high: Any) -> int | None:
    first, last = _as_int(low), _as_int(high)
    return None if first is None or last is None else last - first
