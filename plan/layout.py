"""Where the parts of the picture are: zones as columns, parties as bars over their zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plan.canvas import Box
from plan.network import SUBNET, Subnet
from plan.platform import Platform

WIDTH = 1500
VPC_LEFT, VPC_RIGHT = 300, 1090
LANE = 84
SERVICES_LEFT, SERVICES_RIGHT = 1176, 1470


@dataclass(frozen=True)
class Zone:
    """A column: a zone with its subnets."""

    name: str
    column: Box
    public: Subnet | None
    private: Subnet | None
    nat: bool


class Layout:
    """Positions computed from top to bottom; a row is left out when its part is absent."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.network = platform.network
        self.has_public = any(
            self.network.is_public(item) for item in self.network.subnets.values()
        )
        self.has_front = platform.route == "alb" and platform.front_party is not None
        self.top = 120
        self.private_top = self.top + (150 if self.has_public else 84)
        self.agent = self._row(self.private_top + 58, 84)
        self.front = self._row(self.agent.bottom + 46, 64) if self.has_front else self.agent
        self.task = self._row(self.front.bottom + 46, 84)
        self.interfaces = [item for item in self.network.endpoints if not item.gateway]
        self.endpoints = self._row(self.task.bottom + 50, 78)
        height = self.endpoints.bottom + 34 - self.top
        self.vpc = Box(VPC_LEFT, self.top, VPC_RIGHT - VPC_LEFT, height)
        self.zones = self._zones()

    def _row(self, y: float, height: float) -> Box:
        return Box(VPC_LEFT + 36, y, VPC_RIGHT - VPC_LEFT - 72 - LANE, height)

    def _zones(self) -> list[Zone]:
        private = [self.network.subnets[i] for i in self.platform.executor_party.subnets]
        names = list(dict.fromkeys(item.zone or item.name for item in private))
        inner = Box(VPC_LEFT + 20, self.top + 40, VPC_RIGHT - VPC_LEFT - 40 - LANE, 0)
        width = (inner.width - 16 * (len(names) - 1)) / max(1, len(names))
        own = [self.network.subnets[item.id] for item in self.platform.recording.of_type(SUBNET)]
        placed = {
            str(item.inputs.get("subnetId"))
            for item in self.platform.recording.of_type("aws:ec2/natGateway:NatGateway")
        }
        zones = []
        for index, name in enumerate(names):
            column = Box(
                inner.x + index * (width + 16), inner.y, width, self.endpoints.bottom + 14 - inner.y
            )
            public = next(
                (item for item in own if item.zone == name and self.network.is_public(item)),
                None,
            )
            here = next((item for item in private if (item.zone or item.name) == name), None)
            nat = public is not None and public.id in placed
            zones.append(Zone(name, column, public, here, nat))
        return zones

    def span(self, party_subnets: Sequence[str], row: Box) -> Box:
        """The part of a row over the zones that these subnets are in."""
        names = {
            self.network.subnets[item].zone or item
            for item in party_subnets
            if item in self.network.subnets
        }
        columns = [zone.column for zone in self.zones if zone.name in names]
        if not columns:
            return row
        left = min(column.x for column in columns) + 16
        right = max(column.right for column in columns) - 16
        return Box(left, row.y, right - left, row.height)

    def ends(self) -> Box:
        """The bar of interface endpoints."""
        subnets = [item for endpoint in self.interfaces for item in endpoint.subnets]
        return self.span(subnets, self.endpoints)
