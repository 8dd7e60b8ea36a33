"""The runtime's side of a session with one large file, as a process whose memory can be seen.

`python -m bench.transfer_session SESSION KEY SIZE SHA256` with the runtime's environment. It prints
a JSON line after each step and takes the next one when a line arrives on standard input.
"""

import asyncio
import json
import os
import secrets
import sys
import time
from typing import Any

from agent_runtime.aws import AwsClients
from agent_runtime.events import Event
from agent_runtime.executors.artifact_arrival import wait_for_artifacts
from agent_runtime.executors.client import ExecutorClient
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.host import EcsExecutorHost
from agent_runtime.executors.host import ObjectInput, SessionGrant
from agent_runtime.settings import load_settings

NAME = "large.bin"
COPY = f"import shutil; shutil.copyfile('data/{NAME}', 'artifacts/{NAME}'); None"
STEP_SECONDS = 240.0


async def transfer(session_id: str, key: str, size: int, sha256: str) -> None:
    """Start an executor, let it fetch the input, copy that to an artifact and store it."""
    settings = EcsSettings.of(load_settings(os.environ))
    host = EcsExecutorHost(session_id, AwsClients(settings.region), settings)
    grant = SessionGrant(session_id, secrets.token_urlsafe(32))
    await host.start(grant)
    try:
        route = await host.route()
        async with ExecutorClient(route, grant, host.is_running, host.reroute) as client:
            await host.deliver(client, [])
            await _run(client, "1", "warm")
            await _said("ready")
            started = time.monotonic()
            await host.deliver(client, [ObjectInput(NAME, size, key, "", sha256)])
            await _said("delivered", seconds=time.monotonic() - started)
            late: list[Event] = []
            await _run(client, COPY, "copy")
            await wait_for_artifacts(client, [f"artifacts/{NAME}"], STEP_SECONDS, late.append)
            refused = (await client.describe())["uploads"]["refused"]
            await _said("stored", refused=refused)
    finally:
        await host.stop(closed=False)


async def _run(client: ExecutorClient, code: str, execution_id: str) -> None:
    events = [e async for e in client.execute(execution_id, "python", code, STEP_SECONDS)]
    if events[-1]["status"] != "ok":
        raise RuntimeError(f"The execution {execution_id} ended with {events[-1]['status']}.")


async def _said(step: str, **facts: Any) -> None:
    print(json.dumps({"step": step, **facts}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    _, session_id, key, size, sha256 = sys.argv
    asyncio.run(transfer(session_id, key, int(size), sha256))
