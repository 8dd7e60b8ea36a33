"""Render a report as DOCX with python-docx: real styles, so that a reader can go on editing."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor

from executor.toolkit import docx_style as style
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
from executor.toolkit.formatting import Language, format_value
from executor.toolkit.references import details, period, recomputed, size, verdict
from executor.toolkit.report_text import words
from executor.toolkit.tables import column_alignments

if TYPE_CHECKING:
    from executor.toolkit.report import Report
    from executor.toolkit.verification import Citation

_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
}
_CHART_WIDTH = Cm(15)
_WORD_LIST_LEVELS = 3


def render_docx(report: "Report", artifacts: Path) -> bytes:
    """Return the document's bytes.

    Args:
        report: resolved by ``build_report``.
        artifacts: the folder that chart paths are relative to.
    """
    return _Writer(report, artifacts).write()


class _Writer:
    """Writes one report into one document."""

    def __init__(self, report: "Report", artifacts: Path) -> None:
        self._report = report
        self._artifacts = artifacts
        self._said = words(report.language)
        self._language: Language = report.language
        self._document: Any = docx.Document()

    def write(self) -> bytes:
        report, said = self._report, self._said
        style.prepare(self._document, report.title, report.language, report.generated_at)
        self._inline(self._document.add_paragraph(style="Title"), report.heading)
        day = report.generated_at.date().isoformat()
        self._document.add_paragraph(f"{said['generated']} {day}", style="Subtitle")
        self._document.add_paragraph(
            verdict(report.citations, report.language), style="Intense Quote"
        )
        self._blocks(report.blocks)
        if report.citations:
            self._document.add_heading(said["references"], 1)
            self._references()
            self._document.add_heading(said["sources"], 1)
            self._sources()
        buffer = BytesIO()
        self._document.save(buffer)
        return buffer.getvalue()

    def _blocks(self, blocks: Sequence[Block], depth: int = 0) -> None:
        for part in blocks:
            if isinstance(part, Heading):
                self._inline(self._document.add_heading("", part.level), part.content)
            elif isinstance(part, Paragraph):
                self._inline(self._document.add_paragraph(), part.content)
            elif isinstance(part, ListBlock):
                self._list(part, depth)
            elif isinstance(part, TableBlock):
                self._table(part)
            elif isinstance(part, Figure):
                self._figure(part)
            elif isinstance(part, MissingFigure):
                message = f"[{self._said['missing_chart']}: {part.id}]"
                self._run(self._document.add_paragraph(), message, style.WARNING)

    def _list(self, part: ListBlock, depth: int) -> None:
        level = min(depth + 1, _WORD_LIST_LEVELS)
        name = ("List Number" if part.ordered else "List Bullet") + (
            f" {level}" if level > 1 else ""
        )
        numbering = (
            style.restart_numbering(self._document, name, part.start) if part.ordered else None
        )
        for item in part.items:
            rest = list(item)
            paragraph = self._document.add_paragraph(style=name)
            if numbering is not None:
                style.number_with(paragraph, numbering)
            if rest and isinstance(first := rest[0], Paragraph):
                self._inline(paragraph, first.content)
                rest = rest[1:]
            self._blocks(rest, depth + 1)

    def _table(self, part: TableBlock) -> None:
        table = self._grid(len(part.header))
        for i, cell in enumerate(part.header):
            self._inline(table.rows[0].cells[i].paragraphs[0], cell, bold=True)
        alignments = column_alignments(part)
        for row in part.rows:
            cells = table.add_row().cells
            for i, cell in enumerate(row):
                cells[i].paragraphs[0].alignment = _ALIGN[alignments[i]]
                self._inline(cells[i].paragraphs[0], cell)
        for i, alignment in enumerate(alignments):
            table.rows[0].cells[i].paragraphs[0].alignment = _ALIGN[alignment]
        self._finish(table)

    def _grid(self, columns: int) -> Any:
        table = self._document.add_table(rows=1, cols=columns, style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        return table

    def _finish(self, table: Any) -> None:
        style.finish_table(table)
        self._document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _figure(self, part: Figure) -> None:
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        picture = paragraph.add_run().add_picture(
            str(self._artifacts / part.png), width=_CHART_WIDTH
        )
        style.describe_picture(picture, plain_text(part.caption))
        numbers = "".join(f"[{number}]" for number in part.citations)
        caption = self._document.add_paragraph(style="Caption")
        caption.add_run(f"{self._said['figure']} {part.number}. ")
        self._inline(caption, part.caption)
        if numbers:
            caption.add_run(f" {numbers}")

    def _inline(self, paragraph: Any, content: Sequence[Inline], bold: bool = False) -> None:
        for part in content:
            if isinstance(part, Break):
                paragraph.add_run().add_break()
            elif isinstance(part, Code):
                style.set_font(paragraph.add_run(part.text), "Consolas")
            elif isinstance(part, Cited):
                self._cited(paragraph, part, bold)
            elif isinstance(part, Text):
                run = paragraph.add_run(part.text)
                run.bold, run.italic = part.bold or bold or None, part.italic or None

    def _cited(self, paragraph: Any, part: Cited, bold: bool) -> None:
        if part.number is None:
            self._run(paragraph, f"[{self._said['unknown']}: {part.text}]", style.WARNING)
            return
        trusted = part.status == "verified"
        run = self._run(paragraph, part.text, None if trusted else style.WARNING)
        run.bold, run.italic = part.bold or bold or None, part.italic or None
        if part.shown:
            mark = "" if trusted else f" {self._said[part.status]}"
            note = self._run(
                paragraph, f"[{part.number}{mark}]", style.ACCENT if trusted else style.WARNING
            )
            note.font.superscript = True

    def _run(self, paragraph: Any, text: str, colour: RGBColor | None) -> Any:
        run = paragraph.add_run(text)
        if colour is not None:
            run.font.color.rgb = colour
        return run

    def _references(self) -> None:
        table = self._grid(4)
        for i, key in enumerate(("number", "calculation", "value", "status")):
            table.rows[0].cells[i].paragraphs[0].add_run(self._said[key]).bold = True
        table.rows[0].cells[2].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for citation in self._report.citations:
            self._reference(table.add_row().cells, citation)
        style.set_widths(table, (Cm(1.3), Cm(8.6), Cm(4.2), Cm(2.3)))
        self._finish(table)

    def _reference(self, cells: Any, citation: "Citation") -> None:
        cells[0].paragraphs[0].add_run(str(citation.number)).font.size = Pt(8.5)
        paragraph = cells[1].paragraphs[0]
        label = paragraph.add_run(citation.label)
        label.bold, label.font.size = True, Pt(8.5)
        for place, (name, value, code) in enumerate(details(citation, self._language)):
            paragraph.add_run("  " if place == 0 else " · ").font.size = Pt(7)
            run = paragraph.add_run(f"{name}: {value}")
            run.font.size, run.font.color.rgb = Pt(7), style.QUIET
            if code:
                style.set_font(run, "Consolas")
        value_cell = cells[2].paragraphs[0]
        value_cell.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        value_cell.add_run(format_value(citation.value, citation.unit, self._language))
        if again := recomputed(citation, self._language):
            value_cell.add_run().add_break()
            self._run(value_cell, again, style.WARNING).font.size = Pt(8)
        colour = style.GOOD if citation.status == "verified" else style.WARNING
        self._run(cells[3].paragraphs[0], self._said[citation.status], colour)

    def _sources(self) -> None:
        table = self._grid(3)
        for i, key in enumerate(("file", "rows", "period")):
            table.rows[0].cells[i].paragraphs[0].add_run(self._said[key]).bold = True
        table.rows[0].cells[1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for source in self._report.sources:
            cells = table.add_row().cells
            paragraph = cells[0].paragraphs[0]
            paragraph.add_run(source.path).bold = True
            paragraph.add_run(f" ({source.format})")
            paragraph.add_run().add_break()
            digest = paragraph.add_run(f"SHA-256: {source.sha256 or '-'}")
            digest.font.size, digest.font.color.rgb = Pt(8), style.QUIET
            cells[1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
            cells[1].paragraphs[0].add_run(size(source))
            cells[2].paragraphs[0].add_run(period(source))
        style.set_widths(table, (Cm(8.9), Cm(2.7), Cm(4.8)))
        self._finish(table)
