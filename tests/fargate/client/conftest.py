"""The client as a person runs it, against a deployed stack."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.commands import call_client, data, open_terminal, run_client
from tests.client.stand_in_runtime import StandInRuntime
from tests.fargate.client.scripted_stack import CLIENT, ScriptedStack
from tests.fargate.stand_ins import Account, DeployedStack

__all__ = ["call_client", "data", "open_terminal", "run_client"]

ROOT = Path(__file__).parents[3]


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
