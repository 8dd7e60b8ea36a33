"""A number written into a chart's picture is a recorded value, or the chart is refused."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from executor import toolkit


@pytest.fixture
def recorded(workspace: Path) -> None:
    names, amounts = ["상품 5호", "상품 6호"], [1_235_041_030, 4_502_216]
    pd.DataFrame({"상품": names, "금액": amounts}).to_csv("data/t.csv", index=False)
    for rank, (name, amount) in enumerate(zip(names, amounts, strict=True), 1):
        toolkit.record(
            id=f"value_{rank}", value=amount, label=f"금액: {name}", source="data/t.csv",
            query=f"SELECT sum(\"금액\") FROM t WHERE \"상품\" = '{name}'", columns=["금액"],
        )  # fmt: skip


def _bars(title: str = "", labels: tuple[str, ...] = (), note: str = "") -> Figure:
    figure, axes = pyplot.subplots()
    bars = axes.bar(["상품 5호", "상품 6호"], [1_235_041_030, 4_502_216], label="2024")
    axes.set_title(title)
    axes.set_ylabel("금액 (2024)")
    axes.legend()
    if labels:
        axes.bar_label(bars, labels)
    figure.text(0.1, 0.9, note)
    return figure


@pytest.mark.parametrize(
    "figure",
    [
        {},
        {"labels": ("1,235,041,030", "4,502,216")},
        {"labels": ("12.4억", "4.5M")},
        {"labels": ("1,235", "4.50"), "title": "금액 (백만)"},
        {"title": "상품 5호가 가장 크다: 1.2B", "note": "5호"},
    ],
)
def test_values_of_the_chart_and_names_of_the_data_may_be_written(
    recorded: None, figure: dict[str, str]
) -> None:
    toolkit.save_chart(_bars(**figure), id="a", caption="c", calculations=["value_1", "value_2"])


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ({"title": "상위 17개"}, "17"),
        ({"labels": ("1,335,041,030", "4,502,216")}, "1,335,041,030"),
        ({"note": "전년보다 31% 증가"}, "31%"),
    ],
)
def test_any_other_number_is_refused(recorded: None, figure: dict[str, str], said: str) -> None:
    with pytest.raises(toolkit.errors.CalculationError, match=f"'a' holds {said} in"):
        toolkit.save_chart(
            _bars(**figure), id="a", caption="c", calculations=["value_1", "value_2"]
        )
    assert not Path("artifacts/charts.json").exists()


def test_the_shares_of_a_pie_are_read(recorded: None) -> None:
    figure, axes = pyplot.subplots()
    axes.pie([70, 30], labels=["상품 5호", "b"], autopct="%.1f%%")

    with pytest.raises(toolkit.errors.CalculationError, match=r"70\.0%"):
        toolkit.save_chart(figure, id="a", caption="c", calculations=["value_1"])
