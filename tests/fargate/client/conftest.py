"""The client as a person runs it, against a deployed stack."""

import json
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
from tests.fargate.client.scripted_stack import CLIENT, ScriptedStack
from tests.fargate.stand_ins import Account, DeployedStack

ROOT = Path(__file__).parents[3]
RUN_SECONDS = 60

RunClient = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def deployed(account: Account, stack: DeployedStack, tmp_path: Path) -> Iterator[ScriptedStack]:
    """A stack whose runtime is scripted: the prompt names what happens."""
    runtime = StandInRuntime(tmp_path / "runtime")
    thread = threading.Thread(target=runtime.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    scripted = ScriptedStack(account, stack, runtime)
    (tmp_path / "outputs.json").write_text(json.dumps(scripted.outputs()))
    with scripted.agentcore:
        yield scripted
    runtime.shutdown()
    runtime.server_close()
    thread.join()


@pytest.fixture
def environment(account: Account, tmp_path: Path) -> dict[str, str]:
    """Of a client whose AWS is the account; nothing of this machine's AWS configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept.pop("COLUMNS", None)
    nowhere = str(tmp_path / "no-aws-configuration")
    files = {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere}
    return kept | files | account.environment(CLIENT) | {"PYTHONPATH": str(ROOT)}


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
            for name, value in environment.items():
                here.setenv(name, value)
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
