"""The shipped demo: files, record, and every kind of number against pandas."""

import pandas as pd
import pytest

from tests.demo.command_line import ROOT
from tests.demo.finished_report import FinishedReport

EXPECTED_FILES = (
    "report.pdf",
    "report.docx",
    "citations.json",
    "calculations.json",
    "events.ndjson",
    "usage.json",
)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """The sample as pandas reads it, without any of our code."""
    return pd.read_csv(ROOT / "samples" / "orders.csv", parse_dates=["order_date"])


def test_the_command_succeeds_and_says_where_things_are(orders_demo: FinishedReport) -> None:
    assert orders_demo.command.returncode == 0, orders_demo.command.stderr
    assert f"report     {orders_demo.folder}/report.pdf" in orders_demo.command.stdout
    assert not orders_demo.folder.with_name("out.last-run").exists()


def test_every_file_is_there(orders_demo: FinishedReport) -> None:
    for name in EXPECTED_FILES:
        assert (orders_demo.folder / name).stat().st_size > 0, name
    charts = sorted(path.name for path in (orders_demo.folder / "charts").iterdir())
    images = [name for name in charts if name.endswith(".png")]
    assert len(images) >= 3
    assert [name.replace(".png", ".svg") for name in images] == charts[1::2]
    with (orders_demo.folder / "charts" / images[0]).open("rb") as image:
        assert image.read(8) == b"\x89PNG\r\n\x1a\n"


def test_every_event_is_there_in_order(orders_demo: FinishedReport) -> None:
    events = orders_demo.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "job_started"
    assert events[-1]["type"] == "completed"
    agents = [event["agent"] for event in events if event["type"] == "step_started"]
    for agent in ("coordinator", "planner", "coder", "validator", "reporter", "auditor"):
        assert agent in agents


def test_the_plan_answers_the_whole_question(orders_demo: FinishedReport) -> None:
    (plan,) = [event["plan"] for event in orders_demo.events() if event["type"] == "plan"]
    kinds = {step["analysis"]["kind"] for step in plan["steps"]}
    assert {"share", "trend", "top", "comparison", "outliers", "missing"} <= kinds
    assert plan["unanswered"] == []


def test_every_citation_is_verified_and_the_audit_passes(orders_demo: FinishedReport) -> None:
    citations = orders_demo.json("citations.json")
    assert citations["verified"] == len(citations["citations"]) > 20
    assert (citations["mismatch"], citations["unverifiable"]) == (0, 0)
    audit = orders_demo.json("audit.json")
    assert (audit["verdict"], audit["numbers_uncited"]) == ("pass", 0)


def test_the_total_and_the_regions(orders_demo: FinishedReport, orders: pd.DataFrame) -> None:
    total = float(orders["amount"].sum())
    assert orders_demo.cites(total)
    assert orders_demo.says(total)
    regions = orders.groupby("region")["amount"].sum().sort_values(ascending=False)
    for region, amount in list(regions.items())[:5]:
        assert orders_demo.cites(float(amount), str(region)), region
        assert orders_demo.says(float(amount)), region
        share = 100 * float(amount) / total
        assert orders_demo.cites(share, str(region)), region
        assert f"{share:.1f}%" in orders_demo.text, region


def test_the_months(orders_demo: FinishedReport, orders: pd.DataFrame) -> None:
    sums = orders.groupby(orders["order_date"].dt.strftime("%Y-%m"))["amount"].sum()
    months = {str(month): float(amount) for month, amount in sums.items()}
    by_amount = sorted(months, key=lambda month: months[month])
    for month in (min(months), max(months), by_amount[0], by_amount[-1]):
        assert orders_demo.cites(months[month], month), month
        assert orders_demo.says(months[month]), month
        assert month in orders_demo.text


def test_the_five_best_products(orders_demo: FinishedReport, orders: pd.DataFrame) -> None:
    best = orders.groupby("product")["amount"].sum().nlargest(5)
    for product, amount in best.items():
        assert orders_demo.cites(float(amount), str(product)), product
        assert orders_demo.says(float(amount)), product


def test_the_averages_of_the_segments(orders_demo: FinishedReport, orders: pd.DataFrame) -> None:
    for segment, average in orders.groupby("segment")["amount"].mean().items():
        assert orders_demo.cites(float(average), str(segment)), segment
        assert orders_demo.says(float(average), 2), segment


def test_the_missing_values(orders_demo: FinishedReport, orders: pd.DataFrame) -> None:
    missing = int(orders["amount"].isna().sum())
    assert orders_demo.cites(missing)
    assert orders_demo.says(missing)


def test_no_process_and_no_folder_of_the_run_is_left(orders_demo: FinishedReport) -> None:
    names = sorted(path.name for path in orders_demo.folder.parent.iterdir())
    assert names == ["out"]
