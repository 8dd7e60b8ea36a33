"""Rules about the network: a new one's addresses, an existing one's parts, and the internet."""

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from components.address_plan import AddressError, parse_network
from components.network_tier import adoption_problem
from stack.problem import Problem, shown, told
from stack.used_services import KNOWN
from stack.zone_rules import service_problems, zone_id_problems

if TYPE_CHECKING:
    from stack.config import StackConfig


def _existing_vpc(config: "StackConfig") -> Iterator[Problem]:
    existing = config.existing_vpc
    if existing is None:
        return
    zones_of: dict[str, set[str]] = defaultdict(set)
    for subnets in (existing.private_subnet_ids, existing.public_subnet_ids):
        for zone, subnet in subnets.items():
            zones_of[subnet].add(zone)
    for entry, zones in (
        ("privateSubnetIds", existing.private_subnet_ids),
        ("publicSubnetIds", existing.public_subnet_ids),
        ("privateRouteTableIds", existing.private_route_table_ids),
    ):
        yield from zone_id_problems(f"existingVpc.{entry}", zones)
    for subnet, named in zones_of.items():
        if len(named) > 1:
            yield Problem(
                "existingVpc",
                f"{subnet} is named for {' and '.join(sorted(named))}, but a subnet is in one "
                "zone; name another subnet for one of them",
            )
    yield from service_problems("existingVpc.existingServices", existing.existing_services, KNOWN)


def _adoption(config: "StackConfig") -> Iterator[Problem]:
    existing = config.existing_vpc
    if existing is None:
        return
    problem = adoption_problem(
        private_zones=list(existing.private_subnet_ids),
        route_table_zones=list(existing.private_route_table_ids),
        existing_services=existing.existing_services,
        has_endpoint_group=existing.endpoint_security_group_id is not None,
    )
    if problem:
        yield Problem("existingVpc", problem)


def _zones_beside_existing_vpc(config: "StackConfig") -> Iterator[Problem]:
    if config.existing_vpc is not None and config.availability_zone_ids:
        yield Problem(
            "availabilityZoneIds",
            "an existing VPC is used in the zones of existingVpc.privateSubnetIds; leave it out",
        )


def _reserved_beside_existing_vpc(config: "StackConfig") -> Iterator[Problem]:
    if config.existing_vpc is not None and config.reserved_cidrs:
        yield Problem(
            "reservedCidrs",
            "an existing VPC has its network already, which nothing is kept clear of; leave it out",
        )


def _cidr(config: "StackConfig") -> Iterator[Problem]:
    if config.existing_vpc is not None:
        return
    try:
        network = parse_network(config.vpc_cidr)
    except AddressError as error:
        yield Problem("vpcCidr", told(error, config.vpc_cidr))
        return
    if config.vpc_cidr != str(network):
        yield Problem("vpcCidr", f"{shown(config.vpc_cidr)}: AWS takes it as {network} only")


def _reserved(config: "StackConfig") -> Iterator[Problem]:
    for text in config.reserved_cidrs:
        try:
            IPv4Network(text)
        except ValueError as error:
            yield Problem(
                "reservedCidrs",
                f"{shown(text)} is not an IPv4 network ({told(error, text)}); write it like "
                "10.20.0.0/16",
            )


def _overlap(config: "StackConfig") -> Iterator[Problem]:
    if config.existing_vpc is not None:
        return
    network = parse_network(config.vpc_cidr)
    for reserved in map(IPv4Network, config.reserved_cidrs):
        if network.overlaps(reserved):
            yield Problem(
                "vpcCidr",
                f"{network} overlaps {reserved} of reservedCidrs; choose a network outside it",
            )


def _internet(config: "StackConfig") -> Iterator[Problem]:
    if not config.executor_internet:
        return
    existing = config.existing_vpc
    if existing is not None and not existing.internet:
        yield Problem(
            "executorInternet",
            "the existing VPC has no route to the internet; set existingVpc.internet if it has, "
            "or executorInternet to false",
        )
    elif existing is None and config.nat == "none":
        yield Problem(
            "executorInternet",
            "user code cannot reach the internet with nat: none; set nat to single or per-az, or "
            "executorInternet to false",
        )


ONE_KEY = (_cidr, _reserved, _existing_vpc)
SEVERAL_KEYS = (
    _overlap,
    _adoption,
    _zones_beside_existing_vpc,
    _reserved_beside_existing_vpc,
    _internet,
)
