"""One request passed on to a target, and the answer back, both streamed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import h11

CHUNK = 256 * 1024
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"})
Headers = list[tuple[bytes, bytes]]


class GatewayError(Exception):
    """The target gave no answer; `status` is the load balancer's own."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ClientGoneError(Exception):
    """The client left, or its connection has to be dropped."""


class Peer:
    """One side of an exchange: a stream and the HTTP state of its connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, role: Any
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.http = h11.Connection(role, max_incomplete_event_size=65536)

    async def next_event(self) -> Any:
        """The next HTTP event; reads as needed."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(await self.reader.read(CHUNK))
        return event

    async def send(self, event: Any) -> None:
        """Send an HTTP event."""
        data = self.http.send(event)
        if data:
            self.writer.write(data)
            await self.writer.drain()

    def abort(self) -> None:
        """Drop the connection without a goodbye."""
        if self.writer.transport is not None:
            self.writer.transport.abort()


class Exchange:
    """Passes one request to one target. `run` returns when the answer is complete."""

    def __init__(self, client: Peer, request: h11.Request, extra: Headers, idle: float) -> None:
        self.client = client
        self.request = request
        self.started = False
        """Whether the client has got the beginning of an answer."""
        self._extra = extra
        self._idle_seconds = idle
        self._active_at = time.monotonic()
        self._cut = asyncio.Event()

    def cut(self) -> None:
        """Drop the exchange where it is."""
        self._cut.set()

    async def run(self, host: str, port: int, connect_seconds: float) -> None:
        """Raises GatewayError before an answer has begun, ClientGoneError afterwards."""
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(host, port, limit=4 * CHUNK), connect_seconds
            )
        except TimeoutError as error:
            raise GatewayError(504) from error
        except OSError as error:
            raise GatewayError(502) from error
        target = Peer(reader, writer, h11.CLIENT)
        parts = {
            asyncio.create_task(part)
            for part in (self._watch_idle(), self._up(target), self._wait_cut())
        }
        down = asyncio.create_task(self._down(target))
        try:
            while not down.done():
                done, _ = await asyncio.wait({down, *parts}, return_when=asyncio.FIRST_COMPLETED)
                parts -= done
                for part in done - {down}:
                    part.result()
            down.result()
        finally:
            await self._end(target, {down, *parts})

    async def _end(self, target: Peer, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        target.abort()

    async def _up(self, target: Peer) -> None:
        """The request and its body; then wait for the client to leave."""
        headers = [item for item in self.request.headers if item[0] not in HOP_BY_HOP]
        if any(name == b"transfer-encoding" for name, _ in self.request.headers):
            headers.append((b"transfer-encoding", b"chunked"))
        peer = self.client.writer.get_extra_info("peername")
        headers += [(b"connection", b"close"), (b"x-forwarded-for", str(peer[0]).encode())]
        with _target_errors(self):
            await target.send(
                h11.Request(method=self.request.method, target=self.request.target, headers=headers)
            )
        while True:
            try:
                event = await self.client.next_event()
            except (h11.RemoteProtocolError, OSError) as error:
                raise ClientGoneError from error
            self._active_at = time.monotonic()
            with _target_errors(self):
                await target.send(event)
            if isinstance(event, h11.EndOfMessage):
                break
        await self._wait_for_leave()

    async def _wait_for_leave(self) -> None:
        data = await self.client.reader.read(CHUNK)
        if not data:
            raise ClientGoneError
        self.client.http.receive_data(data)

    async def _down(self, target: Peer) -> None:
        """The answer, event by event."""
        while True:
            with _target_errors(self):
                event = await target.next_event()
            self._active_at = time.monotonic()
            match event:
                case h11.InformationalResponse():
                    continue
                case h11.Response():
                    await self._begin(event)
                case h11.ConnectionClosed():
                    raise self._lost(502)
                case _:
                    await self._to_client(event)
                    if isinstance(event, h11.EndOfMessage):
                        return

    async def _begin(self, response: h11.Response) -> None:
        headers = [item for item in response.headers if item[0] not in HOP_BY_HOP]
        if any(name == b"transfer-encoding" for name, _ in response.headers):
            headers.append((b"transfer-encoding", b"chunked"))
        self.started = True
        await self._to_client(
            h11.Response(status_code=response.status_code, headers=headers + self._extra)
        )

    async def _to_client(self, event: Any) -> None:
        try:
            await self.client.send(event)
        except OSError as error:
            raise ClientGoneError from error

    async def _watch_idle(self) -> None:
        """End an exchange in which neither side has said anything for too long."""
        while (left := self._active_at + self._idle_seconds - time.monotonic()) > 0:
            await asyncio.sleep(left)
        raise self._lost(504)

    async def _wait_cut(self) -> None:
        await self._cut.wait()
        raise ClientGoneError

    def _lost(self, status: int) -> Exception:
        return ClientGoneError() if self.started else GatewayError(status)


@contextlib.contextmanager
def _target_errors(exchange: Exchange) -> Any:
    """The target's failures become a 502, or the end of the client's connection."""
    try:
        yield
    except (h11.RemoteProtocolError, h11.LocalProtocolError, OSError) as error:
        raise exchange._lost(502) from error
