"""Availability zones that the platform's services support, by zone ID.

Zone *names* (``us-east-1a``) are aliases that differ between accounts; zone *IDs* (``use1-az1``)
are the same place for everybody, and AgentCore decides by ID.
"""

import re
from collections.abc import Mapping, Sequence

# Zones of AgentCore Runtime in VPC mode. Source: "Configure Amazon Bedrock AgentCore Runtime and
# tools for VPC", docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html.
TABLE_DATE = "2026-09-26"


def _zones(prefix: str, *numbers: int) -> tuple[str, ...]:
    return tuple(f"{prefix}-az{number}" for number in numbers or (1, 2, 3))


AGENTCORE_ZONES: Mapping[str, tuple[str, ...]] = {
    "us-east-1": _zones("use1", 1, 2, 4),
    "us-east-2": _zones("use2"),
    "us-west-2": _zones("usw2"),
    "us-gov-west-1": _zones("usgw1"),
    "ca-central-1": _zones("cac1", 1, 2, 4),
    "sa-east-1": _zones("sae1"),
    "eu-central-1": _zones("euc1"),
    "eu-north-1": _zones("eun1"),
    "eu-south-1": _zones("eus1"),
    "eu-south-2": _zones("eus2"),
    "eu-west-1": _zones("euw1"),
    "eu-west-2": _zones("euw2"),
    "eu-west-3": _zones("euw3"),
    "ap-northeast-1": _zones("apne1", 1, 2, 4),
    "ap-northeast-2": _zones("apne2"),
    "ap-south-1": _zones("aps1"),
    "ap-southeast-1": _zones("apse1"),
    "ap-southeast-2": _zones("apse2"),
    "ap-southeast-5": _zones("apse5"),
    "ap-southeast-7": _zones("apse7"),
}

# Interface endpoints that are not offered in a zone that AgentCore does support. Source: reports
# of CreateVpcEndpoint refusing the zone; AWS publishes no table.
ENDPOINT_ZONE_GAPS: Mapping[str, tuple[str, ...]] = {
    "bedrock-agentcore.gateway": ("use1-az1",),
}

ZONE_ID = re.compile(r"[a-z]{2,6}\d-az([1-8])")


class ZoneError(ValueError):
    """A zone that AgentCore or an endpoint does not support; the message lists valid ones."""


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
            "add another zone to availabilityZoneIds"
        )
    return offered
