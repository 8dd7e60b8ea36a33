"""Real signals to a real client: what a person's Ctrl-C means at each place."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.commands import OpenTerminal, RunClient
from tests.client.stand_in_runtime import StandInRuntime
from tests.client.terminal_client import CTRL_C


@pytest.fixture
def analyze(runtime: StandInRuntime, data: Path) -> list[object]:
    """Arguments without the prompt."""
    return ["analyze", data, "--runtime", runtime.url, "--out", "out", "--prompt"]


@pytest.fixture
def piped(
    environment: dict[str, str], tmp_path: Path, analyze: list[object]
) -> Iterator["subprocess.Popen[str]"]:
    """A client without a terminal, in a job that only ends when it is cancelled."""
    with subprocess.Popen(
        [sys.executable, "-m", "client", *map(str, analyze), "waiting"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_terminal_the_first_signal_cancels(
    runtime: StandInRuntime,
    piped: "subprocess.Popen[str]",
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    runtime.wait_for_job()
    piped.send_signal(number)
    _, said = piped.communicate(timeout=20)
    assert piped.returncode == 3
    assert "Cancelled: The caller cancelled the job." in said
    assert "Traceback" not in said
    events = (tmp_path / "out.last-run" / "events.ndjson").read_text().splitlines()
    assert json.loads(events[-1])["type"] == "cancelled"
    marker = json.loads((tmp_path / "out.last-run" / ".deep-insight.json").read_text())
    assert marker["status"] == "cancelled"


def test_at_a_terminal_ctrl_c_asks_and_c_cancels(
    open_terminal: OpenTerminal, analyze: list[object]
) -> None:
    client = open_terminal(*analyze, "waiting")
    client.read_until("coder")
    client.press(CTRL_C)
    client.read_until("[c]ancel the job, [d]etach and let it run, or Enter to go on:")
    client.press("c\n")
    client.read_until("Cancelled: The caller cancelled the job.")
    assert client.end() == 3


def test_enter_goes_on_and_the_next_ctrl_c_asks_again(
    open_terminal: OpenTerminal, analyze: list[object]
) -> None:
    client = open_terminal(*analyze, "waiting")
    client.read_until("coder")
    for _ in range(2):
        client.press(CTRL_C)
        client.read_until("or Enter to go on:")
        client.press("\n")
        client.read_until("coder")
    client.press(CTRL_C)
    client.read_until("or Enter to go on:")
    client.press("c\n")
    assert client.end() == 3


def test_a_detached_job_goes_on_and_attach_brings_all_of_it(
    open_terminal: OpenTerminal,
    run_client: RunClient,
    runtime: StandInRuntime,
    analyze: list[object],
    tmp_path: Path,
) -> None:
    client = open_terminal(*analyze, "detachable")
    client.read_until("coder")
    client.press(CTRL_C)
    client.read_until("go on:")
    client.press("d\n")
    client.read_until("python -m client attach ")
    assert client.end() == 4
    job = runtime.wait_for_job()
    assert f"attach {job.session_id} --runtime {runtime.url} --out" in client.screen
    assert [m["type"] for m in runtime.requests] == ["analyze"]
    job.tell({"type": "continue"})
    done = run_client("attach", job.session_id, "--runtime", runtime.url, "--out", "out")
    assert done.returncode == 0, done.stderr
    events = (tmp_path / "out" / "events.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in events] == job.events


def test_a_second_ctrl_c_at_the_question_leaves_at_once(
    open_terminal: OpenTerminal, analyze: list[object], runtime: StandInRuntime
) -> None:
    client = open_terminal(*analyze, "waiting")
    client.read_until("coder")
    client.press(CTRL_C)
    client.read_until("go on:")
    client.press(CTRL_C)
    assert client.end() == 4
    assert "attach" in client.screen
    assert [m["type"] for m in runtime.requests] == ["analyze"]


def test_a_second_signal_does_not_wait_for_the_cancellation(
    open_terminal: OpenTerminal, analyze: list[object]
) -> None:
    client = open_terminal(*analyze, "deaf")
    client.read_until("waiting for the runtime")
    client.press(CTRL_C)
    client.read_until("go on:")
    client.press("c\n")
    client.read_until("Ctrl-C once more ends at once")
    client.press(CTRL_C)
    client.read_until("Cancelled.")
    assert client.end() == 3
    assert "Traceback" not in client.screen
