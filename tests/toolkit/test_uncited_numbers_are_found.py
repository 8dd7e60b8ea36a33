"""The audit: every number of a draft is cited, known and verified, or it is a finding."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib import pyplot

from executor import toolkit
from executor.toolkit.auditing import audit_draft
from executor.toolkit.number_words import find_numbers

_CLEAN = [
    "# 2024 아닌 제목",
    "## 1. 요약",
    "총액은 {{total}}이며 `SELECT 42`는 코드입니다.",
    "- 첫째 항목 {{total|plain}}",
    "1. 순서 있는 항목",
    "| 지역 | 값 |\n|---|---|\n| 서울 | {{total}} |",
]
_CLEAN[0] = "# 주문 분석"


@pytest.fixture
def recorded(orders: pd.DataFrame) -> pd.DataFrame:
    for id, value in (("total", int(orders["금액"].sum())), ("wrong", 1)):
        toolkit.record(
            id=id,
            value=value,
            label=id,
            query='SELECT sum("금액") FROM "주문"',
            source="data/주문.csv",
        )
    toolkit.verify()
    return orders


def _kinds(draft: str) -> list[tuple[str, str, int | None]]:
    found = audit_draft(draft).findings
    return [(f.kind, f.text, f.line) for f in found if f.kind != "unused_calculation"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("매출은 12.5% 늘었다", ["12.5%"]),
        ("약 3만 명", ["3만"]),
        ("총 1억 2천만 원", ["1억 2천만"]),
        ("모두 １２개", ["１２"]),
        ("1,234,567원과 -5", ["1,234,567", "-5"]),
        ("2024년 3월", ["2024", "3"]),
        ("비율은 1/3, 시각은 10:30", ["1/3", "10:30"]),
        ("절반(½)이다", ["½"]),
        ("삼백만 원이다", ["삼백만"]),
        ("about two million users and twenty percent", ["two million", "twenty percent"]),
        ("USD1000 and KRW5", ["1000", "5"]),
        ("Q1과 A4와 B2B", []),
        ("만약 이만 마치면 억지가 아니다", []),
        ("수만은 없지만 one of them", []),
    ],
)
def test_numbers_are_found_in_the_forms_that_writers_use(text: str, numbers: list[str]) -> None:
    assert find_numbers(text) == numbers


def test_a_clean_draft_passes(recorded: pd.DataFrame) -> None:
    summary = audit_draft("\n\n".join(_CLEAN))

    assert summary.verdict == "pass"
    assert (summary.numbers_cited, summary.numbers_uncited) == (3, 0)
    assert [finding.kind for finding in summary.findings] == ["unused_calculation"]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    number=st.one_of(
        st.integers(0, 10**12).map(str),
        st.integers(0, 10**12).map(lambda n: f"{n:,}"),
        st.floats(0, 1e6).map(lambda x: f"{x:.2f}%"),
        st.integers(1, 9999).map(lambda n: f"{n}만"),
        st.integers(0, 999).map(lambda n: "".join(chr(0xFF10 + int(d)) for d in str(n))),
        st.dates().map(str),
    ),
    place=st.integers(0, len(_CLEAN) - 1),
    before=st.sampled_from(["", "약 ", "(", "총", "KRW ", "₩", "**"]),
)
def test_any_literal_number_put_into_a_clean_draft_is_found(
    recorded: pd.DataFrame, number: str, place: int, before: str
) -> None:
    after = "**" if before == "**" else ""
    blocks = list(_CLEAN)
    blocks[place] = blocks[place].replace(
        "서울 |" if place == 5 else blocks[place],
        f"서울 {before}{number}{after} |"
        if place == 5
        else f"{blocks[place]} {before}{number}{after}",
    )

    assert "uncited_number" in [kind for kind, _, _ in _kinds("\n\n".join(blocks))]


def test_findings_name_the_line_and_the_text(recorded: pd.DataFrame) -> None:
    draft = (
        "# 제목\n\n합계는\n12개이고 {{nope}}\n\n| a | b |\n|---|---|\n| x | 7 |\n\n![](chart:c)\n"
    )

    assert _kinds(draft) == [
        ("uncited_number", "12", 4),
        ("unknown_calculation", "nope", 4),
        ("uncited_number", "7", 8),
        ("unknown_chart", "c", 10),
    ]
    assert audit_draft(draft).verdict == "retry"


def test_a_citation_that_does_not_hold_needs_a_person(recorded: pd.DataFrame) -> None:
    summary = audit_draft("값은 {{wrong}}와 {{total}}입니다.")

    assert summary.verdict == "needs_review"
    assert [f.kind for f in summary.findings] == ["unverified_citation"]
    assert "mismatch" in summary.findings[0].advice


def test_the_audit_is_written_and_needs_a_report(recorded: pd.DataFrame) -> None:
    with pytest.raises(toolkit.errors.ReportError, match="build the report first"):
        toolkit.audit()

    toolkit.build_report("{{total}} 그리고 {{wrong}}", language="ko", title="t")
    summary = toolkit.audit().to_dict()

    assert json.loads(Path("artifacts/audit.json").read_text()) == summary
    assert summary["verdict"] == "needs_review"


@pytest.mark.parametrize(
    ("draft", "numbers"),
    [
        ("## 1. 요약\n\n## 2. 결과\n\n### 2.1 지역\n\n### 2.2 월\n\n## 3) 끝", []),
        ("## 12.5 퍼센트 성장", ["12.5"]),
        ("## 2024. 매출", ["2024"]),
        ("## 1. 요약\n\n## 7. 결과", ["7"]),
        ("1. 하나\n2. 둘\n\n문장\n\n3. 셋", []),
        ("123456. 합계이다", ["123456"]),
    ],
)
def test_a_number_that_does_not_count_headings_or_items_is_found(
    recorded: pd.DataFrame, draft: str, numbers: list[str]
) -> None:
    assert [text for kind, text, _ in _kinds(draft) if kind == "uncited_number"] == numbers


def test_the_numbers_of_captions_are_found_and_another_caption_mends_them(
    recorded: pd.DataFrame,
) -> None:
    toolkit.save_chart(pyplot.figure(), id="a", caption="매출 12억 {{total}} `2024` {{none}}")

    findings = [f for f in audit_draft("문장\n\n![](chart:a)").findings if f.line]
    assert [(f.kind, f.text, f.line) for f in findings] == [
        ("uncited_number", "12억", 3),
        ("unknown_calculation", "none", 3),
    ]
    assert "![another caption](chart:a)" in findings[0].advice
    assert _kinds("![매출 {{total}}](chart:a)") == []
    assert _kinds("![매출 7](chart:a)") == [("uncited_number", "7", 1)]


def test_the_numbers_of_the_title_are_found(recorded: pd.DataFrame) -> None:
    toolkit.build_report("값 {{total}}", language="ko", title="매출 12% 증가")
    assert [f.text for f in toolkit.audit().findings if f.kind == "uncited_number"] == ["12%"]

    toolkit.build_report("# `상위 5`개\n\n{{total}}", language="ko", title="상위 5개")
    assert toolkit.audit().numbers_uncited == 0


def test_a_number_hidden_in_a_unit_is_found(recorded: pd.DataFrame) -> None:
    for id, unit in (("hidden", "건 (전년보다 12% 증가)"), ("scaled", "per 1,000 m2")):
        toolkit.record(
            id=id, value=len(recorded), label=id, unit=unit, source="data/주문.csv",
            query='SELECT count(*) FROM "주문"',
        )  # fmt: skip
    toolkit.verify()

    assert _kinds("{{hidden}} {{scaled}}") == [("uncited_number", "12%", 1)]


@pytest.mark.parametrize("draft", ["![](chart:a)", "![](chart:a)\n\n값 {{wrong}}"])
def test_what_a_chart_shows_is_audited_like_what_the_prose_cites(
    recorded: pd.DataFrame, draft: str
) -> None:
    toolkit.save_chart(pyplot.figure(), id="a", caption="c", calculations=["wrong", "gone"])

    assert _kinds(draft) == [
        ("unverified_citation", "wrong", 1),
        ("unknown_calculation", "gone", 1),
    ]
