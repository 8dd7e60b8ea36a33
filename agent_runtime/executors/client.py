"""HTTP client of the executor API v1 (docs/contracts.md, section 1).

A dropped stream of events is taken up again by the execution's id, so that code never runs twice.
Raises `ExecutorGoneError` when the executor cannot be reached, `ExecutorError` when it refuses.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from agent_runtime.errors import ExecutorError
from agent_runtime.executors.host import Route, SessionGrant
from agent_runtime.json_logging import log

SILENCE_SECONDS = 20.0
"""A stream with nothing for this long is dropped; the executor sends a heartbeat each 5 s."""
RECONNECT_WAITS = (0.05, 0.2, 0.5, 1.0, 2.0)
CHUNK = 1024 * 1024


class ExecutorGoneError(Exception):
    """No answer from the executor in spite of retries: it died or cannot be reached."""


@dataclass(frozen=True)
class FileEntry:
    """A file of the workspace."""

    path: str
    size: int
    sha256: str


class ExecutorClient:
    """One session's requests to its executor."""

    def __init__(
        self, route: Route, grant: SessionGrant, is_running: Callable[[], Awaitable[bool]]
    ) -> None:
        """`is_running`: asked before a retry, so that nobody waits for a dead executor."""
        self._is_running = is_running
        self._http = httpx.AsyncClient(
            base_url=route.base_url,
            headers={
                **route.headers,
                "X-Session-Id": grant.session_id,
                "Authorization": f"Bearer {grant.token}",
            },
            timeout=httpx.Timeout(SILENCE_SECONDS, connect=5.0),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def execute(
        self, execution_id: str, language: str, code: str, timeout_seconds: float
    ) -> AsyncIterator[dict[str, Any]]:
        """Events of the execution, the recorded ones exactly once; the last one is `finished`."""
        body = {
            "id": execution_id,
            "language": language,
            "code": code,
            "timeout_seconds": timeout_seconds,
        }
        seen = 0
        waits = iter(RECONNECT_WAITS)
        while True:
            position = 0
            try:
                async with self._http.stream("POST", "/executions", json=body) as response:
                    await _check(response)
                    async for line in response.aiter_lines():
                        if not line:
                            continue
                        event = json.loads(line)
                        if event["type"] != "heartbeat":
                            position += 1
                            if position <= seen:
                                continue
                            seen = position
                        waits = iter(RECONNECT_WAITS)
                        yield event
                        if event["type"] == "finished":
                            return
            except (httpx.TransportError, json.JSONDecodeError) as error:
                log("execution_stream_dropped", execution_id=execution_id, error=error)
            await self._wait(waits)

    async def interrupt(self, execution_id: str) -> None:
        """Ask a running execution to stop; its stream then ends with `finished`."""
        await self._request("POST", f"/executions/{quote(execution_id, safe='')}/interrupt")

    async def is_healthy(self) -> bool:
        """One request to /health, without retries."""
        try:
            return (await self._http.get("/health", timeout=5.0)).status_code == 200
        except httpx.TransportError:
            return False

    async def put_file(self, path: str, chunks: AsyncIterator[bytes]) -> FileEntry:
        """Upload one file in chunks; not retried here, because the chunks are used up."""
        try:
            response = await self._http.put(f"/files/{quote(path)}", content=chunks)
        except httpx.TransportError as error:
            raise ExecutorGoneError(type(error).__name__) from error
        await _check(response)
        return _entry(response.json())

    async def get_file(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of one file in chunks."""
        try:
            async with self._http.stream("GET", f"/files/{quote(path)}") as response:
                await _check(response)
                async for chunk in response.aiter_bytes(CHUNK):
                    yield chunk
        except httpx.TransportError as error:
            raise ExecutorGoneError(type(error).__name__) from error

    async def read_start(self, path: str, most: int) -> tuple[bytes, int]:
        """The first `most` bytes of one file and its whole size."""
        response = await self._request(
            "GET", f"/files/{quote(path)}", headers={"Range": f"bytes=0-{most - 1}"}, empty=True
        )
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        return response.content, int(total) if total.isdigit() else len(response.content)

    async def list_files(self, prefix: str = "") -> list[FileEntry]:
        """Files of the workspace below the prefix, sorted by path."""
        response = await self._request("GET", "/files", params={"prefix": prefix})
        return [_entry(item) for item in response.json()["files"]]

    async def close_session(self) -> list[FileEntry]:
        """Flush and end the session; the manifest of its artifacts. Idempotent."""
        response = await self._request("POST", "/session/close", timeout=60.0)
        return [_entry(item) for item in response.json()["artifacts"]]

    async def _wait(self, waits: Iterator[float]) -> None:
        pause = next(waits, None)
        if pause is None or not await self._is_running():
            raise ExecutorGoneError("the executor does not answer")
        await asyncio.sleep(pause)

    async def _request(
        self, method: str, url: str, *, empty: bool = False, **options: Any
    ) -> httpx.Response:
        waits = iter(RECONNECT_WAITS)
        while True:
            try:
                response = await self._http.request(method, url, **options)
            except httpx.TransportError as error:
                log("executor_request_failed", method=method, error=error)
            else:
                if not (empty and response.status_code == 416):
                    await _check(response)
                    return response
                return httpx.Response(200, content=b"")
            await self._wait(waits)


async def _check(response: httpx.Response) -> None:
    """Turn an error answer into `ExecutorError` with the executor's own sentence."""
    if response.status_code < 400:
        return
    await response.aread()
    try:
        error = response.json()["error"]
        message, code = str(error["message"]), str(error["code"])
    except (ValueError, KeyError, TypeError):
        message, code = f"The executor answered {response.status_code}.", "unknown"
    raise ExecutorRefusedError(message, status=response.status_code, reason=code)


class ExecutorRefusedError(ExecutorError):
    """The executor answered with an error; `status` and `reason` are its own."""

    def __init__(self, message: str, *, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


def _entry(item: dict[str, Any]) -> FileEntry:
    return FileEntry(path=item["path"], size=item["size"], sha256=item["sha256"])
