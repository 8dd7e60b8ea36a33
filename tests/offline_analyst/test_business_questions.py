# ruff: noqa: E501 - one question a line
"""Questions as people ask them: relative periods, bounds, exclusions, weekdays, colloquial forms."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agent_runtime.models.offline.understanding import understand
from tests.offline_analyst import datasets
from tests.offline_analyst.understood import Wanted, assert_asks_for, profiles_of
from tests.offline_analyst.workspace import Workspace, workspace


def shop() -> pd.DataFrame:
    """Orders with a segment and a discount; the last date is 2024-12-30."""
    random = np.random.default_rng(11)
    frame = datasets.sales().copy()
    frame["segment"] = random.choice(["개인", "사업자"], len(frame))
    frame["discount_rate"] = random.choice([0.0, 0.1, 0.2], len(frame))
    regions = random.choice(["서울", "부산", "대구", "인천", "광주", "대전", "전북"], len(frame))
    return frame.assign(region=regions)


def school() -> pd.DataFrame:
    """Marks with school years and classes as whole numbers."""
    random, rows = np.random.default_rng(12), 120
    return pd.DataFrame(
        {
            "이름": [f"학생{i}" for i in range(rows)],
            "학년": random.integers(1, 4, rows),
            "반": random.integers(1, 5, rows),
            "수학": random.integers(20, 101, rows),
            "결석일수": random.poisson(2, rows),
        }
    )


def plant() -> pd.DataFrame:
    """Readings of machines every ten minutes of March 2026."""
    random, rows = np.random.default_rng(13), 600
    return pd.DataFrame(
        {
            "측정시각": pd.date_range("2026-03-01", periods=rows, freq="70min").astype(str),
            "설비": random.choice(["프레스", "용접", "도장"], rows),
            "온도": random.normal(40, 5, rows).round(1),
            "불량수": random.poisson(0.5, rows),
            "상태": random.choice(["정상", "경고"], rows, p=[0.9, 0.1]),
        }
    )


FRAMES = {"shop": shop, "school": school, "plant": plant, "people": datasets.people}

UNDERSTOOD: list[tuple[str, str, Wanted]] = [
    ("shop", "고객 유형별 평균 매출", [{"kind": "average", "measure": "amount", "dimension": "segment"}]),
    ("shop", "고객 세그먼트별 매출 알려줘", [{"dimension": "segment", "measure": "amount"}]),
    ("shop", "지난해 매출은 얼마야?", [{"kind": "total", "filters": [{"column": "order_date", "value": "2023"}]}]),
    ("shop", "올해 1분기 매출", [{"filters": [{"column": "order_date", "value": "2024-Q1"}]}]),
    ("shop", "last month's sales", [{"filters": [{"column": "order_date", "value": "2024-11"}]}]),
    ("shop", "최근 3개월 매출", [{"filters": [{"column": "order_date", "value": "2024-10-01..2024-12-30"}]}]),
    ("shop", "last 6 months revenue by category", [{"dimension": "category", "filters": [{"column": "order_date", "value": "2024-07-01..2024-12-30"}]}]),
    ("shop", "2024년 상반기 매출", [{"filters": [{"column": "order_date", "value": "2024-01..2024-06"}]}]),
    ("shop", "10월 매출", [{"filters": [{"column": "order_date", "value": "2024-10"}]}]),
    ("shop", "sales in March", [{"filters": [{"column": "order_date", "value": "2024-03"}]}]),
    ("shop", "2024년 3월 5일 매출", [{"filters": [{"column": "order_date", "value": "2024-03-05"}]}]),
    ("shop", "2023년 대비 2024년 매출이 얼마나 늘었나", [{"kind": "comparison", "values": ["2023", "2024"]}]),
    ("shop", "Check outliers of amount and missing values too.", [{"kind": "outliers"}, {"kind": "missing"}]),
    ("shop", "sales by weekday", [{"kind": "share", "time": "order_date", "period": "weekday"}]),
    ("shop", "요일별 주문 건수", [{"kind": "count", "period": "weekday"}]),
    ("shop", "제일 잘 팔리는 상품이 뭐야?", [{"kind": "top", "measure": "amount", "dimension": "product"}]),
    ("shop", "어느 지역이 매출이 제일 높아?", [{"kind": "top", "measure": "amount", "dimension": "region"}]),
    ("shop", "할인율이 높으면 수량도 늘어나?", [{"kind": "correlation", "measure": "discount_rate", "second_measure": "quantity"}]),
    ("shop", "서울이랑 부산 중에 어디가 더 많이 팔았어?", [{"kind": "comparison", "dimension": "region", "values": ["서울", "부산"]}]),
    ("shop", "average order value by segment", [{"kind": "average", "measure": "amount", "dimension": "segment"}]),
    ("shop", "개인 고객과 사업자 고객의 평균 구매액 비교", [{"kind": "comparison", "dimension": "segment", "aggregate": "mean"}]),
    ("shop", "전북만 매출 추이", [{"kind": "trend", "filters": [{"column": "region", "value": "전북"}]}]),
    ("shop", "100만원 이상 주문 건수", [{"kind": "count", "filters": [{"column": "amount", "value": "1000000", "operator": "at_least"}]}]),
    ("shop", "orders over 1 million won", [{"kind": "count", "filters": [{"column": "amount", "value": "1000000", "operator": "above"}]}]),
    ("shop", "서울과 부산을 제외한 매출", [{"kind": "total", "filters": [{"column": "region", "value": "서울", "operator": "not"}, {"column": "region", "value": "부산", "operator": "not"}]}]),
    ("shop", "which product is the most expensive", [{"kind": "top", "measure": "unit_price", "dimension": "product"}]),
    ("shop", "best and worst selling categories", [{"kind": "top", "dimension": "category"}, {"kind": "bottom", "dimension": "category"}]),
    ("shop", "when do we sell the most?", [{"kind": "top", "measure": "amount", "period": "month"}]),
    ("shop", "how many different products do we sell", [{"kind": "count", "measure": "product", "dimension": None}]),
    ("shop", "상품 종류가 몇 개야", [{"kind": "count", "measure": "product", "dimension": None}]),
    ("school", "3학년 수학 평균", [{"kind": "average", "filters": [{"column": "학년", "value": "3"}]}]),
    ("school", "2반에서 수학 1등은 누구야?", [{"kind": "top", "n": 1, "dimension": "이름", "filters": [{"column": "반", "value": "2"}]}]),
    ("school", "which class has the best math scores", [{"kind": "top", "measure": "수학", "dimension": "반"}]),
    ("school", "수학 90점 이상 학생 수", [{"kind": "count", "filters": [{"column": "수학", "value": "90", "operator": "at_least"}]}]),
    ("school", "결석이 많은 학생", [{"kind": "top", "measure": "결석일수", "dimension": "이름"}]),
    ("school", "학년별로 수학이 어떻게 다른가", [{"kind": "comparison", "measure": "수학", "dimension": "학년"}]),
    ("plant", "어느 설비에서 불량이 가장 많이 나와?", [{"kind": "top", "measure": "불량수", "dimension": "설비"}]),
    ("plant", "설비별 불량 건수", [{"kind": "share", "measure": "불량수", "dimension": "설비", "aggregate": "sum"}]),
    ("plant", "경고 상태는 몇 번 발생했어?", [{"kind": "count", "measure": None, "filters": [{"column": "상태", "value": "경고"}]}]),
    ("plant", "경고 상태 비율", [{"kind": "share", "measure": None, "dimension": "상태", "values": ["경고"]}]),
    ("plant", "온도가 50도를 넘은 횟수", [{"kind": "count", "filters": [{"column": "온도", "value": "50", "operator": "above"}]}]),
    ("plant", "which machine runs hottest", [{"kind": "top", "measure": "온도", "dimension": "설비"}]),
    ("plant", "시간대별 온도", [{"kind": "average", "measure": "온도", "period": "hour_of_day"}]),
    ("plant", "3월 15일 온도", [{"kind": "average", "filters": [{"column": "측정시각", "value": "2026-03-15"}]}]),
    ("people", "인원 by 입사 연도, the 성별 연봉 gap", [{"kind": "trend"}, {"kind": "comparison", "measure": "연봉", "dimension": "성별"}]),
    ("people", "평균 연봉, 나이 50 이상 인원수", [{"kind": "average", "measure": "연봉"}, {"kind": "count", "measure": None}]),
    ("people", "부서별 인원은 몇 명이야?", [{"kind": "count", "dimension": "부서"}]),
    ("people", "how many people work in 영업", [{"kind": "count", "filters": [{"column": "부서", "value": "영업"}]}]),
]  # fmt: skip

REFUSED = [
    ("shop", "도서 매출", "absent"),
    ("shop", "광고 매출은?", "absent"),
    ("shop", "캐나다 매출", "absent"),
    ("shop", "how did electronics sales develop in 2024", "absent"),
    ("shop", "sales excluding Seoul", "absent"),
    ("shop", "total discount by category", "sum_of_rates"),
    ("shop", "매출 1억 이상인 지역", "group_condition"),
    ("shop", "서울과 부산의 상품별 매출 순위", "several_values"),
    ("shop", "How did sales change compared to last year?", "one_period"),
    ("people", "퇴사자 비율", "absent"),
    ("people", "가장 비싼 직원", "absent"),
    ("school", "최근 3개월 수학 평균", "no_time"),
]


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return profiles_of(FRAMES, tmp_path_factory)


@pytest.mark.parametrize(("table", "question", "wanted"), UNDERSTOOD)
def test_a_question_in_everyday_words_is_understood(
    profiles: dict[str, Any], table: str, question: str, wanted: Wanted
) -> None:
    assert_asks_for(question, profiles[table], wanted)


@pytest.mark.parametrize(("table", "question", "reason"), REFUSED)
def test_a_word_that_would_change_the_answer_is_never_passed_over(
    profiles: dict[str, Any], table: str, question: str, reason: str
) -> None:
    understood = understand(question, [profiles[table]])
    assert {gap.reason for gap in understood.gaps} == {reason}
    assert not understood.tasks


def test_a_relative_period_says_how_it_was_read(profiles: dict[str, Any]) -> None:
    (task,) = understand("지난해 매출", [profiles["shop"]]).tasks
    assert [(c.what, c.chosen, c.others) for c in task.choices] == [("period", "2023", ("지난해",))]


def test_weekdays_bounds_and_exclusions_are_computed_and_verified(tmp_path: Path) -> None:
    frame = shop()
    day = pd.to_datetime(frame["order_date"])
    with workspace(tmp_path, frame) as space:
        _all_verified(space, "요일별 매출, 100만원 이상 주문 건수, 서울을 제외한 매출")
        values = space.values()
    by_day = frame["amount"].groupby(day.dt.day_of_week).sum()
    assert values["s1_name_1"] == "월화수목금토일"[by_day.idxmax()] + "요일"
    assert values["s1_value_1"] == by_day.max()
    assert values["s2_distinct"] == (frame["amount"] >= 1_000_000).sum()
    assert values["s3_total"] == frame.loc[frame["region"] != "서울", "amount"].sum()


def test_hours_of_the_day_and_numbered_groups_are_computed_and_verified(tmp_path: Path) -> None:
    frame = plant()
    hour = pd.to_datetime(frame["측정시각"]).dt.strftime("%H:00")
    with workspace(tmp_path, frame) as space:
        _all_verified(space, "시간대별 온도")
        values = space.values()
    assert values["s1_value_1"] == pytest.approx(frame["온도"].groupby(hour).mean().max())


def _all_verified(space: Workspace, question: str) -> None:
    summary = space.answer(question, "ko")
    assert [c for c in summary.citations if c.status != "verified"] == []
    _, audit = space.audit(question, "ko")
    assert audit.verdict == "pass", audit.findings
