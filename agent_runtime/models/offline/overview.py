"""What to compute when the question leaves it open: the analyses worth having of any table."""

from agent_runtime.models.offline.analysis import (
    DEFAULT_N,
    Analysis,
    Choice,
    Task,
    aggregate_for,
)
from agent_runtime.models.offline.periods import period_for
from agent_runtime.models.offline.tables import Column, Table


def overview_tasks(table: Table, measure: Column | None) -> list[Task]:
    """Size, main number, breakdown, trend, ranking and quality, as far as the columns allow."""
    chosen = measure or next(iter(table.measures), None)
    choices = () if measure or not chosen else (_choice("measure", chosen, table.measures),)
    tasks = [] if measure else [Task(Analysis("overview", table.path))]
    if chosen:
        kind = "average" if chosen.averaged else "total"
        tasks.append(Task(Analysis(kind, table.path, measure=chosen.name), choices))
    return [
        *tasks,
        *_breakdown(table, chosen),
        *_trend(table, chosen),
        *_ranking(table, chosen),
        *_relation(table, chosen),
        Task(Analysis("missing", table.path)),
    ]


def _breakdown(table: Table, measure: Column | None) -> list[Task]:
    if not table.dimensions:
        return []
    dimension = table.dimensions[0]
    choice = _choice("dimension", dimension, table.dimensions)
    if measure is None:
        analysis = Analysis("count", table.path, dimension=dimension.name)
    elif measure.averaged:
        analysis = Analysis("average", table.path, measure.name, dimension=dimension.name)
    else:
        analysis = Analysis(
            "share", table.path, measure.name, dimension=dimension.name, aggregate="sum"
        )
    return [Task(analysis, (choice,))]


def _trend(table: Table, measure: Column | None) -> list[Task]:
    if not table.times:
        return []
    time = table.times[0]
    analysis = Analysis(
        "trend",
        table.path,
        measure=measure.name if measure else "",
        time=time.name,
        period="year" if time.is_year else period_for(time.minimum, time.maximum),
        aggregate=aggregate_for(measure),
    )
    return [Task(analysis, (_choice("time", time, table.times),))]


def _ranking(table: Table, measure: Column | None) -> list[Task]:
    used = table.dimensions[0] if table.dimensions else None
    label = next((column for column in table.labels if column != used), None)
    if label is None or measure is None:
        return []
    analysis = Analysis(
        "top",
        table.path,
        measure=measure.name,
        dimension=label.name,
        n=DEFAULT_N,
        aggregate=aggregate_for(measure),
    )
    return [Task(analysis, (_choice("dimension", label, table.labels),))]


def _relation(table: Table, measure: Column | None) -> list[Task]:
    """Tables of readings (no categories) are best told by how their numbers move together."""
    others = [column for column in table.measures if column != measure]
    if measure is None or not others or table.dimensions:
        return []
    return [Task(Analysis("correlation", table.path, measure=measure.name))]


def _choice(what: str, chosen: Column, candidates: list[Column]) -> Choice:
    others = tuple(column.name for column in candidates if column != chosen)[:3]
    return Choice(what, chosen.name, others)
