"""Parse a report's draft: the subset of Markdown that both renderers can show.

Headings, paragraphs, bullet and numbered lists (nested), tables, bold, italic, code in backticks,
``{{id}}``, ``![](chart:ID)`` and ``![another caption](chart:ID)``. Anything else is refused with
its line, so that nothing of a draft disappears from the report unnoticed.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from executor.toolkit.document import (
    Alignment,
    Block,
    Break,
    ChartPlace,
    Code,
    Heading,
    Inline,
    ListBlock,
    Paragraph,
    Placeholder,
    TableBlock,
    Text,
)
from executor.toolkit.errors import ReportError
from executor.toolkit.single_line import PLACEHOLDER, is_plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Placeholders travel through the Markdown parser as one private character each side of an index,
# so that "_" in an id is no emphasis and "|plain" is no table cell.
_OPEN, _CLOSE = "\ue000", "\ue001"
_TRAVELLING = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_NAMES = {
    "fence": "a code block",
    "code_block": "an indented code block",
    "html_block": "HTML",
    "html_inline": "HTML",
    "blockquote_open": "a quotation",
    "hr": "a horizontal rule",
    "link_open": "a link",
}
_DEEPEST_LIST = 6


def parse(draft: str) -> list[Block]:
    """Return the draft's blocks.

    Raises:
        ReportError: an unsupported construct, an image that is no chart, or characters that cannot
            be printed; the line is named.
    """
    if not isinstance(draft, str) or not draft.strip():
        raise ReportError("the draft is empty: write at least one paragraph")
    text = unicodedata.normalize("NFC", draft.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.removeprefix("\ufeff")
    for number, line in enumerate(text.split("\n"), start=1):
        for char in line:
            if unicodedata.category(char) in ("Cc", "Cs", "Co") and char != "\t":
                raise ReportError(
                    f"line {number} of the draft holds the unprintable character"
                    f" U+{ord(char):04X}: remove it"
                )
    return _Parser(text).blocks


def plain_text(content: Sequence[Inline]) -> str:
    """Return the readable text of a line without its citation numbers."""
    return "".join(part.text for part in content if not isinstance(part, Placeholder | Break))


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


class _Parser:
    """One pass over the tokens of one draft."""

    def __init__(self, text: str) -> None:
        self._placeholders: list[re.Match[str]] = []
        self._tokens = _markdown().parse(PLACEHOLDER.sub(self._hide, text))
        self._position = 0
        self.blocks = self._until(None)

    def _hide(self, match: re.Match[str]) -> str:
        self._placeholders.append(match)
        return f"{_OPEN}{len(self._placeholders) - 1}{_CLOSE}"

    def _until(self, closing: str | None, depth: int = 0) -> list[Block]:
        """Read blocks up to the token that closes the surrounding construct."""
        blocks: list[Block] = []
        while self._position < len(self._tokens):
            token = self._tokens[self._position]
            self._position += 1
            if token.type == closing:
                return blocks
            blocks.extend(self._block(token, depth))
        return blocks

    def _block(self, token: "Token", depth: int) -> list[Block]:
        line = _line(token)
        if token.type == "heading_open":
            content = self._inline(self._take())
            self._take()
            return [Heading(int(token.tag[1]), content, line)]
        if token.type == "paragraph_open":
            inline = self._take()
            self._take()
            return self._paragraph(inline, line)
        if token.type in ("bullet_list_open", "ordered_list_open"):
            if depth >= _DEEPEST_LIST:
                raise ReportError(
                    f"line {line} of the draft nests lists more than {_DEEPEST_LIST} deep:"
                    " flatten them"
                )
            return [self._list(token, line, depth)]
        if token.type == "table_open":
            return [self._table(line)]
        raise _unsupported(token.type, line)

    def _take(self) -> "Token":
        token = self._tokens[self._position]
        self._position += 1
        return token

    def _list(self, token: "Token", line: int, depth: int) -> ListBlock:
        ordered = token.type == "ordered_list_open"
        closing = token.type.replace("_open", "_close")
        items = []
        while self._take().type != closing:
            items.append(self._until("list_item_close", depth + 1))
        return ListBlock(ordered, int(token.attrs.get("start", 1)), items, line)

    def _table(self, line: int) -> TableBlock:
        header: list[list[Inline]] = []
        rows: list[list[list[Inline]]] = []
        alignments: list[Alignment] = []
        current: list[list[Inline]] = []
        row_line = line
        while (token := self._take()).type != "table_close":
            if token.type == "tr_open":
                current, row_line = [], _line(token) if token.map else row_line + 1
            elif token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    alignments.append(_alignment(str(token.attrs.get("style", ""))))
                current.append(self._inline(self._take(), row_line))
            elif token.type == "tr_close":
                if not header:
                    header = current
                else:
                    rows.append(current)
        return TableBlock(header, rows, alignments, line)

    def _paragraph(self, inline: "Token", line: int) -> list[Block]:
        """Return a paragraph, or the charts that stand alone in it."""
        children = inline.children or []
        images = [child for child in children if child.type == "image"]
        if not images:
            return [Paragraph(self._inline(inline), line)]
        others = [c for c in children if c.type not in ("image", "softbreak", "hardbreak")]
        if any(child.content.strip() or child.type != "text" for child in others):
            raise ReportError(
                f"line {line} of the draft mixes a chart with text: put the chart on a line of its"
                " own between blank lines"
            )
        places: list[Block] = []
        for offset, image in enumerate(images):
            target = str(image.attrs.get("src", ""))
            if not target.startswith("chart:"):
                raise ReportError(
                    f"line {line + offset} of the draft places an image that is no chart: use"
                    " ![](chart:ID) with the id of a saved chart"
                )
            caption = " ".join(self._reveal(image.content).split())
            places.append(ChartPlace(target.removeprefix("chart:"), line + offset, caption))
        return places

    def _inline(self, token: "Token", line: int | None = None) -> list[Inline]:
        """Return a line's parts; neighbouring texts of one style are one part."""
        line = _line(token) if line is None else line
        parts: list[Inline] = []
        bold = italic = 0
        for child in token.children or []:
            if child.type in ("text", "text_special"):
                parts.extend(self._texts(child.content, line, bool(bold), bool(italic)))
            elif child.type in ("strong_open", "strong_close"):
                bold += child.nesting
            elif child.type in ("em_open", "em_close"):
                italic += child.nesting
            elif child.type == "code_inline":
                parts.append(Code(self._reveal(child.content), line))
            elif child.type == "softbreak":
                parts.append(Text(" ", line, bool(bold), bool(italic)))
                line += 1
            elif child.type == "hardbreak":
                parts.append(Break())
                line += 1
            elif child.type == "image":
                raise ReportError(
                    f"line {line} of the draft places a chart inside a table, list or heading:"
                    " put it on a line of its own"
                )
            else:
                raise _unsupported(child.type, line)
        return _joined(parts)

    def _texts(self, content: str, line: int, bold: bool, italic: bool) -> list[Inline]:
        parts: list[Inline] = []
        for position, piece in enumerate(_TRAVELLING.split(content)):
            if position % 2:
                found = self._placeholders[int(piece)]
                plain = is_plain(found, f"line {line} of the draft")
                parts.append(Placeholder(found[1], plain, line, bold, italic))
            elif piece:
                parts.append(Text(piece, line, bold, italic))
        return parts

    def _reveal(self, content: str) -> str:
        return _TRAVELLING.sub(lambda match: self._placeholders[int(match[1])][0], content)


def _joined(parts: list[Inline]) -> list[Inline]:
    joined: list[Inline] = []
    for part in parts:
        last = joined[-1] if joined else None
        if (
            isinstance(part, Text)
            and isinstance(last, Text)
            and (part.bold, part.italic, part.line) == (last.bold, last.italic, last.line)
        ):
            joined[-1] = Text(last.text + part.text, last.line, last.bold, last.italic)
        else:
            joined.append(part)
    return joined


def _line(token: "Token") -> int:
    return token.map[0] + 1 if token.map else 1


def _alignment(style: str) -> Alignment:
    names: tuple[Alignment, ...] = ("left", "right", "center")
    for name in names:
        if style.endswith(name):
            return name
    return "auto"


def _unsupported(kind: str, line: int) -> ReportError:
    name = _NAMES.get(kind, kind.replace("_open", "").replace("_", " "))
    return ReportError(
        f"line {line} of the draft holds {name}, which a report cannot show: use headings,"
        " paragraphs, lists, tables, bold, italic and `code`"
    )
