"""Groups beyond a table, points beyond a sample, and what each chart cites."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.offline_analyst.workspace import Workspace, workspace

ROWS = 4_500


def many_groups() -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "city": random.choice([f"city {chr(65 + i)}" for i in range(20)], ROWS),
            "amount 2024": random.integers(1, 10_000, ROWS),
            "score": random.normal(50, 9, ROWS).round(1),
            "customer_id": random.integers(1, 400, ROWS).astype(str),
        }
    )


def _charts() -> dict[str, Any]:
    return {c["id"]: c for c in json.loads(Path("artifacts/charts.json").read_text())["charts"]}


def _clean(space: Workspace, question: str, language: str) -> str:
    summary = space.answer(question, language)
    assert [c for c in summary.citations if c.status != "verified"] == []
    draft, audit = space.audit(question, language)
    assert audit.verdict == "pass", audit.findings
    return draft


@pytest.mark.parametrize(("language", "others"), [("ko", "기타"), ("en", "others")])
def test_sums_of_unlisted_groups_are_one_more_row(
    tmp_path: Path, language: str, others: str
) -> None:
    frame = many_groups()
    with workspace(tmp_path, frame) as space:
        draft = _clean(space, "amount 2024 by city", language)
        values, charts = space.values(), _charts()
    totals = frame.groupby("city")["amount 2024"].sum().sort_values(ascending=False)
    assert values["s1_hidden"] == len(totals) - 12
    assert values["s1_others"] == totals.iloc[12:].sum()
    assert values["s1_others_share"] == pytest.approx(100 * totals.iloc[12:].sum() / totals.sum())
    assert (
        f"| {others} ({{{{s1_hidden}}}}) | {{{{s1_others}}}} | {{{{s1_others_share}}}} |" in draft
    )
    assert len(charts["s1_chart"]["calculations"]) == 13
    assert charts["s1_chart"]["calculations"][-1] == "s1_others"


@pytest.mark.parametrize("question", ["average score by city", "how many customers by city"])
def test_unlisted_groups_that_cannot_be_added_are_counted(tmp_path: Path, question: str) -> None:
    frame = many_groups()
    with workspace(tmp_path, frame) as space:
        draft = _clean(space, question, "en")
        values = space.values()
    assert values["s1_hidden"] == frame["city"].nunique() - 12
    assert "s1_others" not in values
    assert "not listed: {{s1_hidden}}" in draft


def test_every_chart_cites_what_it_shows(tmp_path: Path) -> None:
    frame = many_groups()
    question = "total score, outliers of score, correlation of amount 2024 and score"
    with workspace(tmp_path, frame) as space:
        _clean(space, question, "en")
        charts, values = _charts(), space.values()
    histogram, box, points = (charts[f"s{number}_chart"] for number in (1, 2, 3))
    assert "s1_median" in histogram["calculations"]
    assert "{{s1_rows}}" in histogram["caption"]
    assert {"s2_first_quartile", "s2_median", "s2_count"} <= set(box["calculations"])
    assert values["s2_median"] == frame["score"].median()
    assert {"s3_correlation", "s3_pairs", "s3_points"} <= set(points["calculations"])
    assert (values["s3_points"], values["s3_pairs"]) == (4_000, ROWS)
    assert "`amount 2024`" in points["caption"]
