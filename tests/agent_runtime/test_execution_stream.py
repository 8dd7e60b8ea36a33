"""A dropped stream of an execution is taken up again; the code runs once."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from agent_runtime.events import Event, Progress
from agent_runtime.executors import local
from agent_runtime.executors.client import ExecutorClient, ExecutorGoneError, ExecutorRefusedError
from agent_runtime.executors.host import Route, SessionGrant
from agent_runtime.executors.local import LocalExecutorHost
from agent_runtime.executors.session import ExecutorSession

GRANT = SessionGrant("stream-test", "a token")
CODE = """
import time
with open("artifacts/runs.txt", "a") as runs:
    runs.write("run\\n")
for number in range(20):
    print("line", number, flush=True)
    time.sleep(0.01)
"""


@asynccontextmanager
async def dropping_proxy(target: Route, after_bytes: list[int]) -> AsyncIterator[Route]:
    """Forwards connections; each one in turn is cut after so many bytes of answer, then none."""
    port = int(target.base_url.rpartition(":")[2])

    async def pump(reader: Any, writer: Any, most: int | None) -> None:
        sent = 0
        while chunk := await reader.read(65536):
            if most is not None and sent + len(chunk) > most:
                writer.write(chunk[: most - sent])
                break
            sent += len(chunk)
            writer.write(chunk)
            await writer.drain()
        writer.close()

    async def serve(reader: Any, writer: Any) -> None:
        most = after_bytes.pop(0) if after_bytes else None
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        up = asyncio.create_task(pump(reader, up_writer, None))
        try:
            await pump(up_reader, writer, most)
        except OSError:
            writer.close()
        up.cancel()
        up_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Route(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


def test_a_stream_cut_several_times_gives_every_event_once_and_runs_the_code_once(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        host = LocalExecutorHost("stream-test", tmp_path, start_seconds=60)
        await host.start(GRANT)
        try:
            route = await host.route()
            async with (
                dropping_proxy(route, [300, 700, 10, 900]) as cut,
                ExecutorClient(cut, GRANT, host.is_running) as client,
            ):
                events = [event async for event in client.execute("x-1", "python", CODE, 30)]
                text = "".join(e["text"] for e in events if e["type"] == "stdout")
                assert text == "".join(f"line {number}\n" for number in range(20))
                kinds = [event["type"] for event in events]
                assert kinds.count("started") == kinds.count("finished") == 1
                assert await client.read_start("artifacts/runs.txt", 100) == (b"run\n", 4)
                await refusals(client)
                await host.stop(closed=False)
                with pytest.raises(ExecutorGoneError):
                    await client.list_files()
        finally:
            host.kill()

    asyncio.run(scenario())


WAITS = """
import os, time
with open("artifacts/runs.txt", "a") as runs:
    runs.write("run\\n")
print("waits", flush=True)
while not os.path.exists("data/go"):
    time.sleep(0.01)
"""


def test_an_executor_that_is_frozen_is_given_up_and_one_that_thaws_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connections stay open all the while."""
    monkeypatch.setattr(local, "PASSED_ON", (*local.PASSED_ON, "HEARTBEAT_SECONDS"))
    monkeypatch.setenv("HEARTBEAT_SECONDS", "0.2")

    async def scenario() -> None:
        host = LocalExecutorHost("stream-test", tmp_path, start_seconds=60)
        host.silence_seconds = 1.5
        await host.start(GRANT)
        try:
            route = await host.route()
            thawed = []

            async def reroute(lost: Route) -> Route:
                freeze(host, signal.SIGCONT)
                thawed.append(lost)
                return await host.reroute(lost)

            async with ExecutorClient(route, GRANT, host.is_running, reroute, 1.5) as client:
                stream = client.execute("x-1", "python", WAITS, 30)
                kinds = []
                async for event in stream:
                    kinds.append(event["type"])
                    if event["type"] == "stdout":
                        freeze(host, signal.SIGSTOP)
                    if thawed:
                        await client.put_file("data/go", no_bytes())
                assert thawed
                assert (kinds.count("started"), kinds[-1]) == (1, "finished")
                assert await client.read_start("artifacts/runs.txt", 100) == (b"run\n", 4)
            async with ExecutorClient(route, GRANT, host.is_running, host.reroute, 1.5) as client:
                freeze(host, signal.SIGSTOP)
                with pytest.raises(ExecutorGoneError):
                    await asyncio.wait_for(client.list_files(), 15)
        finally:
            host.kill()

    asyncio.run(scenario())


def freeze(host: LocalExecutorHost, number: signal.Signals) -> None:
    """Stop or continue everything of the executor."""
    process = host._process
    assert process is not None
    os.killpg(process.pid, number)


async def no_bytes() -> AsyncIterator[bytes]:
    yield b""


async def refusals(client: ExecutorClient) -> None:
    """The executor's own sentence and status arrive."""
    with pytest.raises(ExecutorRefusedError) as missing:
        await client.read_start("artifacts/none.txt", 10)
    assert missing.value.status == 404
    with pytest.raises(ExecutorRefusedError) as other_code:
        async for _ in client.execute("x-1", "python", "other code", 30):
            pass
    assert other_code.value.status == 409


async def artifact_that_cannot_be_stored(
    session: ExecutorSession, host: LocalExecutorHost, folder: Path
) -> None:
    """A folder is in the way of its copy; it is waited for, within a bound."""
    (folder / "b.txt").mkdir()
    host.arrival_seconds = 0.1
    result = await session.run("python", "open('artifacts/b.txt', 'w').write('two')", 30)
    assert result.status == "ok"
    await session.run("python", "import os; os.remove('artifacts/b.txt')", 30)
    (folder / "b.txt").rmdir()


def test_artifacts_that_did_not_arrive_are_fetched_when_the_session_closes(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        events: list[Event] = []
        host = LocalExecutorHost("stream-test", tmp_path, start_seconds=60)
        session = ExecutorSession("stream-test", host, [], events.append, restarts=0)
        try:
            with patch.object(ExecutorClient, "describe", side_effect=AssertionError):
                await session.run("python", "open('data/a.txt', 'w').write('no artifact')", 30)
            await session.run("python", "open('artifacts/a.txt', 'w').write('one')", 30)
            assert (tmp_path / "a.txt").read_text() == "one"
            (tmp_path / "a.txt").unlink()
            await artifact_that_cannot_be_stored(session, host, tmp_path)
            (late,) = [e for e in events if isinstance(e, Progress) and e.phase == "artifact_late"]
            assert "'b.txt' did not arrive within 0.1 seconds" in late.message
            artifacts = await session.close()
            assert [artifact.path for artifact in artifacts] == ["a.txt"]
            assert (tmp_path / "a.txt").read_text() == "one"
        finally:
            await session.stop()

    asyncio.run(scenario())
