# ruff: noqa: E501 - one question a line
"""What a question is understood to ask, over tables of different shapes."""

from typing import Any

import pytest

from agent_runtime.models.offline.understanding import understand
from tests.offline_analyst.datasets import FRAMES
from tests.offline_analyst.understood import Wanted, assert_asks_for, profiles_of

QUESTIONS: list[tuple[str, str, Wanted]] = [
    ("sales", "total sales by region", [{"kind": "share", "measure": "amount", "dimension": "region"}]),
    ("sales", "지역별 매출 합계", [{"kind": "share", "measure": "amount", "dimension": "region"}]),
    ("sales", "top 3 products by revenue", [{"kind": "top", "measure": "amount", "dimension": "product", "n": 3}]),
    ("sales", "매출 상위 5개 상품", [{"kind": "top", "measure": "amount", "dimension": "product", "n": 5}]),
    ("sales", "worst 3 categories", [{"kind": "bottom", "dimension": "category", "n": 3}]),
    ("sales", "월별 매출 추이", [{"kind": "trend", "measure": "amount", "time": "order_date", "period": "month"}]),
    ("sales", "quarterly sales", [{"kind": "trend", "period": "quarter", "aggregate": "sum"}]),
    ("sales", "월별 주문 건수 추이", [{"kind": "trend", "aggregate": "count", "measure": None}]),
    ("sales", "which month had the highest sales?", [{"kind": "top", "time": "order_date", "period": "month"}]),
    ("sales", "매출이 가장 높은 지역은?", [{"kind": "top", "measure": "amount", "dimension": "region"}]),
    ("sales", "서울과 부산의 매출을 비교해줘", [{"kind": "comparison", "dimension": "region", "values": ["서울", "부산"]}]),
    ("sales", "compare 2023 and 2024 sales", [{"kind": "comparison", "time": "order_date", "values": ["2023", "2024"]}]),
    ("sales", "2024년 지역별 매출", [{"kind": "share", "filters": [{"column": "order_date", "value": "2024"}]}]),
    ("sales", "서울 지역 매출", [{"kind": "total", "filters": [{"column": "region", "value": "서울"}], "dimension": None}]),
    ("sales", "수량과 금액의 상관관계", [{"kind": "correlation", "measure": "quantity", "second_measure": "amount"}]),
    ("sales", "Do prices affect quantity?", [{"kind": "correlation", "measure": "unit_price"}]),
    ("sales", "average order amount by category", [{"kind": "average", "measure": "amount", "dimension": "category"}]),
    ("sales", "결측치 현황", [{"kind": "missing"}]),
    ("sales", "카테고리별 주문 수", [{"kind": "count", "dimension": "category", "measure": "order_id"}]),
    (
        "sales",
        "월별 매출 추이와 지역별 비중, 상위 5개 상품을 분석해줘",
        [{"kind": "trend", "dimension": None}, {"kind": "share", "dimension": "region"}, {"kind": "top", "n": 5}],
    ),
    ("sales", "월별 매출 추이, 데이터 품질", [{"kind": "trend"}, {"kind": "missing", "dimension": None}]),
    (
        "sales",
        "Give me total revenue, average price and the number of orders",
        [{"kind": "total", "measure": "amount"}, {"kind": "average", "measure": "unit_price"}, {"kind": "count"}],
    ),
    ("people", "average salary by department", [{"kind": "average", "measure": "연봉", "dimension": "부서"}]),
    ("people", "나이와 연봉의 관계", [{"kind": "correlation", "measure": "나이", "second_measure": "연봉"}]),
    ("people", "직급별 인원수", [{"kind": "count", "dimension": "직급", "measure": None}]),
    ("people", "연봉 상위 10명", [{"kind": "top", "measure": "연봉", "dimension": "사번", "n": 10}]),
    ("people", "남녀 연봉 차이", [{"kind": "comparison", "measure": "연봉", "dimension": "성별", "aggregate": "mean"}]),
    ("people", "gender ratio", [{"kind": "share", "dimension": "성별", "aggregate": "count"}]),
    ("people", "만족도 결측은 얼마나?", [{"kind": "missing", "dimension": "만족도"}]),
    ("people", "입사 연도별 인원 추이", [{"kind": "trend", "time": "입사일", "period": "year", "aggregate": "count"}]),
    ("readings", "average temperature per day", [{"kind": "trend", "measure": "temperatureC", "period": "day", "aggregate": "mean"}]),
    ("readings", "온도와 습도의 상관관계", [{"kind": "correlation", "measure": "temperatureC", "second_measure": "humidity"}]),
    ("readings", "temperature outliers", [{"kind": "outliers", "measure": "temperatureC"}]),
    ("readings", "가장 높은 온도는 언제였나?", [{"kind": "top", "measure": "temperatureC", "dimension": "timestamp"}]),
    ("exam", "반별 수학 평균", [{"kind": "average", "measure": "math", "dimension": "class"}]),
    ("exam", "top 5 students in math", [{"kind": "top", "measure": "math", "dimension": "student_name"}]),
    ("exam", "compare math and english", [{"kind": "comparison", "measure": "math", "second_measure": "english"}]),
    ("exam", "gender differences in science", [{"kind": "comparison", "measure": "science", "dimension": "gender"}]),
]  # fmt: skip

GAPS = [
    ("sales", "profit by planet", "absent"),
    ("sales", "이익률 추이", "absent"),
    ("sales", "화성의 매출은?", "absent"),
    ("sales", "다음 달 매출을 예측해줘", "forecast"),
    ("sales", "왜 매출이 줄었나요?", "cause"),
    ("exam", "history scores by class", "absent"),
    ("exam", "monthly trend of math", "no_time"),
    ("readings", "pressure trend", "absent"),
]


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return profiles_of(FRAMES, tmp_path_factory)


@pytest.mark.parametrize(("table", "question", "wanted"), QUESTIONS)
def test_a_question_becomes_the_analyses_it_asks_for(
    profiles: dict[str, Any], table: str, question: str, wanted: Wanted
) -> None:
    assert_asks_for(question, profiles[table], wanted)


@pytest.mark.parametrize(("table", "question", "reason"), GAPS)
def test_what_the_data_cannot_answer_is_a_gap_and_no_analysis(
    profiles: dict[str, Any], table: str, question: str, reason: str
) -> None:
    understood = understand(question, [profiles[table]])
    assert [gap.reason for gap in understood.gaps] == [reason]
    assert not understood.tasks


@pytest.mark.parametrize("table", FRAMES)
@pytest.mark.parametrize("question", ["analyse this data", "이 데이터를 분석해줘", "요약"])
def test_a_general_question_gets_an_overview_of_any_table(
    profiles: dict[str, Any], table: str, question: str
) -> None:
    kinds = [task.analysis.kind for task in understand(question, [profiles[table]]).tasks]
    assert kinds[0] == "overview"
    assert "missing" in kinds
    assert len(kinds) >= 4


def test_a_part_that_can_be_answered_is_answered_beside_one_that_cannot(
    profiles: dict[str, Any],
) -> None:
    understood = understand("지역별 매출과 이익", [profiles["sales"]])
    assert [task.analysis.kind for task in understood.tasks] == ["share"]
    assert [gap.phrase for gap in understood.gaps] == ["이익"]


def test_of_two_files_the_one_with_the_columns_is_used(profiles: dict[str, Any]) -> None:
    both = [profiles["sales"], {**profiles["people"], "path": "data/people.csv"}]
    understood = understand("부서별 평균 연봉", both)
    assert [task.analysis.source for task in understood.tasks] == ["data/people.csv"]
