"""A stand-in runtime and the client as a person runs it."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.commands import call_client, data, open_terminal, run_client
from tests.client.stand_in_runtime import StandInRuntime

__all__ = ["call_client", "data", "open_terminal", "run_client"]

ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("stand_in")


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
def environment() -> dict[str, str]:
    """The environment of a client whose local runtime is the scripted one."""
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return kept | {"PYTHONPATH": f"{STAND_IN}:{ROOT}", "PYTHONSAFEPATH": "1"}
