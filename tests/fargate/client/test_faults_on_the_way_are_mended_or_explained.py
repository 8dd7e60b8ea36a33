"""Faults between the client and AWS: every event once, every file whole, one sentence."""

import json
from pathlib import Path

import pytest

from tests.client.stand_in_runtime import REPORT
from tests.fargate.client.conftest import RunClient
from tests.fargate.client.scripted_stack import ScriptedStack
from tests.fargate.stand_ins.faults import CutBody, Refuse, throttle

WHERE = ("--outputs", "outputs.json", "--out", "out")
INVOKE = "bedrock-agentcore.InvokeAgentRuntime"
STOP = "bedrock-agentcore.StopRuntimeSession"


@pytest.fixture
def run_client(call_client: RunClient) -> RunClient:
    """In this process."""
    return call_client


def sequence(folder: Path) -> list[int]:
    return [json.loads(line)["seq"] for line in (folder / "events.ndjson").read_text().splitlines()]


def test_after_a_cut_stream_every_event_is_seen_once(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    cut = deployed.account.faults.add(INVOKE, CutBody(700), times=3)
    done = run_client("analyze", data, "--prompt", "drops", *WHERE)
    assert done.returncode == 0, done.stderr
    assert cut.met == 3
    assert "Connection lost after event" in done.stderr
    seen = sequence(tmp_path / "out")
    assert seen == list(range(1, len(seen) + 1))
    assert sum(message["type"] == "analyze" for message in deployed.runtime.requests) == 1
    assert len(deployed.account.calls.of(STOP)) == 1


def test_the_request_limit_of_the_service_is_outlived(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    deployed.agentcore.request_limit_seconds = 0.4
    deployed.runtime.pace_seconds = 0.1
    done = run_client("analyze", data, "--prompt", "report", *WHERE)
    assert done.returncode == 0, done.stderr
    seen = sequence(tmp_path / "out")
    assert seen == list(range(1, len(seen) + 1))
    assert "Connection lost after event" in done.stderr


def test_a_throttled_request_is_repeated_where_the_person_sees_it(
    deployed: ScriptedStack, run_client: RunClient, data: Path
) -> None:
    deployed.account.faults.add(INVOKE, throttle(), times=2)
    done = run_client("analyze", data, "--prompt", "answer", *WHERE)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("No job yet (ThrottlingException: Rate exceeded); attempt") == 2
    assert len(deployed.account.calls.of(INVOKE)) == 3


def test_a_machine_that_is_lost_with_its_job_is_explained(
    deployed: ScriptedStack, run_client: RunClient, data: Path
) -> None:
    deployed.account.faults.add(INVOKE, CutBody(700))
    deployed.account.faults.add(INVOKE, Refuse("RuntimeClientError", "error (404) from", 424))
    done = run_client("analyze", data, "--prompt", "waiting", *WHERE)
    assert done.returncode == 5
    assert "The runtime no longer has the job: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("ExpiredTokenException", 403, "error: The AWS credentials have expired; log in again"),
        ("AccessDeniedException", 403, "error: AWS refused invoking the runtime: refused; ask for"),
        ("ServiceQuotaExceededException", 402, "error: AgentCore's quota is used up (refused)"),
        ("ResourceNotFoundException", 404, "error: There is no runtime arn:aws:bedrock-agentcore"),
    ],
)
def test_credentials_that_end_during_the_job_leave_a_way_back(
    deployed: ScriptedStack,
    run_client: RunClient,
    data: Path,
    code: str,
    status: int,
    sentence: str,
) -> None:
    deployed.account.faults.add(INVOKE, CutBody(700))
    deployed.account.faults.add(INVOKE, Refuse(code, status=status))
    done = run_client("analyze", data, "--prompt", "report", *WHERE)
    assert done.returncode in (2, 5)
    assert sentence in done.stderr
    assert "To follow the job again:" in done.stderr
    assert f"--outputs {data.parent / 'outputs.json'} --out" in done.stderr
    assert not deployed.account.calls.of(STOP)
    again = run_client("attach", done.stderr.split("client attach ")[1].split()[0], *WHERE)
    assert again.returncode == 0, again.stderr


def test_a_refused_job_ends_its_session(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    done = run_client("analyze", data, "--prompt", "refused", *WHERE)
    assert done.returncode == 2
    assert "error: The runtime refused the request (400); the command 'logs'" in done.stderr
    assert len(deployed.account.calls.of(STOP)) == 1
    assert not (tmp_path / "out.last-run").exists()


def test_a_file_with_other_content_than_announced_is_no_result(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    done = run_client("analyze", data, "--prompt", "tampered", *WHERE)
    assert done.returncode == 1
    assert "'report.pdf' arrived with other content than the runtime announced" in done.stderr
    assert not (tmp_path / "out").exists()
    assert len(deployed.account.calls.of(STOP)) == 1


def test_a_download_that_breaks_is_resumed(
    deployed: ScriptedStack, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    broken = deployed.account.faults.add(
        "s3.GetObject",
        CutBody(5),
        where=lambda request: str(request.parameters["Key"]).endswith("report.pdf"),
    )
    done = run_client("analyze", data, "--prompt", "report", *WHERE)
    assert done.returncode == 0, done.stderr
    assert broken.met == 1
    assert (tmp_path / "out" / "report.pdf").read_bytes() == REPORT["report.pdf"]
    assert "The download of report.pdf broke after 5 bytes; attempt 2 of 5" in done.stderr


def test_a_session_that_cannot_be_stopped_is_said_and_harms_nothing(
    deployed: ScriptedStack, run_client: RunClient, data: Path
) -> None:
    deployed.account.faults.add(STOP, Refuse("AccessDeniedException", status=403))
    done = run_client("analyze", data, "--prompt", "answer", *WHERE)
    assert done.returncode == 0
    assert "The session was not stopped: AWS refused stopping it" in done.stderr
