"""The whole job of `make demo` with executors on Fargate, on both routes, against pandas."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.agent_runtime.running_runtime import Event, request
from tests.demo.command_line import ROOT, Finished
from tests.demo.finished_report import FinishedReport
from tests.fargate.sessions.deployed_runtime import Platform, phases

PROMPT = (
    "지역별 매출 비중과 월별 매출 추이를 보여 주고, 매출 상위 5개 상품과 segment별 평균 매출을 "
    "비교해 줘. 이상치와 결측값도 확인해 줘."
)
MOST_CALLS = {
    "ecs.RunTask": 1,
    "ecs.StopTask": 1,
    "ecs.DescribeTasks": 40,
    "s3.HeadObject": 60,
    "s3.ListObjectsV2": 6,
    "s3.PutObject": 5,
}
"""Calls of one job at most; polls and artifacts grow with its length and not with its output."""


@pytest.mark.parametrize("route", ["direct", "alb"])
def test_the_demo_reports_what_pandas_computes(
    platform: Platform, tmp_path: Path, route: str
) -> None:
    with platform.runtime(tmp_path, None, route) as runtime:
        session = runtime.session()
        uri = runtime.upload(session, "orders.csv", (ROOT / "samples" / "orders.csv").read_bytes())
        events = session.events(**request([uri], prompt=PROMPT, language="ko"))
        counts = platform.account.calls.counts("runtime")
        last = runtime.check_end(session, events)
    assert last["type"] == "completed", last
    check_events(events, f"s3://{platform.stack.bucket}/sessions/{session.id}/artifacts/")
    check_report(platform, session.id, tmp_path)
    for name, most in MOST_CALLS.items():
        assert counts[name] <= most, counts
    direct = route == "direct"
    assert counts["elbv2.RegisterTargets"] == counts["elbv2.DeregisterTargets"] == 1 - direct


def check_events(events: list[Event], folder: str) -> None:
    """Numbered without a gap; every artifact has its place in the bucket."""
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    artifacts = events[-1]["artifacts"]
    assert {"report.pdf", "report.docx", "citations.json"} <= {a["path"] for a in artifacts}
    for artifact in artifacts:
        assert artifact["uri"] == folder + artifact["path"]
    assert phases(events)[0] == "executor_starting"
    assert "executor_ready" in phases(events)
    assert "artifact_missing" not in phases(events)


def check_report(platform: Platform, session_id: str, folder: Path) -> None:
    """The same facts as the local demo's test."""
    for path, content in platform.objects(session_id).items():
        target = folder / "report" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    report = FinishedReport(folder / "report", Finished(0, "", ""))
    orders = pd.read_csv(ROOT / "samples" / "orders.csv", parse_dates=["order_date"])
    total = float(orders["amount"].sum())
    assert report.cites(total)
    assert report.says(total)
    for region, amount in orders.groupby("region")["amount"].sum().nlargest(5).items():
        assert report.cites(float(amount), str(region)), region
    for product, amount in orders.groupby("product")["amount"].sum().nlargest(5).items():
        assert report.cites(float(amount), str(product)), product
    citations = json.loads(platform.object(f"sessions/{session_id}/artifacts/citations.json"))
    assert citations["verified"] == len(citations["citations"]) > 20
    assert report.json("audit.json")["verdict"] == "pass"
