"""The parts of a network that everything else stands on: VPC, subnets, routes, NAT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.address_plan import subnet_addresses
from components.teardown import InterfaceRelease

Nat: TypeAlias = Literal["none", "single", "per-az"]


@dataclass(frozen=True, kw_only=True)
class Fabric:
    """A VPC with its subnets and private route tables, by zone ID.

    ``ready`` must exist before anything in a private subnet can use the network. ``ground`` is
    what must outlive the network interfaces that AgentCore leaves behind.
    """

    vpc_id: pulumi.Input[str]
    public_subnet_ids: Mapping[str, pulumi.Input[str]]
    private_subnet_ids: Mapping[str, pulumi.Input[str]]
    private_route_table_ids: Mapping[str, pulumi.Input[str]]
    internet: bool
    ready: Sequence[pulumi.Resource] = ()
    ground: Sequence[pulumi.Resource] = ()


def build_fabric(
    name: str,
    *,
    prefix: str,
    cidr: str,
    zones: Sequence[str],
    nat: Nat,
    release: InterfaceRelease,
    parent: pulumi.Resource,
) -> Fabric:
    """A new VPC with a public and a private subnet in each zone; ``release`` guards the latter."""
    child = pulumi.ResourceOptions(parent=parent)
    vpc = aws.ec2.Vpc(
        f"{name}-vpc",
        cidr_block=cidr,
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags={"Name": prefix},
        opts=child,
    )
    aws.ec2.DefaultSecurityGroup(
        f"{name}-default-group",
        vpc_id=vpc.id,
        ingress=[],
        egress=[],
        tags={"Name": f"{prefix}-default-unused"},
        opts=child,
    )
    gateway = aws.ec2.InternetGateway(
        f"{name}-internet-gateway", vpc_id=vpc.id, tags={"Name": prefix}, opts=child
    )
    public = _public_subnets(name, prefix, cidr, zones, vpc, gateway, child)
    nats = _nat_gateways(name, prefix, public, nat, gateway, parent)
    guarded = pulumi.ResourceOptions(parent=parent, hooks=release.hooks)
    private, tables, ready = _private_subnets(name, prefix, cidr, zones, vpc, nats, guarded)
    return Fabric(
        vpc_id=vpc.id,
        public_subnet_ids={zone: subnet.id for zone, subnet in public.items()},
        private_subnet_ids={zone: subnet.id for zone, subnet in private.items()},
        private_route_table_ids={zone: table.id for zone, table in tables.items()},
        internet=nat != "none",
        ready=ready,
        ground=list(private.values()),
    )


def _public_subnets(
    name: str,
    prefix: str,
    cidr: str,
    zones: Sequence[str],
    vpc: aws.ec2.Vpc,
    gateway: aws.ec2.InternetGateway,
    child: pulumi.ResourceOptions,
) -> dict[str, aws.ec2.Subnet]:
    table = aws.ec2.RouteTable(
        f"{name}-public-routes", vpc_id=vpc.id, tags={"Name": f"{prefix}-public"}, opts=child
    )
    aws.ec2.Route(
        f"{name}-public-to-internet",
        route_table_id=table.id,
        destination_cidr_block="0.0.0.0/0",
        gateway_id=gateway.id,
        opts=child,
    )
    subnets = {}
    for zone in zones:
        subnets[zone] = aws.ec2.Subnet(
            f"{name}-public-{zone}",
            vpc_id=vpc.id,
            cidr_block=subnet_addresses(cidr, zone).public,
            availability_zone_id=zone,
            map_public_ip_on_launch=False,
            tags={"Name": f"{prefix}-public-{zone}"},
            opts=child,
        )
        aws.ec2.RouteTableAssociation(
            f"{name}-public-{zone}-association",
            subnet_id=subnets[zone].id,
            route_table_id=table.id,
            opts=child,
        )
    return subnets


def _nat_gateways(
    name: str,
    prefix: str,
    public: Mapping[str, aws.ec2.Subnet],
    nat: Nat,
    gateway: aws.ec2.InternetGateway,
    parent: pulumi.Resource,
) -> dict[str, aws.ec2.NatGateway]:
    """The NAT gateway that each zone's private subnet uses; none, one for all, or one each."""
    if nat == "none":
        return {}
    placed: dict[str, aws.ec2.NatGateway] = {}
    for zone in list(public)[: 1 if nat == "single" else None]:
        address = aws.ec2.Eip(
            f"{name}-nat-{zone}-address",
            domain="vpc",
            tags={"Name": f"{prefix}-nat-{zone}"},
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[gateway]),
        )
        placed[zone] = aws.ec2.NatGateway(
            f"{name}-nat-{zone}",
            subnet_id=public[zone].id,
            allocation_id=address.id,
            tags={"Name": f"{prefix}-nat-{zone}"},
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[gateway]),
        )
    first = next(iter(placed.values()))
    return {zone: placed.get(zone, first) for zone in public}


def _private_subnets(
    name: str,
    prefix: str,
    cidr: str,
    zones: Sequence[str],
    vpc: aws.ec2.Vpc,
    nats: Mapping[str, aws.ec2.NatGateway],
    guarded: pulumi.ResourceOptions,
) -> tuple[dict[str, aws.ec2.Subnet], dict[str, aws.ec2.RouteTable], list[pulumi.Resource]]:
    """A subnet and a route table a zone, so that NAT can change without touching subnets."""
    child = pulumi.ResourceOptions(parent=guarded.parent)
    subnets: dict[str, aws.ec2.Subnet] = {}
    tables: dict[str, aws.ec2.RouteTable] = {}
    ready: list[pulumi.Resource] = []
    for zone in zones:
        subnets[zone] = aws.ec2.Subnet(
            f"{name}-private-{zone}",
            vpc_id=vpc.id,
            cidr_block=subnet_addresses(cidr, zone).private,
            availability_zone_id=zone,
            map_public_ip_on_launch=False,
            tags={"Name": f"{prefix}-private-{zone}"},
            opts=guarded,
        )
        tables[zone] = aws.ec2.RouteTable(
            f"{name}-private-{zone}-routes",
            vpc_id=vpc.id,
            tags={"Name": f"{prefix}-private-{zone}"},
            opts=child,
        )
        ready.append(
            aws.ec2.RouteTableAssociation(
                f"{name}-private-{zone}-association",
                subnet_id=subnets[zone].id,
                route_table_id=tables[zone].id,
                opts=child,
            )
        )
        if zone in nats:
            ready.append(
                aws.ec2.Route(
                    f"{name}-private-{zone}-to-nat",
                    route_table_id=tables[zone].id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=nats[zone].id,
                    opts=child,
                )
            )
    return subnets, tables, ready
