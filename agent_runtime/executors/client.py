"""HTTP client of the executor API v1 (docs/contracts.md, sections 1 and 5.1).

A dropped stream of events is taken up again by the execution's id, so that code never runs twice.
Raises `ExecutorGoneError` when the executor cannot be reached, `ExecutorRefusedError` when it
refuses.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from agent_runtime.executors.connection import (
    RECONNECT_WAITS,
    SILENCE_SECONDS,
    ExecutorConnection,
    ExecutorGoneError,
    ExecutorRefusedError,
    NoAnswerError,
)
from agent_runtime.executors.host import Route, SessionGrant
from agent_runtime.json_logging import log

CHUNK = 1024 * 1024
CLOSE_SECONDS = 60.0

__all__ = ["ExecutorClient", "ExecutorGoneError", "ExecutorRefusedError", "FileEntry"]


@dataclass(frozen=True)
class FileEntry:
    """A file of the workspace."""

    path: str
    size: int
    sha256: str


class ExecutorClient:
    """One session's requests to its executor."""

    def __init__(
        self,
        route: Route,
        grant: SessionGrant,
        is_running: Callable[[], Awaitable[bool]],
        reroute: Callable[[Route], Awaitable[Route]] | None = None,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """`is_running` and `reroute` are the host's; without the latter the route never changes."""
        self._connection = ExecutorConnection(route, grant, is_running, reroute, silence_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connection.close()

    async def execute(
        self,
        execution_id: str,
        language: str,
        code: str,
        timeout_seconds: float,
        kernel: str = "session",
    ) -> AsyncIterator[dict[str, Any]]:
        """Events of the execution, the recorded ones exactly once; the last one is `finished`.

        `kernel`: `session`, or `fresh` for one that the session's code has never touched.
        """
        body = {
            "id": execution_id,
            "language": language,
            "code": code,
            "kernel": kernel,
            "timeout_seconds": timeout_seconds,
        }
        seen = 0
        waits = iter(RECONNECT_WAITS)
        while True:
            position = 0
            try:
                async with self._connection.stream("POST", "/executions", json=body) as response:
                    async for event in _json_lines(response):
                        waits = iter(RECONNECT_WAITS)
                        if event["type"] != "heartbeat":
                            position += 1
                            if position <= seen:
                                continue
                            seen = position
                        yield event
                        if event["type"] == "finished":
                            return
                    raise httpx.RemoteProtocolError("the stream ended before the execution")
            except NoAnswerError as error:
                log("execution_stream_dropped", execution_id=execution_id, error=error)
                await self._connection.recover(error, waits)

    async def interrupt(self, execution_id: str) -> None:
        """Ask a running execution to stop; its stream then ends with `finished`."""
        path = f"/executions/{quote(execution_id, safe='')}/interrupt"
        await self._connection.request("POST", path)

    async def put_file(self, path: str, chunks: AsyncIterator[bytes]) -> FileEntry:
        """Upload one file in chunks; not retried here, because the chunks are used up."""
        try:
            async with self._connection.stream(
                "PUT", f"/files/{quote(path)}", content=chunks
            ) as response:
                await response.aread()
                return _entry(response.json())
        except NoAnswerError as error:
            raise ExecutorGoneError(str(error)) from error

    async def fetch_input(
        self, path: str, url: str, size: int, sha256: str | None
    ) -> dict[str, Any]:
        """Let the executor download a file; its `finished` event says how that ended."""
        body = {"path": path, "url": url, "size": size, "sha256": sha256}
        waits = iter(RECONNECT_WAITS)
        while True:
            try:
                async with self._connection.stream("POST", "/inputs", json=body) as response:
                    async for event in _json_lines(response):
                        waits = iter(RECONNECT_WAITS)
                        if event["type"] == "finished":
                            return event
                    raise httpx.RemoteProtocolError("the stream ended before the download")
            except NoAnswerError as error:
                log("input_stream_dropped", error=error)
                await self._connection.recover(error, waits)

    async def grant_uploads(self, grant: dict[str, Any]) -> None:
        """Hand over a presigned upload form; it replaces the earlier one."""
        await self._connection.request("PUT", "/session/uploads", json=grant)

    async def describe(self) -> dict[str, Any]:
        """What the executor says about its session."""
        response = await self._connection.request("GET", "/session")
        described: dict[str, Any] = response.json()
        return described

    async def get_file(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of one file in chunks; taken up again where a connection broke."""
        received = 0
        waits = iter(RECONNECT_WAITS)
        while True:
            headers = {"Range": f"bytes={received}-"} if received else {}
            try:
                async with self._connection.stream(
                    "GET", f"/files/{quote(path)}", headers=headers
                ) as response:
                    async for chunk in response.aiter_bytes(CHUNK):
                        received += len(chunk)
                        waits = iter(RECONNECT_WAITS)
                        yield chunk
                    return
            except NoAnswerError as error:
                await self._connection.recover(error, waits)
            except ExecutorRefusedError as error:
                if received == 0 or error.status != 416:
                    raise
                return

    async def read_start(self, path: str, most: int) -> tuple[bytes, int]:
        """The first `most` bytes of one file and its whole size."""
        headers = {"Range": f"bytes=0-{most - 1}"}
        try:
            response = await self._connection.request(
                "GET", f"/files/{quote(path)}", headers=headers
            )
        except ExecutorRefusedError as error:
            if error.status == 416:  # the file is empty
                return b"", 0
            raise
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        return response.content, int(total) if total.isdigit() else len(response.content)

    async def list_files(self, prefix: str = "") -> list[FileEntry]:
        """Files of the workspace below the prefix, sorted by path."""
        response = await self._connection.request("GET", "/files", params={"prefix": prefix})
        return [_entry(item) for item in response.json()["files"]]

    async def close_session(self) -> list[FileEntry]:
        """Flush and end the session; the manifest of its artifacts. Idempotent."""
        response = await self._connection.request("POST", "/session/close", seconds=CLOSE_SECONDS)
        return [_entry(item) for item in response.json()["artifacts"]]


async def _json_lines(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The objects of an NDJSON body; a torn line counts as a broken connection."""
    async for line in response.aiter_lines():
        if line:
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise httpx.RemoteProtocolError("a line of the stream is torn") from error


def _entry(item: dict[str, Any]) -> FileEntry:
    return FileEntry(path=item["path"], size=item["size"], sha256=item["sha256"])
