"""Rules about the region, its zones, and the endpoints in them."""

from collections.abc import Iterable, Iterator, Set
from functools import cache
from typing import TYPE_CHECKING

from botocore.loaders import Loader

from components.service_endpoints import GATEWAY_SERVICES
from components.zones import (
    AGENTCORE_ZONES,
    ZONE_ID,
    ZoneError,
    choose_zones,
    endpoint_zones,
    supported_zones,
    zone_start,
)
from stack.problem import Problem, shown
from stack.used_services import KNOWN_WITH_ZONES, used_services

if TYPE_CHECKING:
    from stack.config import StackConfig


@cache
def _regions() -> frozenset[str]:
    """All regions of the SDK's own table, for which it reads nobody's profile."""
    partitions = Loader().load_data("endpoints")["partitions"]
    return frozenset(region for partition in partitions for region in partition["regions"])


def _region(config: "StackConfig") -> Iterator[Problem]:
    if config.region not in _regions():
        yield Problem(
            "aws:region",
            f"{shown(config.region)} is not an AWS region; choose one of "
            f"{', '.join(sorted(AGENTCORE_ZONES))}",
        )


def zone_id_problems(key: str, zones: Iterable[str]) -> Iterator[Problem]:
    """Zones that are not named by their ID."""
    for zone in zones:
        if not ZONE_ID.fullmatch(zone):
            yield Problem(
                key,
                f"{shown(zone)} is not a zone ID; zone names like us-east-1a differ between "
                "accounts, write the ID like use1-az1",
            )


def service_problems(key: str, services: Iterable[str], known: Set[str]) -> Iterator[Problem]:
    """Services that are not among the known ones, by their short names."""
    for service in services:
        if service not in known:
            short = next((name for name in sorted(known) if service.endswith(f".{name}")), "logs")
            yield Problem(
                key,
                f"{shown(service)} is not an endpoint service that the platform knows; write its "
                f"short name like {short}, or leave it out: there are {', '.join(sorted(known))}",
            )


def _wanted_zones(config: "StackConfig") -> Iterator[Problem]:
    yield from zone_id_problems("availabilityZoneIds", config.availability_zone_ids)


def _agentcore_zones(config: "StackConfig") -> Iterator[Problem]:
    zones = config.agentcore_zone_ids
    malformed = list(zone_id_problems("agentcoreZoneIds", zones))
    yield from malformed
    if malformed or not zones:
        return
    if len(set(zones)) != len(zones):
        yield Problem("agentcoreZoneIds", "a zone is named twice; name each zone once")
    elif len(zones) < 2:
        yield Problem(
            "agentcoreZoneIds",
            f"{zones[0]} alone is too few; name all zones that AgentCore supports in the region, "
            "at least two",
        )
    if len({zone_start(zone) for zone in zones}) > 1:
        yield Problem(
            "agentcoreZoneIds",
            f"{shown(', '.join(zones))} are in different regions; name zones of the stack's region",
        )
    start = zone_start(zones[0])
    starts = {region: zone_start(row[0]) for region, row in AGENTCORE_ZONES.items()}
    own = starts.pop(config.region, start)
    if start != own or start in starts.values():
        yield Problem(
            "agentcoreZoneIds",
            f"{zones[0]} is not in {config.region}; name zones of that region, or leave it out",
        )


def _gaps(config: "StackConfig") -> Iterator[Problem]:
    gaps = config.endpoint_zone_gaps
    yield from service_problems("endpointZoneGaps", gaps, KNOWN_WITH_ZONES)
    for service, zones in gaps.items():
        if service in KNOWN_WITH_ZONES:
            yield from zone_id_problems(f"endpointZoneGaps.{service}", zones)


def _zones(config: "StackConfig") -> Iterator[Problem]:
    region, override, existing = config.region, config.agentcore_zone_ids, config.existing_vpc
    try:
        supported = supported_zones(region, override)
    except ZoneError as error:
        yield Problem("aws:region", str(error))
        return
    # To choose_zones no zone at all is no wish, which an existing network cannot have.
    if existing is not None and not existing.private_subnet_ids:
        yield Problem(
            "existingVpc",
            "privateSubnetIds names no zone; name a private subnet for each of at least two of "
            f"{', '.join(supported)}",
        )
        return
    key = "availabilityZoneIds" if existing is None else "existingVpc"
    try:
        choose_zones(region, _asked(config), override)
    except ZoneError as error:
        yield Problem(key, str(error))


def _asked(config: "StackConfig") -> tuple[str, ...]:
    existing = config.existing_vpc
    return config.availability_zone_ids if existing is None else tuple(existing.private_subnet_ids)


def _endpoints(config: "StackConfig") -> Iterator[Problem]:
    existing, gaps = config.existing_vpc, config.endpoint_zone_gaps
    try:
        zones = choose_zones(config.region, _asked(config), config.agentcore_zone_ids)
    except ZoneError:
        return
    present = existing.existing_services if existing is not None else ()
    for service in sorted(used_services(config) - set(GATEWAY_SERVICES) - set(present)):
        try:
            endpoint_zones(service, zones, gaps)
        except ZoneError as error:
            yield Problem("endpointZoneGaps", str(error))


ONE_KEY = (_region, _wanted_zones, _agentcore_zones, _gaps)
SEVERAL_KEYS = (_zones, _endpoints)
