"""The parts of a report's draft, between the parser, the audit and the renderers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Alignment = Literal["left", "right", "center", "auto"]


@dataclass(frozen=True)
class Text:
    """Plain prose; ``line`` is the draft's line, from 1, or None for what no line holds."""

    text: str
    line: int | None
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Code:
    """Text in backticks: taken literally, never a number of the report's own."""

    text: str
    line: int | None


@dataclass(frozen=True)
class Placeholder:
    """``{{id}}`` or ``{{id|plain}}``."""

    id: str
    plain: bool
    line: int | None
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Break:
    """A line break that the author asked for."""


@dataclass(frozen=True)
class Cited:
    """A placeholder's formatted value.

    ``number`` is the citation number, None when no such calculation is registered; ``shown`` tells
    whether the number is printed; ``status`` is verified, mismatch, unverifiable or unknown.
    """

    text: str
    number: int | None
    shown: bool
    status: str
    numeric: bool
    bold: bool = False
    italic: bool = False


Inline: TypeAlias = Text | Code | Placeholder | Break | Cited


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    content: list[Inline]
    line: int


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of prose."""

    content: list[Inline]
    line: int


@dataclass(frozen=True)
class ListBlock:
    """A list; each item is a sequence of blocks. ``start`` is an ordered list's first number."""

    ordered: bool
    start: int
    items: list[list[Block]]
    line: int


@dataclass(frozen=True)
class TableBlock:
    """A table: one header row, body rows of the same width, an alignment per column."""

    header: list[list[Inline]]
    rows: list[list[list[Inline]]]
    alignments: list[Alignment]
    line: int


@dataclass(frozen=True)
class ChartPlace:
    """``![](chart:ID)``: where a chart goes; ``caption`` replaces the chart's own if given."""

    id: str
    line: int
    caption: str = ""


@dataclass(frozen=True)
class Figure:
    """A placed chart: ``png`` and ``svg`` relative to ``artifacts/``.

    ``citations`` are the numbers of what it shows, without those that the caption prints itself.
    """

    number: int
    caption: list[Inline]
    png: str
    svg: str
    citations: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class MissingFigure:
    """A place for a chart that was never saved."""

    id: str


Block: TypeAlias = (
    Heading | Paragraph | ListBlock | TableBlock | ChartPlace | Figure | MissingFigure
)
