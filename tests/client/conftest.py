"""A stand-in runtime and the client as a person runs it."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client.cli import main
from tests.client.stand_in_runtime import StandInRuntime
from tests.client.terminal_client import TerminalClient

ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("stand_in")
RUN_SECONDS = 60

RunClient = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[StandInRuntime]:
    """A scripted runtime at a URL."""
    server = StandInRuntime(tmp_path / "runtime")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small data file."""
    file = tmp_path / "주문 데이터.csv"
    file.write_text("region,amount\n서울,10\n부산,20\n", encoding="utf-8")
    return file


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of a client whose local runtime is the scripted one."""
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return kept | {"PYTHONPATH": f"{STAND_IN}:{ROOT}", "PYTHONSAFEPATH": "1"}


@pytest.fixture
def run_client(environment: dict[str, str], tmp_path: Path) -> RunClient:
    """Runs `python -m client ...` in the test's folder, without a terminal, to its end."""

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "client", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )

    return run


@pytest.fixture
def call_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RunClient:
    """As `run_client`, in this process: a third of a second less for each of many commands."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        words = [str(argument) for argument in arguments]
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            code = main(words)
        captured = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, captured.out, captured.err)

    return run


OpenTerminal = Callable[..., TerminalClient]


@pytest.fixture
def open_terminal(environment: dict[str, str], tmp_path: Path) -> Iterator[OpenTerminal]:
    """Starts `python -m client ...` at a terminal."""
    opened: list[TerminalClient] = []

    def open_client(*arguments: object) -> TerminalClient:
        opened.append(TerminalClient(arguments, tmp_path, environment))
        return opened[-1]

    yield open_client
    for client in opened:
        client.close()
