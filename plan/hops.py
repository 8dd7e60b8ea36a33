"""The connections that the platform needs: who opens a TCP connection to whom, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plan.calls import EXECUTOR_START, RUNTIME, calls_of
from plan.network import Endpoint, Party
from plan.platform import Platform

HTTPS = 443
INTERNET = "the internet"


@dataclass(frozen=True)
class Hop:
    """A needed connection; ``service`` is set for an AWS service or the internet, not a party."""

    source: Party
    target: Party | None
    service: str
    port: int
    why: str

    @property
    def label(self) -> str:
        """``runtime to load balancer on 80``."""
        to = self.target.name if self.target else self.service
        return f"{self.source.name} to {to} on {self.port}"


def _route_hops(platform: Platform) -> list[Hop]:
    executor, runtime = platform.executor_party, platform.runtime_party
    if platform.route == "direct":
        return [Hop(runtime, executor, "", platform.executor_port, "runs code in the executor")]
    hops = []
    front = platform.front_party
    if front is not None:
        for listener in platform.listeners:
            port = int(listener.inputs.get("port", 0))
            hops.append(Hop(runtime, front, "", port, "runs code in the executor"))
        ports = {platform.executor_port}
        if platform.target_group is not None:
            check = platform.target_group.inputs.get("healthCheck") or {}
            port_text = str(check.get("port", "traffic-port"))
            if port_text.isdigit():
                ports.add(int(port_text))
        for port in sorted(ports):
            hops.append(Hop(front, executor, "", port, "forwards requests and asks for health"))
    return hops


def services_of(platform: Platform) -> Mapping[str, tuple[str, ...]]:
    """The endpoint services that each party's calls go through, by party name."""
    found: dict[str, set[str]] = {"runtime": set(), "executor": set()}
    for call in calls_of(platform.environment):
        if call.caller == RUNTIME:
            found["runtime"] |= set(call.endpoints)
        if call.caller == EXECUTOR_START:
            found["executor"] |= set(call.endpoints)
    return {name: tuple(sorted(services)) for name, services in found.items()}


def needed_hops(platform: Platform) -> list[Hop]:
    """Every connection that the platform needs."""
    hops = _route_hops(platform)
    for party in (platform.runtime_party, platform.executor_party):
        for service in services_of(platform)[party.name]:
            hops.append(Hop(party, None, service, HTTPS, "AWS API"))
    if platform.executor_setting("KERNEL_NETWORK") == "full":
        hops.append(Hop(platform.executor_party, None, INTERNET, HTTPS, "asked for by user code"))
    return hops


def endpoint_party(endpoint: Endpoint) -> Party:
    """The interfaces of an interface endpoint."""
    return Party(f"endpoint {endpoint.service}", endpoint.groups, endpoint.subnets)
