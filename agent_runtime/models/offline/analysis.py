"""One analysis in terms of columns, as plans carry it, and what could not be turned into one."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from agent_runtime.models.offline.tables import Column, Table

DEFAULT_N = 5
CYCLES = ("weekday", "weekpart", "hour_of_day")
"""Periods that come again; they group rows like a dimension."""


@dataclass(frozen=True)
class Filter:
    """A condition on the rows; without an operator the column holds the value."""

    column: str
    value: str
    operator: str = ""

    def to_dict(self) -> dict[str, str]:
        """The form of contracts.md, section 3.3."""
        entry = {"column": self.column, "value": self.value}
        return {**entry, "operator": self.operator} if self.operator else entry


@dataclass(frozen=True)
class Analysis:
    """The plan's analysis; empty fields are left out of the plan."""

    kind: str
    source: str
    measure: str = ""
    second_measure: str = ""
    dimension: str = ""
    time: str = ""
    period: str = ""
    n: int = 0
    aggregate: str = ""
    filters: tuple[Filter, ...] = ()
    values: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The form of contracts.md, section 3.3."""
        entry: dict[str, Any] = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name)
        }
        if self.filters:
            entry["filters"] = [condition.to_dict() for condition in self.filters]
        if self.values:
            entry["values"] = list(self.values)
        return entry

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> "Analysis":
        """Reads the form of contracts.md; what is missing is empty."""
        names = {field.name for field in fields(cls)} - {"filters", "values"}
        plain = {name: entry[name] for name in names if entry.get(name)}
        filters = tuple(
            Filter(f["column"], f["value"], f.get("operator") or "")
            for f in entry.get("filters") or ()
        )
        return cls(**plain, filters=filters, values=tuple(entry.get("values") or ()))


@dataclass(frozen=True)
class Gap:
    """A phrase that the data cannot answer and the code of the reason, with its words."""

    phrase: str
    reason: str
    detail: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Choice:
    """Something the question left open and how it was settled."""

    what: str
    chosen: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """An analysis with the choices made for it."""

    analysis: Analysis
    choices: tuple[Choice, ...] = ()


def aggregate_for(column: Column | None) -> str:
    """How a measure is summarised by default: its mean, its sum, or rows when there is none."""
    if column is None:
        return "count"
    return "mean" if column.averaged else "sum"


def available(table: Table, most: int = 20) -> str:
    """The names of a table's columns for a sentence; the rest as a count."""
    names = [" ".join(column.name.split()) for column in table.columns[:most]]
    left = len(table.columns) - len(names)
    return ", ".join(names) + (f" (+{left})" if left > 0 else "")
