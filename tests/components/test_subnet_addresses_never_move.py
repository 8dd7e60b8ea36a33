"""Subnet addresses depend on the network and the zone, and on nothing else."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.address_plan import (
    LARGEST_PREFIX,
    SLOTS,
    SMALLEST_PREFIX,
    AddressError,
    SubnetAddresses,
    parse_network,
    subnet_addresses,
)

ZONES = [f"use1-az{number}" for number in range(1, SLOTS + 1)]


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    length = draw(st.integers(SMALLEST_PREFIX, LARGEST_PREFIX))
    private = draw(st.sampled_from(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]))
    outer = IPv4Network(private)
    step = 2 ** (32 - length)
    slots = outer.num_addresses // step
    start = int(outer.network_address) + draw(st.integers(0, slots - 1)) * step
    return IPv4Network((start, length))


def plan(network: IPv4Network, zones: list[str]) -> dict[str, SubnetAddresses]:
    return {zone: subnet_addresses(str(network), zone) for zone in zones}


@given(networks(), st.lists(st.sampled_from(ZONES), min_size=2, max_size=7, unique=True))
def test_a_zone_that_is_added_removed_or_moved_renumbers_nothing(
    network: IPv4Network, zones: list[str]
) -> None:
    before = plan(network, zones)
    added = next(zone for zone in ZONES if zone not in zones)
    after = plan(network, [added, *reversed(zones)])

    assert {zone: after[zone] for zone in zones} == before


@given(networks())
def test_subnets_do_not_overlap_and_lie_in_the_network(network: IPv4Network) -> None:
    subnets = [
        IPv4Network(text)
        for addresses in plan(network, ZONES).values()
        for text in (addresses.public, addresses.private)
    ]

    assert all(subnet.subnet_of(network) for subnet in subnets)
    assert not any(a.overlaps(b) for a, b in combinations(subnets, 2))


@given(networks())
def test_public_subnets_come_from_the_lower_half_and_private_from_the_upper(
    network: IPv4Network,
) -> None:
    lower, upper = network.subnets(prefixlen_diff=1)

    for addresses in plan(network, ZONES).values():
        assert IPv4Network(addresses.public).subnet_of(lower)
        assert IPv4Network(addresses.private).subnet_of(upper)


@given(networks())
def test_each_subnet_is_large_enough_for_a_load_balancer(network: IPv4Network) -> None:
    assert IPv4Network(subnet_addresses(str(network), "use1-az1").private).prefixlen <= 27


@pytest.mark.parametrize(
    ("cidr", "advice"),
    [
        ("10.0.0.0/23", "use a prefix length from /16 to /22, like 10.0.0.0/22"),
        ("10.0.0.0/8", "too large"),
        ("10.0.0.1/16", "is not an IPv4 network"),
        ("ten", "write it like 10.20.0.0/16"),
        ("8.8.0.0/16", "is not a private network; use one inside 10.0.0.0/8"),
    ],
)
def test_an_unusable_network_is_refused_with_the_way_out(cidr: str, advice: str) -> None:
    with pytest.raises(AddressError) as raised:
        parse_network(cidr)

    assert advice in str(raised.value)


@pytest.mark.parametrize("zone", ["us-east-1a", "use1-az9", "use1-az0", ""])
def test_a_zone_name_is_not_taken_for_a_zone_id(zone: str) -> None:
    with pytest.raises(AddressError, match="is not a zone ID"):
        subnet_addresses("10.0.0.0/16", zone)
