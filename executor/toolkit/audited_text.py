"""Every text of a report in which a number can stand: title, headings, prose, tables, captions.

What is not here reaches a reader by the report's own apparatus: figure and page numbers, the count
of citations, the table of citations, the table of sources. The texts of a chart's picture are
judged when it is saved, see ``picture_text``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from executor.toolkit.charts import Chart
from executor.toolkit.document import (
    Block,
    ChartPlace,
    Heading,
    Inline,
    ListBlock,
    Paragraph,
    Placeholder,
    TableBlock,
    Text,
)
from executor.toolkit.single_line import parse_line, written

_OWN_NUMBER = re.compile(r"\s*(?:(\d+(?:\.\d+)*)[.)]\s|(\d+(?:\.\d+)+)\s|제\s?(\d+)\s?[장절]\s)")


class Audited(NamedTuple):
    """One part and the place that a writer has to change when it is wrong."""

    part: Text | Placeholder | ChartPlace
    advice: str = ""


def split_title(title: str, blocks: list[Block]) -> tuple[list[Inline], list[Block]]:
    """Return the title's parts and the blocks without a first heading that only repeats it.

    Without a title the first heading of level 1 is it; the parts are empty when there is none.

    Raises:
        ReportError: the title holds a placeholder with an unknown option.
    """
    parts = parse_line(" ".join(title.split()), "the title")
    first = blocks[0] if blocks else None
    if not isinstance(first, Heading) or first.level != 1:
        return parts, blocks
    if parts and written(parts) != written(first.content):
        return parts, blocks
    return first.content, blocks[1:]


def audited_text(title: str, blocks: list[Block], charts: Mapping[str, Chart]) -> Iterator[Audited]:
    """Yield the parts of a report in reading order; numbers that only count are left out."""
    heading, body = split_title(title, blocks)
    repeated = len(body) < len(blocks)
    yield from _inline([] if repeated else heading, "in the title: ")
    yield from _Reader(charts).read(blocks)


class _Reader:
    """Reads blocks in order and remembers how far headings and lists have counted."""

    def __init__(self, charts: Mapping[str, Chart]) -> None:
        self._charts = charts
        self._headings: set[tuple[int, ...]] = set()
        self._list_ends: set[int] = set()

    def read(self, blocks: list[Block]) -> Iterator[Audited]:
        for block in blocks:
            if isinstance(block, ChartPlace):
                yield Audited(block)
                yield from self._caption(block)
            elif isinstance(block, Heading):
                yield from _inline(self._uncounted(block.content))
            elif isinstance(block, Paragraph):
                yield from _inline(block.content)
            elif isinstance(block, ListBlock):
                yield from self._list(block)
            elif isinstance(block, TableBlock):
                for row in [block.header, *block.rows]:
                    for cell in row:
                        yield from _inline(cell)

    def _caption(self, place: ChartPlace) -> Iterator[Audited]:
        chart = self._charts.get(place.id)
        if chart is not None:
            said = place.caption or chart.caption
            content = parse_line(said, f"the caption of chart '{place.id}'", place.line)
            advice = f"in the chart's caption, as ![another caption](chart:{place.id}): "
            yield from _inline(content, advice)

    def _list(self, block: ListBlock) -> Iterator[Audited]:
        """A list begins with 0 or 1, or goes on where one before it ended."""
        if block.ordered and block.start not in {0, 1, *self._list_ends}:
            yield Audited(Text(f"{block.start}.", block.line))
        self._list_ends.add(block.start + len(block.items))
        for item in block.items:
            yield from self.read(item)

    def _uncounted(self, content: list[Inline]) -> list[Inline]:
        """Return a heading's content without the number that its place in the report gives it."""
        first = content[0] if content else None
        found = _OWN_NUMBER.match(first.text) if isinstance(first, Text) else None
        if found is None or not isinstance(first, Text):
            return content
        number = tuple(int(part) for part in (found[1] or found[2] or found[3]).split("."))
        if not self._follows(number):
            return content
        self._headings.add(number)
        return [Text(first.text[found.end() :], first.line, first.bold), *content[1:]]

    def _follows(self, number: tuple[int, ...]) -> bool:
        """Whether a heading's number is a first one or the next after an earlier one."""
        *chapter, last = number
        known = {n[:depth] for n in self._headings for depth in range(1, len(n) + 1)}
        begins = last == 1 and (tuple(chapter) in known or (not known and set(chapter) <= {1}))
        return begins or number in {(0,), (1,)} or (*chapter, last - 1) in known


def _inline(content: list[Inline], advice: str = "") -> Iterator[Audited]:
    for part in content:
        if isinstance(part, Text | Placeholder):
            yield Audited(part, advice)
