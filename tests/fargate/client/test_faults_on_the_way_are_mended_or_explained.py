"""Faults between the client and AWS: every event once, every file whole, one sentence."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from client.stream import RetryPolicy
from tests.client.commands import RunClient
from tests.client.stand_in_runtime import REPORT
from tests.fargate.client.scripted_stack import ScriptedStack
from tests.fargate.stand_ins.answer import Answer
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.faults import CutBody, Forward, Refuse, Slow, reset, throttle

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


class FallSilent:
    """The stream stays open after so many bytes, and nothing comes any more."""

    def __init__(self, after_bytes: int, released: threading.Event) -> None:
        self._after_bytes = after_bytes
        self._released = released

    def apply(self, asked: AwsRequest, forward: Forward) -> Answer:
        answer = forward()

        def body() -> Iterator[bytes]:
            left = self._after_bytes
            for data in answer.body:
                yield data[:left]
                left -= len(data)
                if left <= 0:
                    break
            self._released.wait(30)
            raise reset(asked.environ)

        return Answer(answer.status, body(), answer.headers)


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Ends what is held up; the client's patience is short."""
    monkeypatch.setattr("client.agentcore.SILENCE_SECONDS", 0.3)
    monkeypatch.setattr("client.job.RetryPolicy", partial(RetryPolicy, attempts=2, first_wait=0.01))
    event = threading.Event()
    yield event
    event.set()


def test_a_stream_that_falls_silent_is_attached_again(
    deployed: ScriptedStack,
    run_client: RunClient,
    data: Path,
    tmp_path: Path,
    released: threading.Event,
) -> None:
    silent = deployed.account.faults.add(INVOKE, FallSilent(700, released), times=2)
    done = run_client("analyze", data, "--prompt", "report", *WHERE)
    assert done.returncode == 0, done.stderr
    assert silent.met == 2
    assert "(it fell silent); attempt 1 of 2" in done.stderr
    seen = sequence(tmp_path / "out")
    assert seen == list(range(1, len(seen) + 1))


@pytest.mark.parametrize("answers", [True, False])
def test_a_runtime_that_says_nothing_any_more_is_given_up_in_one_sentence(
    deployed: ScriptedStack,
    run_client: RunClient,
    data: Path,
    released: threading.Event,
    answers: bool,
) -> None:
    """Whether attaching again is answered with a silent stream, or not at all."""
    faults = deployed.account.faults
    faults.add(INVOKE, FallSilent(700, released))
    attached = faults.add(
        INVOKE, FallSilent(0, released) if answers else Slow(30, released), times=2
    )
    done = run_client("analyze", data, "--prompt", "waiting", *WHERE)
    assert done.returncode == 5
    assert attached.met == 2
    sentence = "error: The connection to the runtime was lost after event"
    assert "and 2 attempts to attach again failed (it fell silent)." in done.stderr
    assert done.stderr.count(sentence) == 1
    assert "To follow the job again:" in done.stderr
    assert "Traceback" not in done.stderr


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
