"""The look of report.docx: fonts, colours, page, header rows, numbering and picture texts."""

import datetime
from collections.abc import Sequence
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt, RGBColor

INK = RGBColor(0x1F, 0x29, 0x37)
QUIET = RGBColor(0x5B, 0x64, 0x72)
ACCENT = RGBColor(0x0B, 0x4F, 0x8A)
WARNING = RGBColor(0xB4, 0x23, 0x18)
GOOD = RGBColor(0x1A, 0x7F, 0x4B)
# Latin and Korean faces; Word and LibreOffice replace a missing one with a face of their own.
_LATIN = "Malgun Gothic"
_KOREAN = "Malgun Gothic"
_LANGUAGE_TAG = {"ko": "ko-KR", "en": "en-US"}
_HEADINGS = {1: 15, 2: 12.5, 3: 11}


def prepare(document: Any, title: str, language: str, moment: datetime.datetime) -> None:
    """Set page, styles, metadata and page numbers of an empty document."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.3)
    section.top_margin = section.bottom_margin = Cm(2.4)
    styles = document.styles
    _style(styles["Normal"], 10, INK)
    styles["Normal"].paragraph_format.space_after = Pt(7)
    styles["Normal"].paragraph_format.line_spacing = 1.3
    _language(styles["Normal"], _LANGUAGE_TAG[language])
    for level in range(1, 7):
        heading = styles[f"Heading {level}"]
        _style(heading, _HEADINGS.get(level, 10.5), ACCENT, bold=True)
        heading.paragraph_format.space_before = Pt(15)
        heading.paragraph_format.space_after = Pt(5)
        heading.paragraph_format.keep_with_next = True
    _style(styles["Title"], 20, INK, bold=True)
    _style(styles["Subtitle"], 9, QUIET, italic=False)
    _style(styles["Intense Quote"], 9, INK, bold=False, italic=False)
    styles["Intense Quote"].paragraph_format.left_indent = Cm(0.2)
    styles["Intense Quote"].paragraph_format.right_indent = Cm(0)
    _style(styles["Caption"], 9, QUIET, bold=False)
    styles["Caption"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    styles["Caption"].paragraph_format.space_after = Pt(12)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title, "", ""
    properties.language = _LANGUAGE_TAG[language]
    stamp = moment.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)
    properties.created = properties.modified = stamp
    _page_numbers(section)


def set_font(run: Any, latin: str) -> None:
    """Set a run's Latin face; its Korean face stays the document's."""
    run.font.name = latin
    run._element.rPr.rFonts.set(qn("w:eastAsia"), _KOREAN)
    run.font.size = run.font.size or Pt(9)


def finish_table(table: Any) -> None:
    """Repeat the header row on each page, keep rows whole, draw quiet lines."""
    header = table.rows[0]
    _row_flag(header, "w:tblHeader")
    for cell in header.cells:
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), "F1F4F7")
        cell._tc.get_or_add_tcPr().append(shade)
    for row in table.rows:
        _row_flag(row, "w:cantSplit")
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(2)
                paragraph.paragraph_format.line_spacing = 1.15
                for run in paragraph.runs:
                    run.font.size = run.font.size or Pt(9)
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "CBD2DA")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    for edge in ("left", "right", "insideV"):
        line = OxmlElement(f"w:{edge}")
        line.set(qn("w:val"), "nil")
        borders.append(line)
    table._tbl.tblPr.append(borders)


def set_widths(table: Any, widths: Sequence[Length]) -> None:
    """Fix the widths of a table's columns."""
    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def describe_picture(picture: Any, text: str) -> None:
    """Give a picture the text that a screen reader says."""
    properties = picture._inline.docPr
    properties.set("descr", text)
    properties.set("title", text[:80])


def restart_numbering(document: Any, style_name: str, start: int) -> int:
    """Make a numbering of the style's kind that begins anew; return its id."""
    numbering = document.part.numbering_part.numbering_definitions._numbering
    linked = document.styles[style_name].element.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(linked).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(start)
    return int(number.numId)


def number_with(paragraph: Any, numbering: int) -> None:
    """Let a paragraph count in a numbering."""
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_numId().val = numbering
    properties.get_or_add_ilvl().val = 0


def _style(
    style: Any, size: float, colour: RGBColor, bold: bool | None = None, italic: bool | None = None
) -> None:
    style.font.name = _LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for face in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(face), None)
    for face in ("w:ascii", "w:hAnsi", "w:eastAsia"):
        fonts.set(qn(face), _KOREAN)
    style.font.size, style.font.color.rgb = Pt(size), colour
    style.font.bold, style.font.italic = bold, italic


def _language(style: Any, tag: str) -> None:
    element = OxmlElement("w:lang")
    element.set(qn("w:val"), tag)
    element.set(qn("w:eastAsia"), "ko-KR")
    style.element.get_or_add_rPr().append(element)


def _row_flag(row: Any, name: str) -> None:
    flag = OxmlElement(name)
    flag.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(flag)


def _page_numbers(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("", "PAGE"), (" / ", "NUMPAGES")):
        if text:
            paragraph.add_run(text).font.size = Pt(8)
        for kind, content in (("begin", ""), ("", field), ("end", "")):
            run = paragraph.add_run()
            run.font.size, run.font.color.rgb = Pt(8), QUIET
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.set(qn("xml:space"), "preserve")
                element.text = content
            run._r.append(element)
