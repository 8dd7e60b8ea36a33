"""The network: DNS on, nothing open by default, and changes that touch only what they must."""

from collections.abc import Callable
from typing import Any

import pytest

from components.deployment import Deployment
from plan.recording import Recording
from tests.components.platform_parts import GROUP, LOGS, named, network

SUBNET = "aws:ec2/subnet:Subnet"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"

Declare = Callable[..., Recording]


def declared(declare: Declare, deployment: Deployment, **changes: Any) -> Recording:
    return declare(lambda: network(deployment, **changes), of={"deployment": deployment, **changes})


def test_names_resolve_inside_the_vpc(declare: Declare, deployment: Deployment) -> None:
    vpc = declared(declare, deployment).one("aws:ec2/vpc:Vpc")

    assert vpc.inputs["enableDnsSupport"] is True
    assert vpc.inputs["enableDnsHostnames"] is True


def test_the_default_group_is_emptied(declare: Declare, deployment: Deployment) -> None:
    group = declared(declare, deployment).one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")

    assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])


def test_a_network_that_nobody_uses_has_no_endpoints_and_no_rules(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)

    assert not [r for r in recording.sorted() if "Endpoint" in r.type or "Rule" in r.type]
    assert not recording.of_type(GROUP)


def test_every_subnet_has_exactly_one_route_table(declare: Declare, deployment: Deployment) -> None:
    recording = declared(declare, deployment)

    subnets = [subnet.id for subnet in recording.of_type(SUBNET)]
    associated = [a.inputs["subnetId"] for a in recording.of_type(ASSOCIATION)]
    assert sorted(associated) == sorted(subnets)
    assert len(subnets) == 4


def test_no_subnet_hands_out_public_addresses(declare: Declare, deployment: Deployment) -> None:
    subnets = declared(declare, deployment).of_type(SUBNET)

    assert {subnet.inputs["mapPublicIpOnLaunch"] for subnet in subnets} == {False}


@pytest.mark.parametrize(
    ("nat", "gateways", "routes"), [("none", 0, 1), ("single", 1, 3), ("per-az", 2, 3)]
)
def test_nat_gateways_are_as_many_as_asked_for(
    declare: Declare, deployment: Deployment, nat: str, gateways: int, routes: int
) -> None:
    recording = declared(declare, deployment, nat=nat)

    assert len(recording.of_type(NAT)) == gateways
    assert len(recording.of_type(ROUTE)) == routes


def test_with_nat_per_zone_each_zone_uses_its_own_gateway(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment, nat="per-az")

    routes, gateways = named(recording, ROUTE), named(recording, NAT)
    for zone in ("use1-az1", "use1-az2"):
        route = routes[f"network-private-{zone}-to-nat"]
        assert route.inputs["natGatewayId"] == gateways[f"network-nat-{zone}"].id


def test_changing_nat_changes_no_subnet_and_no_route_table(
    declare: Declare, deployment: Deployment
) -> None:
    before = declared(declare, deployment, nat="none")
    after = declared(declare, deployment, nat="per-az")

    for kind in (SUBNET, TABLE, ASSOCIATION):
        old, new = named(before, kind), named(after, kind)
        assert {n: r.inputs for n, r in old.items()} == {n: r.inputs for n, r in new.items()}


def test_adding_a_zone_changes_nothing_that_exists(
    declare: Declare, deployment: Deployment
) -> None:
    two = declared(declare, deployment, zone_ids=["use1-az1", "use1-az4"], nat="per-az")
    three = declared(
        declare, deployment, zone_ids=["use1-az2", "use1-az1", "use1-az4"], nat="per-az"
    )

    assert two.resources.keys() < three.resources.keys()
    for urn, resource in two.resources.items():
        assert three.resources[urn].inputs == resource.inputs, urn


@pytest.mark.parametrize("asked", [True, False])
def test_flows_are_recorded_when_asked_for(
    declare: Declare, deployment: Deployment, asked: bool
) -> None:
    recording = declared(declare, deployment, flow_logs=asked)

    assert len(recording.of_type("aws:ec2/flowLog:FlowLog")) == asked
    assert [g.inputs["retentionInDays"] for g in recording.of_type(LOGS)] == [7] * asked


def test_a_preview_needs_no_known_outputs(declare: Declare, deployment: Deployment) -> None:
    recording = declare(lambda: network(deployment, nat="single", flow_logs=True), preview=True)

    assert recording.of_type(SUBNET)
