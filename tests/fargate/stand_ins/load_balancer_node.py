"""One node of the load balancer: its own round robin and its own opinion about health."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

from tests.fargate.stand_ins.http_exchange import ClientGoneError, Exchange, GatewayError, Peer
from tests.fargate.stand_ins.targets import Target

if TYPE_CHECKING:
    from tests.fargate.stand_ins.load_balancer import LoadBalancer


@dataclass
class GatewayFault:
    """The node answers with this status itself. `executed`: only after the target has answered,
    whose answer is lost."""

    status: int
    times: int
    executed: bool
    where: Callable[[h11.Request], bool]


class Node:
    """Serves client connections."""

    def __init__(self, name: str, balancer: LoadBalancer) -> None:
        self.name = name
        self._balancer = balancer
        self.turn = 0
        self.exchanges: set[Exchange] = set()

    def choose(self, cookie: str) -> Target | None:
        """The target that the cookie names while it is healthy, otherwise the next one in turn.

        With no healthy target every registered one is tried, as the real service does.
        """
        targets = self._balancer.registered()
        healthy = [target for target in targets if target.node_health.get(self.name)]
        usable = healthy or targets
        stuck = self._balancer.cookie.open(cookie)
        for target in usable:
            if target.key == stuck:
                return target
        if not usable:
            return None
        self.turn += 1
        return usable[self.turn % len(usable)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        client = Peer(reader, writer, h11.SERVER)
        try:
            while await self._serve_request(client):
                client.http.start_next_cycle()
            writer.close()
        except (ClientGoneError, h11.RemoteProtocolError, OSError):
            client.abort()
        except asyncio.CancelledError:
            client.abort()
            raise

    async def _serve_request(self, client: Peer) -> bool:
        """Serve one request; whether another may follow on the connection."""
        event = await client.next_event()
        if not isinstance(event, h11.Request):
            return False
        try:
            await self._pass_on(client, event)
        except GatewayError as error:
            await self._refuse(client, error.status)
            return False
        return client.http.our_state is h11.DONE and client.http.their_state is h11.DONE

    async def _pass_on(self, client: Peer, request: h11.Request) -> None:
        balancer = self._balancer
        fault = balancer.take_fault(request)
        if fault and not fault.executed:
            raise GatewayError(fault.status)
        cookies = [value.decode() for name, value in request.headers if name == b"cookie"]
        target = self.choose("; ".join(cookies))
        if target is None:
            raise GatewayError(503)
        balancer.count_request(request, target)
        sink = _Nowhere(client) if fault else client
        exchange = Exchange(
            sink, request, balancer.cookie.headers(target.key), balancer.idle_seconds
        )
        self.exchanges.add(exchange)
        try:
            await exchange.run(target.id, target.port, balancer.connect_seconds)
        finally:
            self.exchanges.discard(exchange)
        if fault:
            raise GatewayError(fault.status)

    async def _refuse(self, client: Peer, status: int) -> None:
        """The load balancer's own page."""
        title = f"{status} {HTTPStatus(status).phrase.title()}"
        page = f"<html><head><title>{title}</title></head></html>\r\n".encode()
        headers = [
            (b"server", b"awselb/2.0"),
            (b"content-type", b"text/html"),
            (b"content-length", str(len(page)).encode()),
            (b"connection", b"close"),
        ]
        with contextlib.suppress(h11.LocalProtocolError):
            await client.send(h11.Response(status_code=status, headers=headers))
            await client.send(h11.Data(data=page))
            await client.send(h11.EndOfMessage())


class _Nowhere(Peer):
    """A client whose answers are lost."""

    def __init__(self, client: Peer) -> None:
        self.reader = client.reader
        self.writer = client.writer
        self.http = client.http

    async def send(self, event: object) -> None:
        """Lose it."""
