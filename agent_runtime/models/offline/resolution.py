"""From one clause to analyses: gaps filled by sensible defaults, each said as a choice."""

from collections.abc import Sequence
from dataclasses import replace

from agent_runtime.models.offline.analysis import (
    CYCLES,
    DEFAULT_N,
    Analysis,
    Choice,
    Filter,
    Gap,
    Task,
    aggregate_for,
    available,
)
from agent_runtime.models.offline.clauses import Clause
from agent_runtime.models.offline.days import PARTS, days_of
from agent_runtime.models.offline.matching import Mention
from agent_runtime.models.offline.overview import overview_tasks
from agent_runtime.models.offline.periods import from_to, period_for, period_of
from agent_runtime.models.offline.programs.sql import condition
from agent_runtime.models.offline.tables import Column, Table

_NOT_SUMMED = frozenset({
    "rate", "discount", "margin", "growth_rate", "price", "age", "temperature", "humidity",
    "rating",
})  # fmt: skip
_NEEDS_NUMBER = frozenset({"total", "average", "correlation", "outliers"})
_MOST_DIMENSIONS = 3
_MOST_OUTLIER_MEASURES = 3


def resolve(clause: Clause, table: Table, phrase: str, alone: bool) -> tuple[list[Task], list[Gap]]:
    """The analyses a clause asks for, and what of it cannot be answered.

    `phrase` is the clause as written. `alone`: it is the whole question, so that a general word
    in it may ask for an overview.
    """
    gaps = [Gap(phrase, reason) for reason in dict.fromkeys(clause.unsupported)]
    if clause.absent:
        names = tuple(dict.fromkeys(mention.name for mention in clause.absent))
        return [], [Gap(phrase, "absent", (*names, available(table)), table.path)]
    if gaps and not (set(clause.kinds) - {"trend"}):
        return [], gaps
    if not clause.structured:
        if clause.general and clause.measures and not clause.dimensions:
            return overview_tasks(table, clause.measures[0]), gaps
        if clause.general and not clause.named and not clause.generic:
            return [], gaps
    kinds = _kinds(clause)
    tasks: list[Task] = []
    for kind in kinds:
        found, missing = _Resolver(clause, table, kind, phrase, alone).resolve()
        tasks += found
        gaps += missing
    return tasks, gaps


def _kinds(clause: Clause) -> list[str]:
    kinds = list(clause.kinds)
    if "trend" in kinds and not clause.dimensions:
        kinds = [kind for kind in kinds if kind not in ("top", "bottom")]
    if "comparison" in kinds and "average" in kinds:
        kinds.remove("average")
    if len(kinds) > 1 and "total" in kinds and set(kinds) & {"share", "trend", "top", "bottom"}:
        kinds.remove("total")
    if len(kinds) > 1 and "average" in kinds and set(kinds) & {"trend", "top", "bottom"}:
        kinds.remove("average")
    if len(kinds) > 1 and "count" in kinds and set(kinds) & {"missing", "outliers", "trend", "top"}:
        kinds.remove("count")
    if "missing" in kinds and "share" in kinds:
        kinds.remove("share")
    columns = [value.column for value in clause.values]
    between = len(columns) > len(set(columns)) and set(clause.dimensions) <= set(columns)
    if between and set(kinds) & {"top", "bottom"}:
        kinds = ["comparison" if kind in ("top", "bottom") else kind for kind in kinds]
    if clause.period in CYCLES and set(kinds) <= {"trend"}:
        return ["breakdown"]
    if "share" in kinds:
        kinds = [kind for kind in kinds if kind not in ("top", "bottom", "count")]
    if kinds:
        return kinds
    if len(columns) > len(set(columns)) or (len(clause.dates) > 1 and not clause.dated_range):
        return ["comparison"]
    if clause.period:
        return ["trend"]
    if clause.times and not clause.measures:
        return ["trend"]
    return ["breakdown"] if clause.dimensions else ["single"]


class _Resolver:
    """One kind of one clause."""

    def __init__(self, clause: Clause, table: Table, kind: str, phrase: str, alone: bool) -> None:
        self.clause = clause
        self.table = table
        self.kind = kind
        self.phrase = phrase
        self.alone = alone
        self.choices: list[Choice] = [
            Choice("column", name, others) for name, others in clause.choices.items()
        ] + [Choice("period", period, (text,)) for text, period in clause.assumed.items()]

    def resolve(self) -> tuple[list[Task], list[Gap]]:
        clause = self.clause
        time = next(iter(clause.times or self.table.times), None)
        finer = clause.period not in ("", "year") or any(len(date) > 4 for date in clause.dates)
        if (clause.dates or clause.period) and (time is None or (time.is_year and finer)):
            return [], [self._gap("no_time")]
        problem = self._condition_problem()
        if problem:
            return [], [self._gap(problem)]
        if self.kind == "overview":
            if self.alone and not clause.named:
                return overview_tasks(self.table, None), []
            return [self._task(Analysis("overview", self.table.path))], []
        if self.kind == "missing":
            column = (clause.measures + clause.dimensions + clause.times)[:1]
            name = column[0].name if column else ""
            return [self._task(Analysis("missing", self.table.path, dimension=name))], []
        measures = self._measures()
        if not measures and (
            self.kind in _NEEDS_NUMBER or (clause.generic and not clause.dimensions)
        ):
            return [], [self._gap("no_number")]
        summed = self.kind == "total" or clause.wants_sum
        if summed and any(m.head and m.head.name in _NOT_SUMMED for m in measures):
            return [], [self._gap("sum_of_rates")]
        if self.kind == "correlation":
            return self._correlation(measures)
        if self.kind == "comparison":
            return self._comparison(measures)
        if self.kind == "trend" and not self.table.times:
            return [], [self._gap("no_time")]
        tasks: list[Task] = []
        for measure in _or_none(measures):
            tasks += self._each_dimension(measure)
        return tasks, []

    def _condition_problem(self) -> str:
        """Why the clause's conditions cannot be filters of single rows; empty when they can."""
        clause, ranked = self.clause, set(self.clause.kinds) & {"top", "bottom", "share"}
        if clause.thresholds and (ranked or clause.dimensions) and clause.counted is None:
            return "group_condition"
        unnamed = any(column is None for _, _, column in clause.thresholds)
        if unnamed and not self.table.measures:
            return "no_number"
        if any(condition(column, filter_) is None for column, filter_ in self._filters("")):
            return "condition"
        compares = "comparison" in clause.kinds and clause.assumed and not clause.values
        if compares and len(clause.dates) == 1:
            return "one_period"
        positive = [value.column for value in clause.values]
        if len(positive) > len(set(positive)) and self.kind not in ("comparison", "share"):
            return "several_values"
        return ""

    def _filters(self, compared: str, dated: bool = True) -> list[tuple[Column, Filter]]:
        """The conditions on the rows, each with its column."""
        clause = self.clause
        found = [
            (column, Filter(column.name, value.name))
            for value in clause.values
            if (column := self._column_of(value)) and column.name != compared
        ]
        time = next(iter(clause.times or self.table.times), None)
        if time and dated and clause.dates:
            ordered = sorted(clause.dates)
            found.append((time, Filter(time.name, from_to(ordered[0], ordered[-1]))))
        for value in clause.excluded:
            column = self._column_of(value) or time
            if column:
                found.append((column, Filter(column.name, value.name, "not")))
        for operator, number, bounded in clause.thresholds:
            column = bounded or next(iter(self.table.measures), None)
            if column:
                found.append((column, Filter(column.name, number, operator)))
        return found

    def _column_of(self, value: Mention) -> Column | None:
        """The column of a value; days of the week belong to the date that the clause names."""
        named = next((time for time in self.clause.times if time.kind == "date"), None)
        return named if named and days_of(value.name) and value.sort == "value" else value.column

    def _of_days(self, analysis: Analysis) -> Analysis:
        """Groups by values of a date column are groups by day or by part of the week."""
        column = self.table.column(analysis.dimension)
        if column is None or column.kind != "date" or not analysis.values:
            return analysis
        time = next((time for time in self.clause.times if time.kind == "date"), column)
        period = "weekpart" if set(analysis.values) <= set(PARTS) else "weekday"
        return replace(analysis, dimension="", time=time.name, period=period)

    def _measures(self) -> list[Column]:
        """The measures named, or the table's main one when the kind needs a number."""
        clause = self.clause
        if clause.measures:
            return clause.measures
        if "count" in clause.kinds or not self.table.measures:
            return []
        needs = self.kind != "breakdown" or clause.generic
        if self.kind in ("breakdown", "share") and not clause.generic and clause.dimensions:
            needs = self.kind == "share" and clause.wants_sum
        if self.kind == "share" and not clause.generic and self.table.measures[0].averaged:
            needs = clause.wants_sum
        if not needs:
            return []
        if self.kind == "outliers":
            return self.table.measures[:_MOST_OUTLIER_MEASURES]
        chosen = self.table.measures[0]
        others = tuple(column.name for column in self.table.measures[1:4])
        self.choices.append(Choice("measure", chosen.name, others))
        return [chosen]

    def _aggregate(self, measure: Column | None) -> str:
        if measure is None:
            return "count"
        if self.clause.wants_mean or self.clause.wants_sum:
            return "mean" if self.clause.wants_mean else "sum"
        return aggregate_for(measure)

    def _each_dimension(self, measure: Column | None) -> list[Task]:
        dimensions = self.clause.dimensions[:_MOST_DIMENSIONS]
        if self.clause.counted and self.kind == "count":
            measure = self.clause.counted
        return [self._simple(measure, dimension) for dimension in _or_none(dimensions)]

    def _simple(self, measure: Column | None, dimension: Column | None) -> Task:
        if self.kind == "count" and measure and measure != self.clause.counted and measure.averaged:
            measure = None
        counting = measure is None or measure == self.clause.counted
        aggregate = "count" if counting else self._aggregate(measure)
        cyclic = self.clause.period in CYCLES and dimension is None
        kind = self._settled_kind(aggregate, dimension is not None or cyclic)
        if counting and kind != "count":
            measure = None
            if self.clause.counted and self.clause.counted.distinct < self.table.rows:
                self.choices.append(Choice("rows", self.clause.counted.name))
        analysis = Analysis(
            kind,
            self.table.path,
            measure=measure.name if measure else "",
            dimension=dimension.name if dimension else "",
        )
        if cyclic:
            analysis = self._timed(analysis)
        if kind == "trend":
            analysis = replace(self._timed(analysis), aggregate=aggregate)
        elif kind in ("top", "bottom"):
            analysis = replace(analysis, n=self.clause.n or DEFAULT_N, aggregate=aggregate)
            if not dimension:
                analysis = self._ranked_by_default(analysis)
        elif kind == "share":
            return self._share(analysis)
        return self._task(analysis)

    def _share(self, analysis: Analysis) -> Task:
        """A share of groups; values of one column without another dimension are its focus."""
        aggregate = "sum" if analysis.measure else "count"
        analysis = replace(analysis, aggregate=aggregate)
        columns = {value.column.name for value in self.clause.values if value.column}
        if not analysis.dimension and len(columns) == 1:
            values = tuple(dict.fromkeys(value.name for value in self.clause.values))
            name = columns.pop()
            focused = self._of_days(replace(analysis, dimension=name, values=values))
            return self._task(focused, compared=focused.dimension or focused.time)
        if not (analysis.dimension or analysis.time):
            analysis = self._dimension_by_default(analysis)
        return self._task(analysis)

    def _settled_kind(self, aggregate: str, dimension: bool) -> str:
        if self.kind == "breakdown":
            return {"mean": "average", "sum": "share"}.get(aggregate, "count")
        if self.kind == "single":
            return {"mean": "average", "sum": "total"}.get(aggregate, "count")
        if self.kind == "total" and dimension and not self.clause.period:
            return "share"
        if self.kind == "count" and aggregate == "sum":
            if self.clause.period and not dimension:
                return "trend"
            return "share" if dimension else "total"
        if self.kind == "share" and aggregate == "mean" and not self.clause.wants_sum:
            return "average"
        if self.kind in ("count", "average", "total") and self.clause.period and not dimension:
            return "trend"
        return self.kind

    def _timed(self, analysis: Analysis) -> Analysis:
        time = (self.clause.times or self.table.times)[0]
        if not self.clause.times and len(self.table.times) > 1:
            others = tuple(column.name for column in self.table.times[1:4])
            self.choices.append(Choice("time", time.name, others))
        period = self.clause.period or period_for(time.minimum, time.maximum)
        return replace(analysis, time=time.name, period="year" if time.is_year else period)

    def _ranked_by_default(self, analysis: Analysis) -> Analysis:
        if self.clause.period or self.clause.times:
            return self._timed(analysis)
        measure = self.table.column(analysis.measure)
        if self.clause.asks_when and self.table.times and not (measure and measure.averaged):
            return self._timed(analysis)
        named = [column for column in self.table.labels if column not in self.table.dimensions]
        rows = self.table.row_labels if measure and measure.averaged else []
        labels = named or rows or self.table.labels
        if labels:
            return self._dimension_by_default(analysis, labels)
        if self.table.times:
            return replace(analysis, dimension=self.table.times[0].name)
        return replace(analysis, kind="average")

    def _dimension_by_default(
        self, analysis: Analysis, candidates: list[Column] | None = None
    ) -> Analysis:
        candidates = candidates or self.table.dimensions
        if not candidates:
            return replace(analysis, kind="total" if analysis.measure else "count")
        others = tuple(column.name for column in candidates[1:4])
        self.choices.append(Choice("dimension", candidates[0].name, others))
        return replace(analysis, dimension=candidates[0].name)

    def _comparison(self, measures: list[Column]) -> tuple[list[Task], list[Gap]]:
        clause = self.clause
        first = measures[0] if measures else None
        aggregate = self._aggregate(first)
        base = Analysis(
            "comparison", self.table.path, first.name if first else "", aggregate=aggregate
        )
        if len(clause.dates) > 1:
            time = (clause.times or self.table.times)[0]
            period = period_of(clause.dates[0])
            analysis = replace(base, time=time.name, period=period, values=tuple(clause.dates))
            return [self._task(analysis, dated=False)], []
        columns = list(dict.fromkeys(v.column.name for v in clause.values if v.column))
        for column in columns:
            values = tuple(
                dict.fromkeys(v.name for v in clause.values if v.column and v.column.name == column)
            )
            if len(values) > 1:
                analysis = self._of_days(replace(base, dimension=column, values=values))
                return [self._task(analysis, compared=analysis.dimension or analysis.time)], []
        if clause.dimensions or clause.period:
            return [
                self._task(
                    replace(self._grouped(base, dimension), measure=measure.name if measure else "")
                )
                for measure in _or_none(measures)
                for dimension in _or_none(clause.dimensions)
            ], []
        if len(clause.measures) > 1:
            second = clause.measures[1].name
            return [self._task(replace(base, second_measure=second))], []
        return [self._task(self._dimension_by_default(base))], []

    def _grouped(self, analysis: Analysis, dimension: Column | None) -> Analysis:
        if dimension is not None:
            return replace(analysis, dimension=dimension.name)
        return self._timed(analysis)

    def _correlation(self, measures: list[Column]) -> tuple[list[Task], list[Gap]]:
        clause, source = self.clause, self.table.path
        if len(clause.measures) > 1:
            first, *rest = clause.measures
            pairs = [Analysis("correlation", source, first.name, other.name) for other in rest]
            return [self._task(pair) for pair in pairs], []
        if clause.dimensions and measures:
            return [
                self._task(
                    Analysis(
                        "comparison", source, measures[0].name, dimension=d.name, aggregate="mean"
                    )
                )
                for d in clause.dimensions
            ], []
        if len(self.table.measures) < 2:
            return [], [self._gap("one_number")]
        return [self._task(Analysis("correlation", source, measures[0].name))], []

    def _task(self, analysis: Analysis, compared: str = "", dated: bool = True) -> Task:
        filters = [filter_ for _, filter_ in self._filters(compared, dated)]
        choices = list(self.choices)
        if any(column is None for _, _, column in self.clause.thresholds):
            choices.append(Choice("measure", self.table.measures[0].name))
        return Task(replace(analysis, filters=tuple(dict.fromkeys(filters))), tuple(choices))

    def _gap(self, reason: str) -> Gap:
        return Gap(self.phrase, reason, (available(self.table),), self.table.path)


def _or_none(columns: Sequence[Column]) -> list[Column | None]:
    return list(columns) or [None]
