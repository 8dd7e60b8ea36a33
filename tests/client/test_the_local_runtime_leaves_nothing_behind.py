"""The child that a client starts: found, used, and gone, however the client ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.commands import OpenTerminal, RunClient
from tests.client.terminal_client import CTRL_C, WAIT_SECONDS


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """With a temporary folder of its own, and secrets that no child needs."""
    (tmp_path / "tmp").mkdir()
    secrets = {"AWS_SECRET_ACCESS_KEY": "secret", "DEEP_INSIGHT_NONSENSE": "1"}
    return environment | secrets | {"TMPDIR": str(tmp_path / "tmp")}


def children_of(marker: Path) -> dict[int, dict[str, str]]:
    """Environments of the processes whose artifacts go below `marker`."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            raw = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        pairs = [item.partition("=") for item in raw.decode(errors="replace").split("\0")]
        variables = {name: value for name, _, value in pairs}
        if variables.get("DEEP_INSIGHT_LOCAL_ARTIFACTS", "").startswith(f"{marker}/"):
            found[int(entry.name)] = variables
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_job_runs_in_a_child_that_is_stopped_afterwards(
    run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    done = run_client("analyze", data, "--prompt", "report", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.pdf").exists()
    assert not (tmp_path / "out" / "runtime.log").exists()
    assert children_of(tmp_path) == {}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_child_gets_its_settings_and_nothing_secret(
    open_terminal: OpenTerminal, data: Path, tmp_path: Path
) -> None:
    client = open_terminal("analyze", data, "--prompt", "waiting", "--out", "out")
    client.read_until("coder")
    (variables,) = children_of(tmp_path).values()
    assert variables["HOST"] == "127.0.0.1"
    assert variables["DEEP_INSIGHT_LOCAL_DATA_ROOTS"] == str(data)
    assert "AWS_SECRET_ACCESS_KEY" not in variables
    assert "DEEP_INSIGHT_NONSENSE" not in variables
    client.press(CTRL_C)
    client.read_until("[c]ancel the job, or Enter to go on:")
    client.press("c\n")
    assert client.end() == 3
    assert children_of(tmp_path) == {}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_child_dies_with_a_killed_client(
    open_terminal: OpenTerminal, data: Path, tmp_path: Path
) -> None:
    client = open_terminal("analyze", data, "--prompt", "waiting", "--out", "out")
    client.read_until("coder")
    assert len(children_of(tmp_path)) == 1
    client.process.kill()
    client.process.wait()
    wait_until(lambda: children_of(tmp_path) == {})


def test_a_child_that_ends_in_the_middle_is_reported_at_once(
    open_terminal: OpenTerminal, data: Path, tmp_path: Path
) -> None:
    client = open_terminal("analyze", data, "--prompt", "waiting", "--out", "out")
    client.read_until("coder")
    (child,) = children_of(tmp_path)
    os.kill(child, signal.SIGKILL)
    client.read_until("The local runtime ended unexpectedly (signal SIGKILL)")
    client.read_until("The record of the run is in out.last-run: events.ndjson, runtime.log.")
    assert client.end() == 5


def test_a_child_that_cannot_start_says_why(
    environment: dict[str, str], data: Path, tmp_path: Path
) -> None:
    package = tmp_path / "broken" / "agent_runtime"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("raise SystemExit('DEEP_INSIGHT_X is missing')")
    path = {"PYTHONPATH": f"{package.parent}:{environment['PYTHONPATH']}"}
    command = [sys.executable, "-m", "client", "analyze", str(data), "--prompt", "x"]
    done = subprocess.run(
        command, env=environment | path, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 5
    assert "ended unexpectedly (exit code 1); it said: DEEP_INSIGHT_X is missing" in done.stderr
    assert "runtime.log" in done.stderr


def test_a_file_with_a_colon_in_its_path_is_analysed(
    open_terminal: OpenTerminal, data: Path, tmp_path: Path
) -> None:
    file = data.rename(tmp_path / "sales 12:30.csv")
    client = open_terminal("analyze", file, "--prompt", "waiting", "--out", "out")
    client.read_until("coder")
    (variables,) = children_of(tmp_path).values()
    copy = Path(variables["DEEP_INSIGHT_LOCAL_DATA_ROOTS"])
    assert copy.name == "sales 12_30.csv"
    assert copy.read_bytes() == file.read_bytes()
    client.press(CTRL_C)
    client.read_until("go on:")
    client.press("c\n")
    assert client.end() == 3
