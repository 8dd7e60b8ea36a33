"""Programs that the coder writes: pandas and the toolkit, one cell for each step of the plan."""

from agent_runtime.models.offline.analysis import Analysis
from agent_runtime.models.offline.programs.context import Context
from agent_runtime.models.offline.programs.groups import group_program
from agent_runtime.models.offline.programs.numbers import (
    correlation_program,
    number_program,
    outlier_program,
    pair_program,
)
from agent_runtime.models.offline.programs.prelude import prelude
from agent_runtime.models.offline.programs.quality import missing_program, overview_program
from agent_runtime.models.offline.programs.series import series_program
from agent_runtime.models.offline.tables import Table

__all__ = ["prelude", "program"]


def program(step: str, analysis: Analysis, table: Table, language: str) -> str:
    """The cell that computes one step, records its numbers and saves its chart."""
    context = Context(step, analysis, table, language)
    grouped = bool(analysis.dimension or analysis.time)
    match analysis.kind:
        case "trend":
            return series_program(context)
        case "missing":
            return missing_program(context)
        case "overview":
            return overview_program(context)
        case "correlation":
            return correlation_program(context)
        case "outliers":
            return outlier_program(context)
        case "comparison" if analysis.second_measure and not grouped:
            return pair_program(context)
        case _ if grouped:
            return group_program(context)
        case _:
            return number_program(context)
