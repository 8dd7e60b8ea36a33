"""Availability zones that the platform's services support, by zone ID.

Zone *names* (``us-east-1a``) are aliases that differ between accounts; zone *IDs* (``use1-az1``)
are the same place for everybody, and AgentCore decides by ID.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

# Zones of AgentCore Runtime in VPC mode. As data, because `python -m client doctor` reads it too.
_TABLE = json.loads((Path(__file__).parent / "agentcore_zones.json").read_bytes())
TABLE_DATE: str = _TABLE["as_of"]
AGENTCORE_ZONES: Mapping[str, tuple[str, ...]] = {
    region: tuple(zones) for region, zones in _TABLE["zones"].items()
}

# Interface endpoints that are not offered in a zone that AgentCore does support. Source: reports
# of CreateVpcEndpoint refusing the zone; AWS publishes no table.
ENDPOINT_ZONE_GAPS: Mapping[str, tuple[str, ...]] = {
    "bedrock-agentcore.gateway": ("use1-az1",),
}

ZONE_ID = re.compile(r"[a-z]{2,6}[0-9]-az([1-8])")


class ZoneError(ValueError):
    """A zone that AgentCore or an endpoint does not support; the message lists valid ones."""


def zone_start(zone_id: str) -> str:
    """What all zone IDs of one region start with, like ``use1``."""
    return zone_id.rpartition("-")[0]


def supported_zones(region: str, override: Sequence[str] = ()) -> tuple[str, ...]:
    """The zone IDs AgentCore supports in `region`; `override` replaces the table.

    Raises:
        ZoneError: the table has no row for the region.
    """
    if override:
        return tuple(override)
    if region not in AGENTCORE_ZONES:
        raise ZoneError(
            f"no AgentCore availability zones are known for region {region!r} (table of "
            f"{TABLE_DATE}); choose one of {', '.join(sorted(AGENTCORE_ZONES))}, or list the "
            "region's zone IDs in agentcoreZoneIds"
        )
    return AGENTCORE_ZONES[region]


def choose_zones(
    region: str, wanted: Sequence[str] = (), override: Sequence[str] = ()
) -> tuple[str, ...]:
    """The zones to use: the wanted ones, or the first two that AgentCore supports.

    Raises:
        ZoneError: fewer than two, repeated, or unsupported zones.
    """
    supported = supported_zones(region, override)
    zones = tuple(wanted) or supported[:2]
    unsupported = [zone for zone in zones if zone not in supported]
    if unsupported:
        raise ZoneError(
            f"AgentCore does not support {', '.join(unsupported)} in {region}; "
            f"choose at least two of {', '.join(supported)}"
        )
    if len(set(zones)) != len(zones):
        raise ZoneError("a zone is named twice; name each zone once")
    if len(zones) < 2:
        raise ZoneError(f"{len(zones)} zone is too few; choose two of {', '.join(supported)}")
    return zones


def endpoint_zones(
    service: str, zones: Sequence[str], gaps: Mapping[str, Sequence[str]] | None = None
) -> tuple[str, ...]:
    """Those of `zones` in which the interface endpoint of `service` is offered.

    `gaps` (service -> zone IDs without it) is added to the built-in table.

    Raises:
        ZoneError: it is offered in none of them.
    """
    missing = {*ENDPOINT_ZONE_GAPS.get(service, ()), *(gaps or {}).get(service, ())}
    offered = tuple(zone for zone in zones if zone not in missing)
    if not offered:
        raise ZoneError(
            f"the endpoint of {service} is offered in none of {', '.join(zones)}; "
            "add another zone to availabilityZoneIds, or to existingVpc.privateSubnetIds, or "
            "correct endpointZoneGaps"
        )
    return offered
