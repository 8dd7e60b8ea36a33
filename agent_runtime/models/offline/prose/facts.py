"""What a step recorded, as the prose cites it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent_runtime.models.offline.analysis import Analysis, Filter

_SIMPLE = re.compile(r"[A-Za-z가-힣](?:[A-Za-z가-힣_ ]*[A-Za-z가-힣])?")


def safe_name(name: str, quoted: bool = False) -> str:
    """A column's name or a phrase for running text; as code when it could be read as a number.

    The audit takes every digit in prose for an uncited number, and Markdown has its own signs.
    """
    line = " ".join(name.split())
    if not quoted and _SIMPLE.fullmatch(line):
        return line
    return "`" + line.replace("`", "'").replace("{{", "{ {").replace("|", "/") + "`"


@dataclass(frozen=True)
class Facts:
    """One step: its analysis, the calculations by role, whether it has a chart."""

    step: str
    analysis: Analysis
    calculations: Mapping[str, Mapping[str, Any]]
    has_chart: bool
    quoted: bool = False

    def has(self, *roles: str) -> bool:
        """Whether all of these were recorded."""
        return all(role in self.calculations for role in roles)

    def cite(self, role: str) -> str:
        """The placeholder of a value with its citation."""
        return "{{" + f"{self.step}_{role}" + "}}"

    def plain(self, role: str) -> str:
        """The placeholder of a value without the number of its citation."""
        return "{{" + f"{self.step}_{role}|plain" + "}}"

    def number(self, role: str) -> float:
        """The value as a number, 0 when it is none."""
        value = self.calculations.get(role, {}).get("value")
        return float(value) if isinstance(value, int | float) else 0.0

    def text(self, role: str) -> str:
        """The value as text, for choosing the particle that follows it."""
        return str(self.calculations.get(role, {}).get("value", ""))

    def note(self, role: str) -> str:
        """The note of a calculation: the column it is about."""
        return safe_name(str(self.calculations.get(role, {}).get("note", "")), self.quoted)

    def ranks(self, role: str) -> list[int]:
        """The ranks recorded for a role, ascending."""
        prefix = f"{role}_"
        found = [key.removeprefix(prefix) for key in self.calculations if key.startswith(prefix)]
        return sorted(int(rank) for rank in found if rank.isdigit())

    @property
    def names(self) -> Analysis:
        """The analysis with its names made safe for running text."""
        analysis = self.analysis
        return replace(
            analysis,
            measure=self._safe(analysis.measure),
            second_measure=self._safe(analysis.second_measure),
            dimension=self._safe(analysis.dimension),
            time=self._safe(analysis.time),
            n=0,
            filters=tuple(
                Filter(self._safe(f.column), self._safe(f.value), f.operator)
                for f in analysis.filters
            ),
            values=tuple(self._safe(value) for value in analysis.values),
        )

    def _safe(self, name: str) -> str:
        return safe_name(name, self.quoted) if name else ""


@dataclass
class Section:
    """What the report says about a step: a sentence for the summary, then the details."""

    lead: str
    paragraphs: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def facts_of(
    steps: Sequence[Mapping[str, Any]], results: Mapping[str, Any], quoted: bool
) -> list[Facts]:
    """The facts of every step that has an analysis, in the plan's order."""
    charts = {str(chart.get("id")) for chart in results.get("charts") or ()}
    calculations = list(results.get("calculations") or ())
    found = []
    for step in steps:
        identifier, analysis = str(step.get("id", "")), step.get("analysis")
        if not analysis:
            continue
        prefix = f"{identifier}_"
        own = {
            str(entry["id"]).removeprefix(prefix): entry
            for entry in calculations
            if str(entry.get("id", "")).startswith(prefix)
        }
        has_chart = f"{identifier}_chart" in charts
        found.append(Facts(identifier, Analysis.from_dict(analysis), own, has_chart, quoted))
    return found
