"""The monthly cost of a recording, line by line, from a dated table of list prices.

Two figures a line: *idle* (the stack stands, nobody uses it) and *24/7* (one session runs round
the clock). What depends on traffic alone is listed with its rate and not added up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from plan.platform import CLUSTER, LOAD_BALANCER, REPOSITORY, Platform
from plan.recording import Recording
from plan.roles import RUNTIME

_FILE = Path(__file__).with_name("prices.json")

# A session's limits. Source: "Quotas for Amazon Bedrock AgentCore", Amazon Bedrock AgentCore
# Developer Guide (2026-09-26).
SESSION_CPUS = 2
SESSION_GIB = 8
_FREE_DISK_GIB = 20


@dataclass(frozen=True)
class Price:
    """One list price; ``amount`` is ``None`` when no source supports one."""

    amount: float | None
    unit: str
    source: str


@dataclass(frozen=True)
class PriceTable:
    """The table with what it is valid for."""

    currency: str
    region: str
    as_of: str
    hours: int
    prices: Mapping[str, Price]


@dataclass(frozen=True)
class CostLine:
    """One line: dollars a month, or a rate when it depends on traffic alone.

    ``idle`` and ``always`` are ``None`` where nothing can be said; ``basis`` tells how the figures
    come about.
    """

    item: str
    idle: float | None
    always: float | None
    basis: str
    price: str


@dataclass(frozen=True)
class Cost:
    """All lines of a stack; ``notes`` name what is paid for without need."""

    lines: tuple[CostLine, ...]
    table: PriceTable
    region: str
    notes: tuple[str, ...] = ()

    @property
    def idle(self) -> float:
        """Dollars a month while nobody uses the stack."""
        return sum(line.idle or 0 for line in self.lines)

    @property
    def always(self) -> float:
        """Dollars a month with one session running all the time."""
        return sum(line.always or 0 for line in self.lines)


@cache
def price_table() -> PriceTable:
    """The table of ``prices.json``."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    prices = {key: Price(**entry) for key, entry in data["prices"].items()}
    return PriceTable(
        data["currency"], data["region"], data["as_of"], data["hours_per_month"], prices
    )


class _Lines:
    """Collects lines against one price table."""

    def __init__(self) -> None:
        self.table = price_table()
        self.lines: list[CostLine] = []

    def _amount(self, key: str, quantity: float) -> float | None:
        amount = self.table.prices[key].amount
        return None if amount is None else round(amount * quantity, 2)

    def standing(self, item: str, key: str, quantity: float, basis: str) -> None:
        """Something that is paid for as long as it exists."""
        if quantity:
            amount = self._amount(key, quantity)
            self.lines.append(CostLine(item, amount, amount, basis, key))

    def running(self, item: str, key: str, quantity: float, basis: str) -> None:
        """Something that is paid for while a session runs."""
        if quantity:
            idle = 0.0 if self.table.prices[key].amount is not None else None
            self.lines.append(CostLine(item, idle, self._amount(key, quantity), basis, key))

    def traffic(self, item: str, key: str) -> None:
        """Something that is paid for by use alone."""
        price = self.table.prices[key]
        rate = "not priced" if price.amount is None else f"{price.amount:g} per {price.unit}"
        self.lines.append(CostLine(item, None, None, rate, key))


def _network(lines: _Lines, platform: Platform) -> None:
    recording, hours = platform.recording, lines.table.hours
    nats = len(recording.of_type("aws:ec2/natGateway:NatGateway"))
    lines.standing("NAT gateways", "nat-hour", nats * hours, f"{nats} of them, always on")
    addresses = len(recording.of_type("aws:ec2/eip:Eip"))
    lines.standing("public addresses", "ipv4-hour", addresses * hours, f"{addresses} of them")
    interfaces = [item for item in platform.network.endpoints if not item.gateway]
    places = sum(len(item.subnets) for item in interfaces)
    basis = f"{len(interfaces)} services, {places} places in zones"
    lines.standing("interface endpoints", "endpoint-hour", places * hours, basis)
    if nats:
        lines.traffic("data through NAT", "nat-gb")
    if interfaces:
        lines.traffic("data through endpoints", "endpoint-gb")


def _sessions(lines: _Lines, platform: Platform) -> None:
    recording, hours = platform.recording, lines.table.hours
    fronts = len(recording.of_type(LOAD_BALANCER))
    lines.standing("load balancer", "alb-hour", fronts * hours, "always on")
    if fronts:
        lines.traffic("load balancer's work", "alb-lcu")
    if recording.of_type(CLUSTER):
        task = platform.task_definition.inputs
        kind = str((task.get("runtimePlatform") or {}).get("cpuArchitecture", "X86_64"))
        cpus, gib = int(task.get("cpu", 0)) / 1024, int(task.get("memory", 0)) / 1024
        lines.running(
            "executor, processors", f"fargate-cpu-{kind}", cpus * hours, f"{cpus:g} vCPU {kind}"
        )
        lines.running(
            "executor, memory", f"fargate-memory-{kind}", gib * hours, f"{gib:g} GB {kind}"
        )
        warm = int(platform.keeper_environment.get("KEEPER_WARM_POOL_SIZE") or 0)
        basis = f"{warm} wait all the time"
        for what, part, amount in (("processors", "cpu", cpus), ("memory", "memory", gib)):
            key = f"fargate-{part}-{kind}"
            lines.standing(f"warm executors, {what}", key, warm * amount * hours, basis)
        disk = int((task.get("ephemeralStorage") or {}).get("sizeInGib") or _FREE_DISK_GIB)
        extra = max(0, disk - _FREE_DISK_GIB)
        lines.running("executor, disk", "fargate-disk", extra * hours, f"{extra} GB above 20")
    if recording.of_type(RUNTIME):
        lines.running(
            "agent runtime, processors",
            "agentcore-cpu",
            SESSION_CPUS * hours,
            f"at most: {SESSION_CPUS} vCPU busy all the time; waiting costs nothing",
        )
        lines.running(
            "agent runtime, memory",
            "agentcore-memory",
            SESSION_GIB * hours,
            f"at most: {SESSION_GIB} GB in use all the time",
        )


def _watching(lines: _Lines, platform: Platform) -> None:
    recording = platform.recording
    alarms = len(recording.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"))
    lines.standing("alarms", "alarm-month", alarms, f"{alarms} of them")
    boards = len(recording.of_type("aws:cloudwatch/dashboard:Dashboard"))
    lines.standing("dashboards", "dashboard-month", boards, f"{boards} of them")
    lines.traffic("logs", "logs-gb")
    if platform.buckets():
        lines.traffic("stored artifacts", "s3-gb")
    if recording.of_type(REPOSITORY):
        lines.traffic("stored images", "ecr-gb")


def _notes(platform: Platform) -> tuple[str, ...]:
    nats = len(platform.recording.of_type("aws:ec2/natGateway:NatGateway"))
    parties = (platform.runtime_party, platform.executor_party)
    if nats and not any(platform.network.internet_rules(party) for party in parties):
        return (
            f"No rule lets anything use the {nats} NAT gateways: every service that is called has "
            "an endpoint, so nat could be none.",
        )
    return ()


def cost(recording: Recording) -> Cost:
    """The cost of what a recording declares; models' tokens are not part of it."""
    lines = _Lines()
    platform = Platform(recording)
    _network(lines, platform)
    _sessions(lines, platform)
    _watching(lines, platform)
    return Cost(tuple(lines.lines), lines.table, recording.region, _notes(platform))
