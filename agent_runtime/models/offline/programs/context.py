"""What a step's program needs to know: names, conditions and words."""

from dataclasses import dataclass
from functools import cached_property

from agent_runtime.models.offline.analysis import CYCLES, Analysis
from agent_runtime.models.offline.days import day_name
from agent_runtime.models.offline.programs.sql import (
    PERIOD_CODES,
    PERIOD_SQL,
    condition,
    cycle_code,
    cycle_sql,
    identifier,
    key_code,
    key_sql,
)
from agent_runtime.models.offline.tables import Column, Table
from agent_runtime.models.offline.units import unit_of
from agent_runtime.models.offline.words import measure_title, word


@dataclass(frozen=True)
class Context:
    """One step with the table it works on."""

    step: str
    analysis: Analysis
    table: Table
    language: str

    def word(self, key: str) -> str:
        """A word in the job's language."""
        return word(self.language, key)

    @cached_property
    def measure(self) -> Column | None:
        """The measured column."""
        return self.table.column(self.analysis.measure)

    @cached_property
    def dimension(self) -> Column | None:
        """The grouping column."""
        return self.table.column(self.analysis.dimension)

    @cached_property
    def time(self) -> Column | None:
        """The column of dates or years."""
        return self.table.column(self.analysis.time)

    @property
    def aggregate(self) -> str:
        """How groups are summarised."""
        if self.analysis.kind == "average":
            return "mean"
        if not self.analysis.measure or self.analysis.kind == "count":
            return "count"
        return self.analysis.aggregate or "sum"

    @property
    def title(self) -> str:
        """What is measured, in words: "amount 합계", "mean score"."""
        return measure_title(self.language, self.aggregate, self.analysis.measure)

    @property
    def unit(self) -> str:
        """The measure's unit where its name tells it; rows are counted in the language's word."""
        if self.aggregate == "count":
            return self.word("row_unit")
        return unit_of(self.analysis.measure)

    @property
    def value_sql(self) -> str:
        """The aggregate over the measure in SQL."""
        if self.aggregate == "count":
            counted = self.analysis.measure
            return f"count(DISTINCT {identifier(counted)})" if counted else "count(*)"
        function = "avg" if self.aggregate == "mean" else "sum"
        return f"{function}({identifier(self.analysis.measure)})"

    @property
    def value_code(self) -> str:
        """The aggregate's name for pandas."""
        if self.aggregate == "count":
            return "nunique" if self.analysis.measure else "size"
        return self.aggregate

    @property
    def key_sql(self) -> str:
        """The group's name in SQL."""
        if self.dimension is not None:
            return key_sql(self.dimension)
        if self.time is not None and self.time.kind != "date":
            return key_sql(self.time)
        if self.cyclic and self.time is not None:
            return cycle_sql(self.analysis.period, self.time, self.words_of)
        return PERIOD_SQL[self.analysis.period or "month"].format(identifier(self.analysis.time))

    @property
    def key_code(self) -> str:
        """The group's key in pandas."""
        if self.dimension is not None:
            return key_code(self.dimension)
        if self.time is not None and self.time.kind != "date":
            return key_code(self.time)
        if self.cyclic and self.time is not None:
            return cycle_code(self.analysis.period, self.time, self.words_of)
        code = PERIOD_CODES[self.analysis.period or "month"]
        return f"frame[{self.analysis.time!r}].dt.to_period({code!r})"

    @property
    def cyclic(self) -> bool:
        """Whether the groups come again: weekdays, parts of the week, hours of the day."""
        return self.analysis.period in CYCLES

    @property
    def values(self) -> list[str]:
        """The members compared, as the groups are called."""
        if not self.cyclic:
            return list(self.analysis.values)
        return [day_name(value, self.words_of) for value in self.analysis.values]

    @property
    def words_of(self) -> str:
        """The language of names made here: Korean or else English."""
        return "ko" if self.language == "ko" else "en"

    @property
    def key_name(self) -> str:
        """The grouping column."""
        return self.analysis.dimension or self.analysis.time

    @property
    def key_is_period(self) -> bool:
        """Whether the groups are periods of a date column."""
        dated = self.dimension is None and self.time is not None and self.time.kind == "date"
        return dated and not self.cyclic

    def header(self) -> str:
        """Assignments at the top of a step's program; all values by repr."""
        lines = [
            f"step = {self.step!r}",
            f"source = {self.analysis.source!r}",
            "table = tables[source]",
            "frame = table.frame",
            "sql_table = identifier(table.name)",
        ]
        conditions = []
        for filter_ in self.analysis.filters:
            column = self.table.column(filter_.column)
            found = condition(column, filter_) if column else None
            if found is None:
                raise ValueError(f"{filter_} does not suit the columns of {self.table.path}")
            code, sql = found
            lines.append(f"frame = frame[{code}]")
            conditions.append(sql)
        return "\n".join([*lines, f"where = {' AND '.join(conditions)!r}"]) + "\n"
