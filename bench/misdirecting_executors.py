"""Many executors that only say whose they are: what a search for a sticky cookie asks.

They answer `GET /session` as the executor does (docs/contracts.md, section 1): 421 to a request for
another session, 401 to one for theirs without a token.
"""

import asyncio
import json
import threading
from collections import Counter
from types import TracebackType
from typing import Self

from tests.fargate.stand_ins.loopback import LoopbackNetwork

ANSWERS = {
    421: ("Misdirected Request", "wrong_session", "this executor serves another session"),
    401: ("Unauthorized", "wrong_token", "the bearer token is missing or wrong"),
}
HEADER_BYTES = 16 * 1024


class MisdirectingExecutors:
    """`with MisdirectingExecutors(20, port) as executors:`; each on an address of its own."""

    def __init__(self, count: int, port: int) -> None:
        self._port = port
        self._network = LoopbackNetwork(range(64, 251))
        self.sessions = {
            self._network.next_address(): f"bench-cookie-{number:03}-{'0' * 20}"
            for number in range(count)
        }
        """Session ids by address; they may be changed."""
        self.asked: Counter[str] = Counter()
        """Requests by the session id that they named."""
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="executors")

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(
            self._accept, list(self.sessions), self._port, limit=HEADER_BYTES
        )
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(30)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._network.close()

    async def _stop(self) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection, which is how the load balancer asks."""
        address = writer.get_extra_info("sockname")[0]
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            wanted = _session_id(head)
            self.asked[wanted] += 1
            writer.write(_answer(401 if wanted == self.sessions[address] else 421))
            await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            return  # the client has left
        finally:
            writer.close()


def _session_id(head: bytes) -> str:
    """What the request's `X-Session-Id` says; empty without one."""
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "x-session-id":
            return value.strip()
    return ""


def _answer(status: int) -> bytes:
    phrase, code, message = ANSWERS[status]
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return (
        f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body
