"""An application load balancer of two nodes in front of the account's target group.

`url` is what its name would lead to: connections reach the two nodes in turn. Each node has a
round robin and health checks of its own; the sticky cookie is shared. Intervals are a fraction of
the real ones, the rules are the same.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

import h11

from tests.fargate.stand_ins.account import Account
from tests.fargate.stand_ins.load_balancer_node import GatewayFault, Node
from tests.fargate.stand_ins.sticky_cookie import StickyCookie
from tests.fargate.stand_ins.target_health import CHECKING, HEALTHY, HealthCheck, NodeHealth
from tests.fargate.stand_ins.targets import MOST_TARGETS, Target

NODES = ("a", "b")
MOST_CHECKS_PER_SECOND = 60
"""With many targets the interval grows: at a fraction of the real one, checks alone would fill two
cores."""


class LoadBalancer:
    """`with LoadBalancer(account, stack.target_group_arn) as balancer:`."""

    def __init__(
        self,
        account: Account,
        group_arn: str,
        *,
        check: HealthCheck | None = None,
        idle_seconds: float = 60.0,
        connect_seconds: float = 10.0,
        cookie_seconds: float = 86400.0,
    ) -> None:
        self._account = account
        self._group_arn = group_arn
        self.check = check or HealthCheck()
        self.idle_seconds = idle_seconds
        self.connect_seconds = connect_seconds
        self.cookie = StickyCookie(cookie_seconds)
        self.forced_health: dict[str, bool] = {}
        """Address to what health checks find; for a fail-over with both executors alive."""
        self.requests: Counter[tuple[str, str]] = Counter()
        """Requests passed on, by target address and `METHOD /path`."""
        self._faults: list[GatewayFault] = []
        self._lock = threading.Lock()
        self.nodes = [Node(name, self) for name in NODES]
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="load-balancer")

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        self._account.targets.attach(self._group_arn)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where clients connect; the nodes take turns."""
        return self._url(0)

    def node_url(self, index: int) -> str:
        """One node's own address."""
        return self._url(index + 1)

    def registered(self) -> list[Target]:
        """The targets as the account has them."""
        return self._account.targets.of(self._group_arn)

    def healthy(self) -> list[Target]:
        """Targets that every node has found healthy."""
        return [target for target in self.registered() if target.health == HEALTHY]

    def fail(
        self,
        status: int,
        *,
        times: int = 1,
        executed: bool = False,
        where: Callable[[h11.Request], bool] = lambda request: True,
    ) -> None:
        """Answer the next requests with 502 or the like; `executed`: the target did get them."""
        with self._lock:
            self._faults.append(GatewayFault(status, times, executed, where))

    def clear_faults(self) -> None:
        """Lift all rules, and let health checks find what there is."""
        with self._lock:
            self._faults.clear()
        self.forced_health.clear()

    def cut_all(self) -> None:
        """Drop every exchange in flight, as when a node is replaced."""

        async def cut() -> None:
            for node in self.nodes:
                for exchange in list(node.exchanges):
                    exchange.cut()

        self._do(cut())

    def scatter(self) -> None:
        """Let each node go on anywhere in its round, as when others have asked meanwhile."""
        for node in self.nodes:
            node.turn = random.randrange(MOST_TARGETS)

    def take_fault(self, request: h11.Request) -> GatewayFault | None:
        """The fault that this request meets, if any; for the nodes."""
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and fault.where(request):
                    fault.times -= 1
                    return fault
        return None

    def count_request(self, request: h11.Request, target: Target) -> None:
        """For the nodes: keep count of a request that is passed on."""
        name = f"{request.method.decode()} {request.target.decode()}"
        with self._lock:
            self.requests[target.id, name] += 1

    def _url(self, index: int) -> str:
        host, port = self._servers[index].sockets[0].getsockname()
        return f"http://{host}:{port}"

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> None:
        turns = itertools.cycle(self.nodes)

        async def front(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await next(turns).serve(reader, writer)

        for handler in (front, *(node.serve for node in self.nodes)):
            server = await asyncio.start_server(
                self._tracked(handler), "127.0.0.1", 0, limit=1024 * 1024, backlog=512
            )
            self._servers.append(server)
        health = [NodeHealth(node.name, self.check, self.forced_health) for node in self.nodes]
        self._track(asyncio.create_task(self._check_health(health)))

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _tracked(self, handler: Any) -> Any:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._track(asyncio.ensure_future(handler(reader, writer)))

        return accept

    def _track(self, task: asyncio.Task[None]) -> None:
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _check_health(self, nodes: list[NodeHealth]) -> None:
        """Check every target, at each interval, from each node."""
        while True:
            targets = self.registered()
            await asyncio.gather(*(self._examine(target, nodes) for target in targets))
            for node in nodes:
                node.forget(targets)
            least = len(targets) * len(nodes) / MOST_CHECKS_PER_SECOND
            await asyncio.sleep(max(self.check.interval_seconds, least))

    async def _examine(self, target: Target, nodes: list[NodeHealth]) -> None:
        states = await asyncio.gather(*(node.examine(target) for node in nodes))
        worst = [state for state in states if state != HEALTHY]
        if CHECKING in worst:
            target.health = CHECKING
        else:
            target.health = worst[0] if worst else HEALTHY
