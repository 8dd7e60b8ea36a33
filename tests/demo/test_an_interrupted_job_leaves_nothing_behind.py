"""A real job that is interrupted or whose client is killed: runtime, executor and kernel go too."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo.command_line import ROOT, client

WAIT_SECONDS = 60


def processes_with(folder: Path) -> list[str]:
    """Command lines of all processes that have `folder` in their environment or command."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            texts = [(entry / name).read_bytes() for name in ("environ", "cmdline")]
        except OSError:
            continue
        if any(os.fsencode(folder) in text for text in texts):
            found.append(texts[1].replace(b"\0", b" ").decode(errors="replace"))
    return found


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def working(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A client whose job has an executor that has run code."""
    (tmp_path / "tmp").mkdir()
    command = client("analyze", ROOT / "samples" / "orders.csv", "--prompt", "월별 매출 추이")
    variables = {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp")}
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "out")],
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    events = tmp_path / "out.last-run" / "events.ndjson"

    def ran_code() -> bool:
        return events.exists() and '"execution_output"' in events.read_text(encoding="utf-8")

    try:
        wait_until(ran_code, "the job runs no code")
        assert len(processes_with(tmp_path)) >= 3
        yield process
    finally:
        process.kill()
        process.wait()


def test_an_interrupt_cancels_the_job_and_ends_every_process(
    working: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    working.send_signal(signal.SIGINT)
    assert working.wait(WAIT_SECONDS) == 3
    wait_until(lambda: processes_with(tmp_path) == [], "processes are left")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "out").exists()
    assert '"type":"cancelled"' in (tmp_path / "out.last-run" / "events.ndjson").read_text()


def test_a_killed_client_takes_every_process_with_it(
    working: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    working.kill()
    working.wait()
    wait_until(lambda: processes_with(tmp_path) == [], "processes are left")
    assert not (tmp_path / "out").exists()
