"""Every kind of analysis: recorded values hold in the second engine, and the prose is clean."""

from pathlib import Path

import pandas as pd
import pytest

from tests.offline_analyst.datasets import FRAMES, sales
from tests.offline_analyst.workspace import workspace

ALL_KINDS = [
    (
        "sales",
        "월별 매출 추이와 지역별 비중, 상위 5개 상품, 하위 3개 카테고리, 서울과 부산 매출 비교",
        "ko",
    ),
    ("sales", "2024년 지역별 월별 매출 추이, 서울의 매출 비중, 2023년과 2024년 매출 비교", "en"),
    (
        "sales",
        "How many orders per region, correlation of quantity and amount, outliers, data quality",
        "en",
    ),
    ("people", "분석해줘", "ko"),
    (
        "people",
        "부서별 평균 연봉, 직급별 인원수, 남녀 연봉 차이, 입사 연도별 인원 추이, 만족도 결측",
        "en",
    ),
    ("readings", "analyze", "en"),
    ("readings", "hourly temperature, temperature outliers, max vibration, weekly humidity", "ko"),
    (
        "exam",
        "compare math and english, top 5 students in science, class counts, gender ratio",
        "ko",
    ),
]


@pytest.mark.parametrize(("table", "question", "language"), ALL_KINDS)
def test_every_number_is_verified_and_every_draft_passes_the_audit(
    tmp_path: Path, table: str, question: str, language: str
) -> None:
    with workspace(tmp_path, FRAMES[table](), "표 2024.csv") as space:
        summary = space.answer(question, language)
        assert [c for c in summary.citations if c.status != "verified"] == []
        assert summary.verified > 0
        assert {said["status"] for said in space.said} == {"ok"}
        draft, audit = space.audit(question, language)
        assert audit.verdict == "pass", audit.findings
        assert audit.numbers_cited > 0
        assert all(f"### {heading}" not in draft for heading in ("None", "{"))


def test_values_equal_those_computed_with_pandas(tmp_path: Path) -> None:
    frame = sales()
    with workspace(tmp_path, frame) as space:
        space.answer("지역별 매출 비중, 월별 매출 추이, 수량과 금액의 상관관계", "ko")
        values = space.values()
    by_region = frame.groupby("region")["amount"].sum().sort_values(ascending=False)
    assert values["s1_name_1"] == by_region.index[0]
    assert values["s1_value_1"] == by_region.iloc[0]
    assert values["s1_share_1"] == pytest.approx(100 * by_region.iloc[0] / by_region.sum())
    months = frame.groupby(pd.to_datetime(frame["order_date"]).dt.strftime("%Y-%m"))["amount"].sum()
    assert values["s2_peak_name"] == months.idxmax()
    assert values["s2_trough_value"] == months.min()
    assert values["s3_correlation"] == pytest.approx(frame["quantity"].corr(frame["amount"]))


def test_an_incomplete_last_month_is_left_out_of_the_comparison_and_said(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", "2024-08-03")
    frame = pd.DataFrame({"date": days.astype(str), "amount": 100})
    with workspace(tmp_path, frame) as space:
        space.answer("monthly amount trend")
        values = space.values()
        draft, _ = space.audit("monthly amount trend", "en")
    assert values["s1_partial_1"] == "2024-08"
    assert values["s1_last_name"] == "2024-07"
    assert "cover only part of {{s1_partial_1}}" in draft


def test_a_filter_that_no_row_meets_is_said_and_not_computed(tmp_path: Path) -> None:
    with workspace(tmp_path, sales()) as space:
        space.answer("2031년 지역별 매출", "ko")
        assert space.said[-1]["status"] == "no_rows"
