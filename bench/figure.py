"""One measured figure, and how a run's figures are shown and stored."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured; `met` is None without a target, `value` when it was not measured."""

    group: str
    name: str
    value: float | None
    unit: str
    target: str = ""
    met: bool | None = None
    note: str = ""


def at_most(group: str, name: str, value: float, unit: str, limit: float, note: str = "") -> Figure:
    """A figure that is better when smaller, with its target."""
    return Figure(
        group=group,
        name=name,
        value=value,
        unit=unit,
        target=f"<= {limit:g}",
        met=value <= limit,
        note=note,
    )


def at_least(
    group: str, name: str, value: float, unit: str, limit: float, note: str = ""
) -> Figure:
    """A figure that is better when larger, with its target."""
    return Figure(
        group=group,
        name=name,
        value=value,
        unit=unit,
        target=f">= {limit:g}",
        met=value >= limit,
        note=note,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median_percentile(rounds: Sequence[Sequence[float]], percent: float) -> float:
    """The median over the rounds of each round's percentile."""
    return statistics.median(percentile(values, percent) for values in rounds)


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned lines, one heading a group."""
    lines: list[str] = []
    group = ""
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        if figure.group != group:
            group = figure.group
            lines += ["", group]
        value = "-" if figure.value is None else _rounded(figure.value)
        verdict = {None: "", True: "met", False: "NOT MET"}[figure.met]
        line = (
            f"  {figure.name:<{width}}  {value:>10} {figure.unit:<6}"
            f" {figure.target:<10} {verdict:<8} {figure.note}"
        )
        lines.append(line.rstrip())
    return "\n".join(lines[1:])


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write_json(path: Path, machine: dict[str, Any], figures: Sequence[Figure]) -> None:
    """Everything of a run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
