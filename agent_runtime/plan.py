"""The plan: what the planner submits, a person approves and the coder carries out."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

AnalysisKind = Literal[
    "total",
    "average",
    "count",
    "share",
    "trend",
    "top",
    "bottom",
    "comparison",
    "correlation",
    "outliers",
    "missing",
    "overview",
]
Period = Literal[
    "hour", "day", "week", "month", "quarter", "year", "weekday", "weekpart", "hour_of_day"
]
Aggregate = Literal["sum", "mean", "count"]
Language = Literal["ko", "en"]

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Passage = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]

MAX_STEPS = 20


class Filter(BaseModel):
    """Rows whose `column` holds `value`; for a date column a period (2024, 2024-Q1, 2024-03)
    or days of the week (monday to sunday, weekdays, weekend).

    An operator turns that around (`not`) or compares with a number (the others).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    value: str
    operator: Literal["not", "at_least", "above", "at_most", "below"] | None = None


class Analysis(BaseModel):
    """One analysis in terms of columns; optional, because not every step fits a kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: AnalysisKind
    source: Line = Field(description="workspace path of the file, such as data/orders.csv")
    measure: str | None = Field(None, description="column of numbers")
    second_measure: str | None = Field(None, description="second column, for a correlation")
    dimension: str | None = Field(None, description="column whose values form the groups")
    time: str | None = Field(None, description="column of dates")
    period: Period | None = None
    n: int | None = Field(None, ge=1, le=1000, description="how many, for top and bottom")
    aggregate: Aggregate | None = None
    filters: list[Filter] | None = Field(None, max_length=10, description="all must hold")
    values: list[str] | None = Field(
        None, max_length=50, description="members of the dimension that a comparison is between"
    )


class PlanStep(BaseModel):
    """One piece of work for the coder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    title: Line
    instruction: Passage
    analysis: Analysis | None = None


class Unanswered(BaseModel):
    """A part of the question that the data cannot answer, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phrase: Line
    reason: Line


class Plan(BaseModel):
    """The whole plan. Without steps it says in `unanswered` why; step ids are unique."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line
    question: Passage
    language: Language
    steps: list[PlanStep] = Field(max_length=MAX_STEPS)
    unanswered: list[Unanswered] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [step.id for step in self.steps]
        if len(set(ids)) != len(ids):
            raise ValueError("step ids must be unique")
        if not ids and not self.unanswered:
            raise ValueError("a plan needs a step, or a reason in unanswered why it has none")
        return self
