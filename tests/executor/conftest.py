from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.executor.running_executor import RunningExecutor, eventually

StartExecutor = Callable[..., RunningExecutor]

SHARED_LIMITS = {
    "LIMIT_PROCESSES": "40",
    "LIMIT_MEMORY_BYTES": str(768 * 2**20),
    "LIMIT_OUTPUT_BYTES": str(256 * 2**10),
    "LIMIT_UPLOAD_BYTES": str(64 * 2**20),
    "LIMIT_QUEUE": "3",
    "HEARTBEAT_SECONDS": "0.2",
}

PROCESSES_OF_AN_IDLE_SERVER = 3
"""Below its first process: worker, template process and kernel."""


@pytest.fixture(scope="session")
def shared_executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExecutor]:
    server = RunningExecutor(tmp_path_factory.mktemp("workspace"), **SHARED_LIMITS)
    try:
        assert server.run("1 + 1").result == "2"
        yield server
    finally:
        server.stop()


@pytest.fixture
def executor(shared_executor: RunningExecutor) -> Iterator[RunningExecutor]:
    """The shared server, with small limits; checked to be healthy and idle after each test."""
    yield shared_executor
    eventually(lambda: shared_executor.describe()["kernel"]["state"] == "idle", "kernel is idle")
    health = shared_executor.request("GET", "/health", authorized=False)
    assert (health.status, health.json) == (200, {"status": "ok"})
    if len(shared_executor.processes()) > PROCESSES_OF_AN_IDLE_SERVER:
        shared_executor.run("import os; os._exit(0)")
    eventually(
        lambda: len(shared_executor.processes()) == PROCESSES_OF_AN_IDLE_SERVER,
        "nothing but worker, template process and kernel is left",
    )


@pytest.fixture
def start_executor(tmp_path: Path) -> Iterator[StartExecutor]:
    """Starts servers with settings of their own and stops them after the test."""
    started: list[RunningExecutor] = []

    def start(**settings: str) -> RunningExecutor:
        started.append(RunningExecutor(tmp_path / f"workspace-{len(started)}", **settings))
        return started[-1]

    yield start
    for server in started:
        server.stop()
