"""The draft's Markdown: what is understood, and what is refused with its line."""

import pytest

from executor.toolkit.document import (
    ChartPlace,
    Code,
    Heading,
    ListBlock,
    Paragraph,
    Placeholder,
    TableBlock,
    Text,
)
from executor.toolkit.draft import parse
from executor.toolkit.errors import ReportError


def test_placeholders_with_underscores_are_no_emphasis() -> None:
    (block,) = parse("합계 {{a_b}} 와 {{ c_d | plain }} *끝*")

    assert isinstance(block, Paragraph)
    assert [part for part in block.content if isinstance(part, Placeholder)] == [
        Placeholder("a_b", False, 1),
        Placeholder("c_d", True, 1),
    ]
    assert block.content[-1] == Text("끝", 1, italic=True)


def test_a_plain_placeholder_may_stand_in_a_table_cell() -> None:
    (table,) = parse("| 지역 | 값 |\n|---|--:|\n| 서울 | {{a|plain}} |\n| **부산** | {{b}} |")

    assert isinstance(table, TableBlock)
    assert table.alignments == ["auto", "right"]
    assert table.rows[0][1] == [Placeholder("a", True, 3)]
    assert table.rows[1] == [[Text("부산", 4, bold=True)], [Placeholder("b", False, 4)]]


def test_lists_nest_and_keep_their_start() -> None:
    (block,) = parse("3. 첫째\n   - 안쪽 {{x}}\n4. 둘째")

    assert isinstance(block, ListBlock)
    assert (block.ordered, block.start, len(block.items)) == (True, 3, 2)
    assert isinstance(block.items[0][1], ListBlock)


def test_charts_code_and_headings_are_understood() -> None:
    heading, paragraph, first, second = parse(
        "## 제목\n\n`{{x}} 12`\n\n![](chart:a)\n![](chart:b)\n"
    )

    assert isinstance(heading, Heading)
    assert heading.level == 2
    assert isinstance(paragraph, Paragraph)
    assert paragraph.content == [Code("{{x}} 12", 3)]
    assert (first, second) == (ChartPlace("a", 5), ChartPlace("b", 6))


def test_lines_inside_a_paragraph_are_counted() -> None:
    (block,) = parse("하나\n둘 {{x}}\n셋")

    assert isinstance(block, Paragraph)
    assert Placeholder("x", False, 2) in block.content


@pytest.mark.parametrize(
    ("draft", "line", "named"),
    [
        ("a\n\n```\ncode\n```", 3, "code block"),
        ("a\n\n> quoted", 3, "quotation"),
        ("a\n\n<div>x</div>", 3, "HTML"),
        ("a <b>x</b>", 1, "HTML"),
        ("a\n[x](http://y)", 2, "a link"),
        ("a\n\n---", 3, "horizontal rule"),
        ("![](x.png)", 1, "no chart"),
        ("text ![](chart:a)", 1, "mixes a chart"),
        ("- ![](chart:a) text", 1, "mixes a chart"),
        ("a\n\n{{x|bold}}", 3, "{{x|bold}}"),
        ("a\n\n\ue000b", 3, "U+E000"),
        ("a\x07", 1, "U+0007"),
        ("  \n", None, "empty"),
    ],
)
def test_what_a_report_cannot_show_is_refused_with_its_line(
    draft: str, line: int | None, named: str
) -> None:
    with pytest.raises(ReportError) as caught:
        parse(draft)

    assert named in str(caught.value)
    if line is not None:
        assert f"line {line} " in str(caught.value)
