"""Subnet addresses as a pure function of the network and the zone ID.

The lower half of the network holds public subnets, the upper half private ones. Each half has
eight slots and zone ``...-azN`` always gets slot N, whatever other zones are in use: adding,
removing or reordering zones renumbers nothing, and a subnet that holds AgentCore's network
interfaces never has to be replaced.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

from components.zones import ZONE_ID

SLOTS = 8
# A load balancer needs a /27 in each zone, and AgentCore, tasks and endpoints need the rest of it.
SMALLEST_PREFIX, LARGEST_PREFIX = 16, 22
PRIVATE_RANGES = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


class AddressError(ValueError):
    """A network that cannot hold the subnets; the message says which one can."""


@dataclass(frozen=True, kw_only=True)
class SubnetAddresses:
    """The two subnets of one zone."""

    public: str
    private: str


def parse_network(cidr: str) -> IPv4Network:
    """The VPC's network.

    Raises:
        AddressError: not a network, of a wrong size, or not private.
    """
    try:
        network = IPv4Network(cidr)
    except ValueError as error:
        raise AddressError(
            f"{cidr!r} is not an IPv4 network ({error}); write it like 10.20.0.0/16"
        ) from None
    if not SMALLEST_PREFIX <= network.prefixlen <= LARGEST_PREFIX:
        size = "small" if network.prefixlen > LARGEST_PREFIX else "large"
        raise AddressError(
            f"{cidr} is too {size}; use a prefix length from /{SMALLEST_PREFIX} to "
            f"/{LARGEST_PREFIX}, like {network.network_address}/{LARGEST_PREFIX}"
        )
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        raise AddressError(
            f"{cidr} is not a private network; use one inside "
            f"{', '.join(str(private) for private in PRIVATE_RANGES)}"
        )
    return network


def subnet_addresses(cidr: str, zone_id: str) -> SubnetAddresses:
    """The subnets of `zone_id` in the network `cidr`.

    Raises:
        AddressError: an unusable network, or a zone ID without a number from 1 to 8.
    """
    match = ZONE_ID.fullmatch(zone_id)
    if match is None:
        raise AddressError(f"{zone_id!r} is not a zone ID; write it like use1-az1")
    slot = int(match[1]) - 1
    public, private = parse_network(cidr).subnets(prefixlen_diff=1)
    bits = SLOTS.bit_length() - 1
    return SubnetAddresses(
        public=str(list(public.subnets(prefixlen_diff=bits))[slot]),
        private=str(list(private.subnets(prefixlen_diff=bits))[slot]),
    )
