from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.executor.running_executor import ROOT, RunningExecutor, environment


def start(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "executor"],
        env=variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    variables = environment(
        tmp_path / "workspace",
        SESSION_TOKEN_SHA256="abc",
        PORT="99999",
        KERNEL_NETWORK="some",
        LIMIT_QUEUE="many",
        LIMIT_MEMORY_BYTE="1",
        ARTIFACT_SINK="s3://bucket",
    )
    del variables["SESSION_ID"]
    ended = start(variables)
    assert ended.returncode == 2
    problems = ended.stderr.splitlines()
    assert all(problem.startswith("executor: ") for problem in problems)
    named = {problem.split(": ")[1] for problem in problems}
    assert named == {
        "SESSION_ID",
        "SESSION_TOKEN_SHA256",
        "PORT",
        "KERNEL_NETWORK",
        "LIMIT_QUEUE",
        "LIMIT_MEMORY_BYTE",
        "ARTIFACT_SINK",
    }
    assert "did you mean LIMIT_MEMORY_BYTES?" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WORKSPACE", "relative/folder", "not an absolute path"),
        ("WORKSPACE", "/proc/no/such", "cannot be made"),
        ("LIMIT_TIMEOUT_SECONDS", "4000", "LIMIT_TIMEOUT_MAX_SECONDS"),
        ("HEARTBEAT_SECONDS", "0", "greater than 0"),
        ("LIMIT_MEMORY_BYTES", "1", "greater than or equal to"),
    ],
)
def test_a_wrong_value_is_one_sentence(tmp_path: Path, name: str, value: str, said: str) -> None:
    ended = start({**environment(tmp_path / "workspace"), name: value})
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert said in line


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start(environment(tmp_path / "workspace", PORT=str(port)))
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "in use" in line
    assert "set PORT" in line


def test_port_zero_lets_the_system_choose_and_the_log_is_json(executor: RunningExecutor) -> None:
    assert executor.port > 0
    for line in executor.log:
        assert {"time", "level", "event", "session_id"} <= line.keys()


def test_the_workspace_is_made(executor: RunningExecutor) -> None:
    assert {"artifacts", "data"} <= {path.name for path in executor.workspace.iterdir()}
