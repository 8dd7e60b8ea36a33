"""A whole job through S3 and AgentCore, as `analyze --stack` does it."""

import hashlib
import json
from pathlib import Path

from tests.client.stand_in_runtime import REPORT
from tests.fargate.client.conftest import RunClient
from tests.fargate.client.scripted_stack import ScriptedStack

WHERE = ("--outputs", "outputs.json", "--out", "out")


def test_a_report_arrives_and_the_session_is_stopped_once(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    done = run_client("analyze", data, "--prompt", "report", *WHERE)
    assert done.returncode == 0, done.stderr
    assert "citations  2 of 3 verified" in done.stdout
    for name, content in REPORT.items():
        assert (tmp_path / "out" / name).read_bytes() == content
    [analyze] = deployed.runtime.requests
    assert analyze["type"] == "analyze"
    [uri] = analyze["data"]
    assert uri.endswith("/inputs/주문 데이터.csv")
    head = deployed.head(uri)
    assert head["Metadata"]["sha256"] == hashlib.sha256(data.read_bytes()).hexdigest()
    assert head["ChecksumSHA256"]
    [stop] = deployed.account.calls.of("bedrock-agentcore.StopRuntimeSession", "client")
    [invoke] = deployed.account.calls.of("bedrock-agentcore.InvokeAgentRuntime", "client")
    assert stop.parameters["runtimeSessionId"] == invoke.parameters["runtimeSessionId"]
    assert len(invoke.parameters["runtimeSessionId"]) >= 33


def test_two_files_of_one_name_stay_two_inputs(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / data.name
    other.parent.mkdir()
    other.write_text("b\n2\n")
    done = run_client("analyze", data, other, "--prompt", "answer", *WHERE)
    assert done.returncode == 0, done.stderr
    names = [uri.rpartition("/")[2] for uri in deployed.runtime.requests[0]["data"]]
    assert names == ["주문 데이터.csv", "주문 데이터_2.csv"]


def test_an_ended_job_is_followed_from_its_record_without_a_machine(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    assert run_client("analyze", data, "--prompt", "report", *WHERE).returncode == 0
    events = (tmp_path / "out" / "events.ndjson").read_text()
    session = json.loads(events.splitlines()[0])["session_id"]
    deployed.account.calls.clear()
    again = ("attach", session, "--outputs", "outputs.json", "--out", "again")
    done = run_client(*again)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again" / "events.ndjson").read_text() == events
    assert (tmp_path / "again" / "report.pdf").read_bytes() == REPORT["report.pdf"]
    assert not deployed.account.calls.of("bedrock-agentcore.InvokeAgentRuntime")
