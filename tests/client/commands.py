"""Fixtures: the client as a person runs it, in the `environment` that a folder's tests define."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client.cli import main
from tests.client.terminal_client import TerminalClient

RUN_SECONDS = 60

RunClient = Callable[..., "subprocess.CompletedProcess[str]"]
OpenTerminal = Callable[..., TerminalClient]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small data file."""
    file = tmp_path / "주문 데이터.csv"
    file.write_text("region,amount\n서울,10\n부산,20\n", encoding="utf-8")
    return file


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
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> RunClient:
    """As `run_client`, in this process: starting Python and boto3 costs most of a run's time."""

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        words = [str(argument) for argument in arguments]
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            here.delenv("COLUMNS", raising=False)
            for name, value in environment.items():
                here.setenv(name, value)
            code = main(words)
        captured = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, captured.out, captured.err)

    return run


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
