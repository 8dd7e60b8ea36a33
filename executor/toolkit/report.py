"""Build the report: resolve the draft's placeholders and charts, then render DOCX and PDF."""

import datetime
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, get_args

from executor.toolkit.audited_text import split_title
from executor.toolkit.calculations import read_calculations
from executor.toolkit.charts import Chart, read_charts
from executor.toolkit.document import (
    Block,
    ChartPlace,
    Cited,
    Figure,
    Heading,
    Inline,
    ListBlock,
    MissingFigure,
    Paragraph,
    Placeholder,
    TableBlock,
)
from executor.toolkit.draft import parse, plain_text
from executor.toolkit.errors import DataError, ReportError
from executor.toolkit.formatting import Language, format_value, gloss
from executor.toolkit.loaded import source_facts
from executor.toolkit.single_line import parse_line
from executor.toolkit.tables import align_decimals
from executor.toolkit.verification import (
    Citation,
    read_citations,
    verify,
    write_citations,
)
from executor.toolkit.workspace import (
    ARTIFACTS,
    DRAFT,
    REPORT_DOCX,
    REPORT_FACTS,
    REPORT_PDF,
    confine,
    sha256_of,
    write_atomically,
    write_json,
)


@dataclass(frozen=True)
class Source:
    """A cited data file; ``rows`` and ``period`` are None when it can no longer be loaded."""

    path: str
    sha256: str | None
    rows: int | None
    columns: int | None
    period: tuple[str, str] | None
    format: str


@dataclass(frozen=True)
class Report:
    """A report ready to be rendered: every placeholder is a value, every chart a figure.

    ``title`` is plain, for metadata and page headers; ``heading`` is the title with its citations.
    """

    title: str
    heading: list[Inline]
    language: Language
    generated_at: datetime.datetime
    blocks: list[Block]
    citations: list[Citation]
    sources: list[Source]


@dataclass(frozen=True)
class ReportSummary:
    """What was built. Paths are relative to the workspace; counts are of cited calculations."""

    title: str
    language: str
    files: list[str]
    cited: int
    verified: int
    mismatch: int
    unverifiable: int
    figures: int
    unknown_calculations: list[str]
    unknown_charts: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-serialisable data."""
        return asdict(self)


def build_report(
    draft: str,
    language: str = "ko",
    title: str = "",
    generated_at: datetime.datetime | None = None,
) -> ReportSummary:
    """Write the report below ``artifacts/``: ``report_draft.md``, ``report.docx``, ``report.pdf``.

    ``report.json`` keeps what the draft does not say: title, language and time.

    Verifies first when a calculation was recorded or a source changed since the last verification,
    and renumbers ``citations.json`` in order of first use. An unknown calculation or chart does not
    stop the report: it is marked where it stands, and the audit finds it.

    Args:
        draft: Markdown, see ``executor.toolkit.draft``.
        language: ``ko`` or ``en``.
        title: the report's title, which may hold placeholders; the draft's first heading when
            empty.
        generated_at: the date in the report and in the files' metadata; now when None. The PDF's
            bytes depend on nothing else but the inputs.

    Raises:
        ReportError: the draft cannot be rendered, or the language is not known; nothing is written.
    """
    if language not in get_args(Language):
        raise ReportError(f"the language {language!r} is not known: use 'ko' or 'en'")
    from executor.toolkit.docx_report import render_docx
    from executor.toolkit.pdf_report import render_pdf

    blocks = parse(draft)
    citations = _current_citations()
    resolver = _Resolver("en" if language == "en" else "ko", citations, read_charts())
    parts, body = split_title(title, blocks)
    if not parts:
        raise ReportError("the report has no title: give one, or begin the draft with '# Title'")
    heading = resolver.line(parts, brief=True)
    resolved = resolver.blocks(body)
    used, numbered = _renumber(citations, resolver.order)
    report = Report(
        plain_text(heading).strip(),
        heading,
        resolver.language,
        generated_at or datetime.datetime.now(datetime.UTC),
        resolved,
        used,
        [_source(path) for path in dict.fromkeys(citation.source for citation in used)],
    )
    write_atomically(DRAFT, draft.encode("utf-8"))
    moment = report.generated_at.isoformat(timespec="seconds")
    write_json(REPORT_FACTS, {"title": title, "language": language, "generated_at": moment})
    write_citations(numbered)
    write_atomically(REPORT_DOCX, render_docx(report, ARTIFACTS))
    write_atomically(REPORT_PDF, render_pdf(report, ARTIFACTS))
    statuses = [citation.status for citation in used]
    return ReportSummary(
        report.title,
        language,
        [path.as_posix() for path in (DRAFT, REPORT_DOCX, REPORT_PDF)],
        len(used),
        statuses.count("verified"),
        statuses.count("mismatch"),
        statuses.count("unverifiable"),
        resolver.figures,
        resolver.unknown_calculations,
        resolver.unknown_charts,
    )


@dataclass
class _Resolver:
    """Turns placeholders into cited values and chart places into figures, counting as it reads."""

    language: Language
    citations: list[Citation]
    charts: dict[str, Chart]
    order: list[str] = field(default_factory=list)
    figures: int = 0
    unknown_calculations: list[str] = field(default_factory=list)
    unknown_charts: list[str] = field(default_factory=list)

    def blocks(self, blocks: list[Block]) -> list[Block]:
        return [self._block(block) for block in blocks]

    def _block(self, block: Block) -> Block:
        if isinstance(block, Heading | Paragraph):
            return replace(block, content=self.line(block.content))
        if isinstance(block, ListBlock):
            return replace(block, items=[self.blocks(item) for item in block.items])
        if isinstance(block, TableBlock):
            resolved = replace(
                block,
                header=[self.line(cell, brief=True) for cell in block.header],
                rows=[[self.line(cell, brief=True) for cell in row] for row in block.rows],
            )
            return align_decimals(resolved)
        if isinstance(block, ChartPlace):
            return self._figure(block)
        return block

    def line(self, content: list[Inline], brief: bool = False) -> list[Inline]:
        return [
            self._cited(part, brief) if isinstance(part, Placeholder) else part for part in content
        ]

    def _cited(self, part: Placeholder, brief: bool) -> Cited:
        citation = next((c for c in self.citations if c.calculation_id == part.id), None)
        if citation is None:
            self.unknown_calculations.append(part.id)
            return Cited(part.id, None, True, "unknown", False, part.bold, part.italic)
        text = format_value(citation.value, citation.unit, self.language)
        reading = gloss(citation.value, citation.unit, self.language)
        if reading and not brief and not part.plain:
            text = f"{text}({reading})" if self.language == "ko" else f"{text} ({reading})"
        numeric = isinstance(citation.value, int | float)
        # A value that is not verified shows its number and mark even where a plain one was asked.
        shown = not part.plain or citation.status != "verified"
        return Cited(
            text, self._number(part.id), shown, citation.status, numeric, part.bold, part.italic
        )

    def _number(self, identifier: str) -> int:
        if identifier not in self.order:
            self.order.append(identifier)
        return self.order.index(identifier) + 1

    def _figure(self, place: ChartPlace) -> Figure | MissingFigure:
        chart = self.charts.get(place.id)
        if chart is None or not (ARTIFACTS / chart.png).is_file():
            self.unknown_charts.append(place.id)
            return MissingFigure(place.id)
        self.figures += 1
        known = {citation.calculation_id for citation in self.citations}
        said = parse_line(place.caption or chart.caption, f"the caption of chart '{place.id}'")
        caption = self.line(said, brief=True)
        printed = {part.number for part in caption if isinstance(part, Cited) and part.shown}
        numbers = [self._number(id) for id in chart.calculations if id in known]
        rest = [number for number in numbers if number not in printed]
        return Figure(self.figures, caption, chart.png, chart.svg, rest)


def _current_citations() -> list[Citation]:
    """Return the citations, verified again if they do not match the calculations and sources."""
    calculations = read_calculations()
    citations = {citation.calculation_id: citation for citation in read_citations()}
    digests: dict[str, str | None] = {}
    for calculation in calculations:
        if calculation.source not in digests:
            digests[calculation.source] = _digest(calculation.source)
        citation = citations.get(calculation.id)
        shared = ("value", "unit", "label", "formula", "query", "source", "columns", "rows", "note")
        if (
            citation is None
            or any(getattr(citation, name) != getattr(calculation, name) for name in shared)
            or citation.source_sha256 != digests[calculation.source]
        ):
            return verify().citations
    return [citations[calculation.id] for calculation in calculations]


def _renumber(citations: list[Citation], order: list[str]) -> tuple[list[Citation], list[Citation]]:
    """Return the used citations in order of first use, and all with the unused behind them."""
    by_id = {citation.calculation_id: citation for citation in citations}
    unused = [identifier for identifier in by_id if identifier not in order]
    numbered = [
        replace(by_id[identifier], number=number)
        for number, identifier in enumerate([*order, *unused], start=1)
    ]
    return numbered[: len(order)], numbered


def _source(path: str) -> Source:
    digest = _digest(path)
    try:
        facts = source_facts(confine(path))
    except DataError:
        return Source(path, digest, None, None, None, PurePosixPath(path).suffix.lstrip("."))
    named = f"{facts.format}, {facts.encoding}" if facts.encoding else facts.format
    return Source(path, digest, facts.rows, len(facts.columns), facts.period, named)


def _digest(path: str) -> str | None:
    """Return the SHA-256 of a source, None when it is gone or leads out of the workspace."""
    try:
        file = confine(path)
    except DataError:
        return None
    return sha256_of(file) if file.is_file() else None
