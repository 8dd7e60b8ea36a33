"""Render a report as PDF with typst: A4, the Korean font of a Python package, no system library."""

import datetime
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from executor.toolkit.document import (
    Block,
    Break,
    Cited,
    Code,
    Figure,
    Heading,
    Inline,
    ListBlock,
    MissingFigure,
    Paragraph,
    TableBlock,
    Text,
)
from executor.toolkit.draft import plain_text
from executor.toolkit.errors import ReportError
from executor.toolkit.fonts import fallback_folder, font_folder, printable
from executor.toolkit.formatting import Language, format_value
from executor.toolkit.references import details, period, recomputed, size, verdict
from executor.toolkit.report_text import words
from executor.toolkit.tables import column_alignments
from executor.toolkit.typst_markup import array, block, call, string

if TYPE_CHECKING:
    from executor.toolkit.report import Report, Source
    from executor.toolkit.verification import Citation

_TEMPLATE = Path(__file__).with_name("report.typ")
_NONE = "none"
_SUBSTITUTE = re.compile(r"\[U\+[0-9A-F]{4,6}\]")


def render_pdf(report: "Report", artifacts: Path) -> bytes:
    """Return the PDF's bytes; the same report gives the same bytes.

    Args:
        report: resolved by ``build_report``.
        artifacts: the folder that chart paths are relative to.

    Raises:
        ReportError: typst refuses the document.
    """
    import typst

    source = typst_source(report)
    try:
        compiler = typst.Compiler(root=str(artifacts.resolve()), font_paths=_fonts())
        pdf = compiler.compile(
            source.encode(), format="pdf", timestamp=_moment(report.generated_at)
        )
    except typst.TypstError as error:
        raise ReportError(
            f"the PDF cannot be made: {' '.join(str(error).split())[:300]}"
        ) from error
    if not isinstance(pdf, bytes):
        raise ReportError("the PDF cannot be made: typst returned no single file")
    return pdf


@cache
def _fonts() -> Any:
    """Find the fonts once a process: looking through them costs more than a short report."""
    import typst

    folders = [str(font_folder()), str(fallback_folder())]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def typst_source(report: "Report") -> str:
    """Return the whole document as typst source."""
    said = words(report.language)
    day = report.generated_at.date()
    trusted = all(citation.status == "verified" for citation in report.citations)
    show = call(
        "report.with",
        title=string(report.title),
        running_title=_text(report.title),
        headline=_inline(report.heading, report.language),
        language=_text(report.language),
        date_line=_text(f"{said['generated']} {day.isoformat()}"),
        verdict=_text(verdict(report.citations, report.language)),
        trusted="true" if trusted else "false",
        timestamp=f"datetime(year: {day.year}, month: {day.month}, day: {day.day})",
    )
    body = _blocks(report.blocks, report.language)
    if report.citations:
        body += [_heading(1, _text(said["references"])), _references(report)]
        body += [_heading(1, _text(said["sources"])), _sources(report)]
    if _SUBSTITUTE.search("".join(body)):
        body.append(call("detail-note", _text(said["substituted"])))
    return "\n".join(
        [_TEMPLATE.read_text(encoding="utf-8"), f"#show: {show}", *(f"#{part}" for part in body)]
    )


def _text(text: str) -> str:
    """Return a literal whose characters all have glyphs."""
    return string(printable(text))


def _blocks(blocks: Sequence[Block], language: Language) -> list[str]:
    return [_block(part, language) for part in blocks]


def _block(part: Block, language: Language) -> str:
    if isinstance(part, Heading):
        return _heading(part.level, _inline(part.content, language))
    if isinstance(part, Paragraph):
        return call("par", _inline(part.content, language))
    if isinstance(part, ListBlock):
        items = [block(*_item(item, language)) for item in part.items]
        if part.ordered:
            return call("enum", *items, start=str(part.start))
        return call("list", *items)
    if isinstance(part, TableBlock):
        return _table(part, language)
    if isinstance(part, Figure):
        return _figure(part, language)
    if isinstance(part, MissingFigure):
        return call("unknown", _text(f"{words(language)['missing_chart']}: {part.id}"))
    raise TypeError(f"a {type(part).__name__} was not resolved")


def _item(item: Sequence[Block], language: Language) -> list[str]:
    """A list item's first paragraph stands beside its marker, not in a paragraph of its own."""
    if item and isinstance(item[0], Paragraph):
        first, rest = item[0], item[1:]
        return [_inline(first.content, language), *_blocks(rest, language)]
    return _blocks(item, language)


def _heading(level: int, content: str) -> str:
    return call("heading", content, level=str(level))


def _inline(content: Sequence[Inline], language: Language) -> str:
    return block(*(_part(part, language) for part in content))


def _part(part: Inline, language: Language) -> str:
    if isinstance(part, Break):
        return "linebreak()"
    if isinstance(part, Code):
        return call("code", _text(part.text))
    if isinstance(part, Text):
        written = _text(part.text)
    elif isinstance(part, Cited):
        written = _cited(part, language)
    else:
        raise TypeError(f"a {type(part).__name__} was not resolved")
    if part.italic:
        written = call("emph", written)
    return call("strong", written) if part.bold else written


def _cited(part: Cited, language: Language) -> str:
    said = words(language)
    if part.number is None:
        return call("unknown", _text(f"{said['unknown']}: {part.text}"))
    mark = "" if part.status == "verified" else said[part.status]
    number = str(part.number) if part.shown else _NONE
    return call("cited", _text(part.text), number, _text(mark), _text(part.status))


def _table(part: TableBlock, language: Language) -> str:
    alignments = column_alignments(part)
    cells = [_inline(cell, language) for row in part.rows for cell in row]
    return call(
        "data-table",
        str(len(part.header)),
        array(alignments),
        array([_inline(cell, language) for cell in part.header]),
        array(cells),
    )


def _figure(part: Figure, language: Language) -> str:
    said = words(language)
    numbers = "".join(f"[{number}]" for number in part.citations)
    caption = block(
        _text(f"{said['figure']} {part.number}. "),
        _inline(part.caption, language),
        _text(f" {numbers}" if numbers else ""),
    )
    return call("chart", string(f"/{part.svg}"), string(plain_text(part.caption)), caption)


def _references(report: "Report") -> str:
    said = words(report.language)
    header = [_text(said[key]) for key in ("number", "calculation", "value", "status")]
    cells: list[str] = []
    for citation in report.citations:
        cells += _reference(citation, report.language)
    return call("reference-table", array(header), array(cells))


def _reference(citation: "Citation", language: Language) -> list[str]:
    lines = [
        f"({_text(name)}, {call('code', _text(value)) if code else _text(value)})"
        for name, value, code in details(citation, language)
    ]
    described = call(
        "block", call("reference", _text(citation.label), array(lines)), breakable="false"
    )
    value = [_text(format_value(citation.value, citation.unit, language))]
    if again := recomputed(citation, language):
        value += ["linebreak()", call("text", _text(again), size="8pt", fill="warning")]
    status = call(
        "text",
        _text(words(language)[citation.status]),
        fill=f"status-colour({_text(citation.status)})",
    )
    number = f"[#{call('text', _text(str(citation.number)))}<ref-{citation.number}>]"
    return [number, described, block(*value), status]


def _sources(report: "Report") -> str:
    said = words(report.language)
    header = [_text(said[key]) for key in ("file", "rows", "period")]
    cells: list[str] = []
    for source in report.sources:
        cells += _source(source)
    return call(
        "data-table", "(1fr, auto, auto)", "(left, right, left)", array(header), array(cells)
    )


def _source(source: "Source") -> list[str]:
    digest = call("code", _text(source.sha256 or "-"))
    name = block(
        call("strong", _text(source.path)),
        _text(f" ({source.format})"),
        "linebreak()",
        call("detail", _text("SHA-256"), digest),
    )
    return [name, _text(size(source)), _text(period(source))]


def _moment(moment: datetime.datetime) -> datetime.datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return aware.astimezone(datetime.UTC).replace(microsecond=0)
