"""A whole job through S3 and AgentCore, as `analyze --stack` does it."""

import hashlib
import json
from pathlib import Path

import pytest

from client import transfer_progress
from tests.client.commands import RunClient
from tests.client.stand_in_runtime import REPORT
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
    deployed: ScriptedStack, call_client: RunClient, data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / data.name
    other.parent.mkdir()
    other.write_text("b\n2\n")
    done = call_client("analyze", data, other, "--prompt", "answer", *WHERE)
    assert done.returncode == 0, done.stderr
    names = [uri.rpartition("/")[2] for uri in deployed.runtime.requests[0]["data"]]
    assert names == ["주문 데이터.csv", "주문 데이터_2.csv"]


def test_an_ended_job_is_followed_from_its_record_without_a_machine(
    deployed: ScriptedStack, call_client: RunClient, data: Path, tmp_path: Path
) -> None:
    assert call_client("analyze", data, "--prompt", "report", *WHERE).returncode == 0
    events = (tmp_path / "out" / "events.ndjson").read_text()
    session = json.loads(events.splitlines()[0])["session_id"]
    deployed.account.calls.clear()
    again = ("attach", session, "--outputs", "outputs.json", "--out", "again")
    done = call_client(*again)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again" / "events.ndjson").read_text() == events
    assert (tmp_path / "again" / "report.pdf").read_bytes() == REPORT["report.pdf"]
    assert not deployed.account.calls.of("bedrock-agentcore.InvokeAgentRuntime")


def test_a_large_file_goes_in_parts_and_says_how_far_it_is(
    deployed: ScriptedStack,
    call_client: RunClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transfer_progress, "SHOWN_AFTER_SECONDS", 0.0)
    file = tmp_path / "large.csv"
    file.write_bytes(b"a\n" + b"1\n" * (10 << 20))
    done = call_client("analyze", file, "--prompt", "answer", *WHERE)
    assert done.returncode == 0, done.stderr
    assert "Uploading 1 file, 20.0 MiB." in done.stderr
    assert "Uploading: " in done.stderr
    calls = deployed.account.calls.counts("client")
    assert (calls["s3.CreateMultipartUpload"], calls["s3.UploadPart"]) == (1, 2)
    head = deployed.head(deployed.runtime.requests[0]["data"][0])
    assert head["Metadata"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_separators_of_unicode_in_a_recorded_event_break_no_line(
    deployed: ScriptedStack, call_client: RunClient
) -> None:
    session = "deep-insight-separators-00000000000000000"
    deployed.begin(session, {"prompt": "?"})
    started = {"seq": 1, "type": "job_started", "session_id": session}
    ended = {"seq": 2, "type": "completed", "session_id": session, "artifacts": []}
    deployed.keep([started], ended | {"answer": "one\u2028two\x85three"})
    done = call_client("attach", session, *WHERE)
    assert done.returncode == 0, done.stderr
    assert "one" in done.stdout
