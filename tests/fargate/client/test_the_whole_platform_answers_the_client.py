"""Nothing scripted: the client, AgentCore's data plane, the runtime's server, an executor."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.client.commands import RunClient
from tests.client.conftest import ROOT
from tests.demo.finished_report import FinishedReport
from tests.fargate.client.scripted_stack import stack_outputs
from tests.fargate.stand_ins import Account, AgentCore, DeployedStack, Fargate
from tests.fargate.stand_ins.polling import eventually

WHERE = ("--outputs", "outputs.json", "--out", "out")
DATA = ROOT / "samples" / "orders.csv"


@pytest.fixture
def agentcore(
    account: Account, stack: DeployedStack, fargate: Fargate, tmp_path: Path
) -> Iterator[AgentCore]:
    """The runtime as deployed, with the offline model and executors as tasks."""
    environment = stack.runtime_environment(route="direct") | {
        "DEEP_INSIGHT_MODEL_PROVIDER": "offline"
    }
    with AgentCore(account, environment) as agentcore:
        # Shorter than the job: the service cuts the stream, and the client comes back.
        agentcore.request_limit_seconds = 4.0
        (tmp_path / "outputs.json").write_text(json.dumps(stack_outputs(stack, agentcore.arn)))
        yield agentcore


def test_a_report_is_made_fetched_listed_and_nothing_is_left(
    account: Account, agentcore: AgentCore, run_client: RunClient, tmp_path: Path
) -> None:
    done = run_client("analyze", DATA, "--prompt", "지역별 매출 합계를 보여 줘", *WHERE)
    assert done.returncode == 0, done.stderr
    report = FinishedReport(tmp_path / "out", done)
    orders = pd.read_csv(DATA)
    for region, amount in orders.groupby("region")["amount"].sum().nlargest(5).items():
        assert report.cites(float(amount), str(region)), region
    events = [json.loads(line) for line in (tmp_path / "out" / "events.ndjson").open()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    session = events[0]["session_id"]
    assert len(account.calls.of("bedrock-agentcore.StopRuntimeSession")) == 1
    assert len(account.calls.of("ecs.RunTask")) == 1
    eventually(lambda: not account.tasks.live(), "the executor's task has stopped")

    listed = run_client("sessions", "--outputs", "outputs.json", "--json", "--limit", "1000")
    [entry] = [one for one in json.loads(listed.stdout) if one["session_id"] == session]
    assert entry["status"] == "completed"
    assert entry["owner"].startswith("arn:aws:sts::")
    cancelled = run_client("cancel", session, "--outputs", "outputs.json")
    assert "The job has ended already: completed." in cancelled.stderr, cancelled.stderr
