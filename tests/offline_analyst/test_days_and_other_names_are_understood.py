# ruff: noqa: E501 - one question a line
"""Weekends, weekdays and days of the week of a date column; values under a name the data tell."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agent_runtime.models.offline.understanding import understand
from tests.offline_analyst.workspace import Workspace, workspace

ROWS = 700
_DATE = "order_date"
_PARTS = {"kind": "comparison", "time": _DATE, "period": "weekpart", "filters": None}


def visits() -> pd.DataFrame:
    random = np.random.default_rng(21)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 366, ROWS), "D")
    return pd.DataFrame(
        {
            "order_date": days.astype(str),
            "region": random.choice(["서울특별시", "경기도", "부산광역시", "제주시"], ROWS),
            "menu": random.choice(["커피 (Coffee)", "녹차/Tea", "물"], ROWS),
            "amount": random.integers(100, 9_000, ROWS),
        }
    )


def _filter(column: str, value: str, **more: str) -> dict[str, Any]:
    return {"filters": [{"column": column, "value": value, **more}]}


UNDERSTOOD: list[tuple[str, dict[str, Any]]] = [
    ("주말 매출", {"kind": "total", **_filter(_DATE, "weekend")}),
    ("sales on weekdays", {"kind": "total", **_filter(_DATE, "weekdays")}),
    ("평일 지역별 매출", {"dimension": "region", **_filter(_DATE, "weekdays")}),
    ("주말을 제외한 매출", {"kind": "total", **_filter(_DATE, "weekend", operator="not")}),
    ("월요일 매출은 얼마야?", {"kind": "total", **_filter(_DATE, "monday")}),
    ("average sales on Fridays", {"kind": "average", **_filter(_DATE, "friday")}),
    ("주말과 평일 매출 비교", _PARTS),
    ("주말/평일 매출", _PARTS),
    ("compare weekend and weekday sales", _PARTS),
    ("weekday vs weekend sales", _PARTS),
    ("월요일과 금요일 매출 비교", {"kind": "comparison", "period": "weekday", "values": ["monday", "friday"]}),
    ("주말 매출 비중", {"kind": "share", "period": "weekpart", "values": ["weekend"]}),
    ("sales by weekday", {"kind": "share", "period": "weekday", "filters": None}),
    ("서울 매출", _filter("region", "서울특별시")),
    ("Coffee sales", _filter("menu", "커피 (Coffee)")),
    ("녹차 매출", _filter("menu", "녹차/Tea")),
]  # fmt: skip


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with workspace(tmp_path_factory.mktemp("visits"), visits()) as found:
        yield found


@pytest.mark.parametrize(("question", "expected"), UNDERSTOOD)
def test_days_and_names_become_conditions_or_groups(
    space: Workspace, question: str, expected: dict[str, Any]
) -> None:
    understood = understand(question, [space.profile])

    analyses = [task.analysis.to_dict() for task in understood.tasks]
    assert not understood.gaps
    assert len(analyses) == 1, analyses
    assert {key: analyses[0].get(key) for key in expected} == expected


def test_a_name_that_two_values_share_is_refused(tmp_path: Path) -> None:
    frame = visits().assign(region=["광주시", "광주광역시"] * (ROWS // 2))
    with workspace(tmp_path, frame) as space:
        understood = understand("광주 매출", [space.profile])
    assert [gap.reason for gap in understood.gaps] == ["absent"]


def test_days_of_a_table_without_dates_are_refused(tmp_path: Path) -> None:
    with workspace(tmp_path, visits().drop(columns=_DATE)) as space:
        understood = understand("주말 매출", [space.profile])
    assert [gap.reason for gap in understood.gaps] == ["absent"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_parts_of_the_week_are_computed_and_verified(space: Workspace, language: str) -> None:
    question = (
        "주말과 평일 매출 비교, 월요일과 금요일 매출 비교, 주말을 제외한 매출, 주말 매출 비중"
    )
    summary = space.answer(question, language)
    assert [c for c in summary.citations if c.status != "verified"] == []
    draft, audit = space.audit(question, language)
    assert audit.verdict == "pass", audit.findings

    frame, values = visits(), space.values()
    day, amount = pd.to_datetime(frame[_DATE]).dt.day_of_week, frame["amount"]
    weekend = int(amount[day >= 5].sum())
    names = {"ko": ["평일", "주말"], "en": ["weekdays", "weekend"]}[language]
    assert [values["s1_name_1"], values["s1_name_2"]] == names
    assert (values["s1_value_1"], values["s1_value_2"]) == (amount.sum() - weekend, weekend)
    days = pd.to_datetime(frame[_DATE])[day >= 5].nunique()
    assert values["s1_per_day_2"] == pytest.approx(weekend / days)
    assert "{{s1_per_day_1}}" in draft
    assert {values["s2_value_1"], values["s2_value_2"]} == {
        amount[day == 0].sum(),
        amount[day == 4].sum(),
    }
    assert values["s3_total"] == amount[day < 5].sum()
    assert values["s4_share_2"] == pytest.approx(100 * weekend / amount.sum())
    assert ("평일·주말별" if language == "ko" else "weekdays or weekend") in draft
