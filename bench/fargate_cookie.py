"""How many requests it takes to find the sticky cookie of one executor among many.

The search is the product's; the executors only answer 421 or 401, as real ones do to it.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass

from agent_runtime.aws import AwsClients
from agent_runtime.executors.ecs.balanced_route import SEARCHERS, BalancedRoute
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from bench.executor_process import BenchError
from bench.fargate_platform import ecs_settings, running_platform, warm_clients
from bench.figure import Figure, at_most
from bench.misdirecting_executors import MisdirectingExecutors
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins.deployed_stack import PORT
from tests.fargate.stand_ins.load_balancer import NODES
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.target_health import HealthCheck

GROUP = f"Requests until the sticky cookie is found ({SEARCHERS} at once, {len(NODES)} nodes)"
TARGETS = (1, 5, 20, 100)
SEARCHES = 60
SEARCH_SECONDS = 60.0


def measure() -> list[Figure]:
    """Every figure of this group."""
    figures: list[Figure] = []
    with running_platform(check=HealthCheck(interval_seconds=0.5)) as platform:
        settings = ecs_settings(platform, "alb")
        clients = warm_clients(settings)
        for count in TARGETS:
            figures += _figures(count, _searches(platform, settings, clients, count))
            platform.account.targets.clear()
            platform.balancer.clear_faults()
    return figures


@dataclass(frozen=True)
class Searched:
    """Of one search: requests that reached an executor, and seconds."""

    requests: int
    seconds: float


def _searches(
    platform: Platform, settings: EcsSettings, clients: AwsClients, count: int
) -> list[Searched]:
    """Searches for executors spread evenly over those behind the load balancer."""
    with MisdirectingExecutors(count, settings.port) as executors:
        routes = {
            address: BalancedRoute(clients, settings, address) for address in executors.sessions
        }
        balancer = platform.balancer
        balancer.forced_health.update(dict.fromkeys(routes, True))  # checks are not measured here
        for route in routes.values():
            asyncio.run(route.register())
        eventually(lambda: len(balancer.healthy()) == count, f"{count} targets are healthy")
        addresses = list(routes)
        found = []
        for number in range(SEARCHES):
            address = addresses[number % count]
            executors.sessions[address] = session_id = f"bench-cookie-{number:04}-{'0' * 20}"
            seconds = _search(platform, routes[address], session_id, address)
            found.append(Searched(executors.asked[session_id], seconds))
        return found


def _search(platform: Platform, route: BalancedRoute, session_id: str, address: str) -> float:
    """Seconds of one search, from a random place in each node's round."""
    balancer = platform.balancer
    balancer.scatter()
    started = time.monotonic()
    found = asyncio.run(route.find(session_id, SEARCH_SECONDS))
    seconds = time.monotonic() - started
    if balancer.cookie.open(found.headers["Cookie"]) != f"{address}:{PORT}":
        raise BenchError("The cookie that was found leads to another executor.")
    underway = "what was under way has been answered"
    eventually(lambda: not any(node.exchanges for node in balancer.nodes), underway)
    return seconds


def _figures(count: int, found: list[Searched]) -> list[Figure]:
    name = f"{count} executor{'s' if count > 1 else ''}"
    expected = expected_requests(count, len(NODES))
    requests = [search.requests for search in found]
    seconds = statistics.median(search.seconds for search in found)
    return [
        Figure(
            group=GROUP,
            name=f"{name}: requests, mean",
            value=statistics.mean(requests),
            unit="",
            note=f"expected {expected:.1f} until it answers, up to {SEARCHERS - 1} more under way; "
            f"{len(found)} searches, {seconds * 1000:.0f} ms (median)",
        ),
        at_most(
            GROUP,
            f"{name}: requests, most",
            max(requests),
            "",
            most_requests(count, len(NODES), SEARCHERS),
        ),
    ]


def expected_requests(targets: int, nodes: int) -> float:
    """Requests up to the first one that reaches our executor, on average.

    Requests go to the nodes in turn; each node passes its own on to the targets in turn, from a
    place that nobody knows. So after `k` requests a node has missed ours with the probability
    `1 - k / targets`, and the mean is the sum, over all numbers of requests, of the probabilities
    that every node has missed it so far.
    """
    mean = 0.0
    for sent in range(targets * nodes):
        missed = 1.0
        for node in range(nodes):
            of_node = (sent + nodes - 1 - node) // nodes
            missed *= 1 - of_node / targets
        mean += missed
    return mean


def most_requests(targets: int, nodes: int, searchers: int) -> int:
    """More than these are never sent while nobody else asks the load balancer: one node has gone
    round, the others almost, and every other searcher has one under way."""
    return nodes * (targets - 1) + 1 + searchers - 1
