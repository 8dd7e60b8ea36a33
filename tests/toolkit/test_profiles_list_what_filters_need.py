"""A profile names the frequent values of a category, and stays small however wide the table is."""

import json
from pathlib import Path

import pandas as pd

from executor import toolkit


def test_a_category_lists_its_rare_values_too(workspace: Path) -> None:
    values = [f"지역{i:02d}" for i in range(30) for _ in range(40 - i)]
    pd.DataFrame({"지역": values, "금액": range(len(values))}).to_csv("data/t.csv", index=False)

    profile = toolkit.load("data/t.csv").profile.to_dict()

    top = {column["name"]: column["top"] for column in profile["columns"]}
    assert len(top["지역"]) == 30
    assert top["지역"][-1] == ["지역29", 11]


def test_a_profile_of_a_thousand_columns_stays_small(workspace: Path) -> None:
    values = [f"value {i % 60}" for i in range(240)]
    pd.DataFrame({f"c{i}": values for i in range(1_000)}).to_csv("data/t.csv", index=False)

    profile = toolkit.load("data/t.csv").profile.to_dict()

    assert max(len(column["top"]) for column in profile["columns"]) == 5
    assert len(json.dumps(profile)) < 500_000
