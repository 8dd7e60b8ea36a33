"""Titles and captions: one line that may hold placeholders and code, and is literal otherwise.

A caption often names columns, so no other sign of Markdown means anything in it.
"""

import re
from collections.abc import Sequence

from executor.toolkit.document import Break, Code, Inline, Placeholder, Text
from executor.toolkit.errors import ReportError

PLACEHOLDER = re.compile(r"\{\{\s*([^{}|\n]*?)\s*(?:\|\s*([^{}|\n]*?)\s*)?\}\}")
_PIECE = re.compile(rf"{PLACEHOLDER.pattern}|`([^`]+)`")


def parse_line(text: str, what: str, line: int | None = None) -> list[Inline]:
    """Return the parts of a title or caption.

    Args:
        text: the line; ``{{id}}`` and ``{{id|plain}}`` are placeholders, backticks hold code.
        what: what the line is, for the error: ``the caption of chart 'x'``.
        line: the draft's line that the parts belong to; None for none.

    Raises:
        ReportError: a placeholder has another option than ``plain``.
    """
    parts: list[Inline] = []
    end = 0
    for found in _PIECE.finditer(text):
        if found.start() > end:
            parts.append(Text(text[end : found.start()], line))
        if found[3] is not None:
            parts.append(Code(found[3], line))
        else:
            parts.append(Placeholder(found[1], is_plain(found, what), line))
        end = found.end()
    return [*parts, Text(text[end:], line)] if end < len(text) else parts


def is_plain(found: re.Match[str], what: str) -> bool:
    """Tell whether a matched placeholder asks for the value without its number.

    Raises:
        ReportError: it asks for something else.
    """
    if found[2] not in (None, "plain"):
        raise ReportError(
            f"{what} holds {found[0]}: only {{{{id}}}} and {{{{id|plain}}}} are known"
        )
    return found[2] == "plain"


def written(content: Sequence[Inline]) -> str:
    """Return what an author wrote, without the signs of style: for comparing two lines."""
    return "".join(
        f"{{{{{part.id}}}}}" if isinstance(part, Placeholder) else part.text
        for part in content
        if not isinstance(part, Break)
    ).strip()
