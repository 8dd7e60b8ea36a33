"""The recorded network as a graph: groups and rules, subnets and routes, endpoints."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plan.recording import Recording, Resource

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
CLASSIC_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
NETWORK_ACL = "aws:ec2/networkAcl:NetworkAcl"

ANYWHERE = ipaddress.ip_network("0.0.0.0/0")


@dataclass(frozen=True)
class Rule:
    """One direction of one group: protocol and ports to or from one peer.

    ``peer`` is a group id, a prefix list id or an address range; ``urn`` the resource of the rule.
    """

    group: str
    egress: bool
    protocol: str
    first: int
    last: int
    peer: str
    urn: str

    def covers(self, port: int) -> bool:
        """Whether TCP traffic of that port is within the rule."""
        return self.protocol == "-1" or (self.protocol == "tcp" and self.first <= port <= self.last)

    @property
    def addresses(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
        """The peer as an address range, or ``None`` when it is a group or a prefix list."""
        return ipaddress.ip_network(self.peer) if "/" in self.peer else None

    @property
    def ports(self) -> str:
        """The ports in words."""
        if self.protocol == "-1":
            return "everything"
        span = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol} {span}"


@dataclass(frozen=True)
class Subnet:
    """A subnet with the routes of its table; ``known`` is false for one of an existing VPC."""

    id: str
    name: str
    vpc: str
    zone: str
    cidr: str
    route_table: str
    known: bool
    routes: tuple[Mapping[str, Any], ...] = ()

    def way_out(self, key: str) -> str:
        """The id behind ``gatewayId`` or ``natGatewayId`` of the default route, if it has one."""
        for route in self.routes:
            if route.get("destinationCidrBlock") == str(ANYWHERE) and route.get(key):
                return str(route[key])
        return ""


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint; ``service`` is the short name (``ecr.api``)."""

    resource: Resource
    service: str
    gateway: bool
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    route_tables: tuple[str, ...]
    private_dns: bool


@dataclass(frozen=True)
class Party:
    """Something with network interfaces: what it is, where, behind which groups."""

    name: str
    groups: tuple[str, ...]
    subnets: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """The graph of one recording."""

    recording: Recording
    rules: tuple[Rule, ...]
    subnets: Mapping[str, Subnet]
    endpoints: tuple[Endpoint, ...]
    groups: Mapping[str, Resource] = field(default_factory=dict)

    def rules_of(self, groups: Iterable[str], *, egress: bool) -> list[Rule]:
        """The rules of these groups in one direction."""
        wanted = set(groups)
        return [rule for rule in self.rules if rule.group in wanted and rule.egress == egress]

    def _matches(self, rule: Rule, other: Party, port: int) -> bool:
        if not rule.covers(port):
            return False
        if rule.peer in other.groups:
            return True
        range_ = rule.addresses
        if range_ is None:
            return False
        blocks = [self.subnets[item].cidr for item in other.subnets if item in self.subnets]
        return any(block and _within(block, range_) for block in blocks)

    def opening(self, source: Party, target: Party, port: int) -> tuple[list[Rule], list[Rule]]:
        """The egress and the ingress rules that let ``source`` connect to ``target``."""
        out = [
            rule
            for rule in self.rules_of(source.groups, egress=True)
            if self._matches(rule, target, port)
        ]
        into = [
            rule
            for rule in self.rules_of(target.groups, egress=False)
            if self._matches(rule, source, port)
        ]
        return out, into

    def internet_rules(self, source: Party, port: int | None = None) -> list[Rule]:
        """Egress rules of ``source`` that admit public addresses."""
        found = []
        for rule in self.rules_of(source.groups, egress=True):
            range_ = rule.addresses
            public = range_ is not None and not range_.is_private
            if public and (port is None or rule.covers(port)):
                found.append(rule)
        return found

    def is_public(self, subnet: Subnet) -> bool:
        """Whether its default route leads to the internet gateway of its VPC."""
        gateway = self.recording.by_id(subnet.way_out("gatewayId"))
        return gateway is not None and gateway.text("vpcId") == subnet.vpc

    def reaches_internet(self, subnet: Subnet) -> bool:
        """Whether its default route leads to a NAT gateway that itself gets out."""
        nat = self.recording.by_id(subnet.way_out("natGatewayId"))
        if nat is None or nat.inputs.get("connectivityType", "public") != "public":
            return False
        home = self.subnets.get(str(nat.inputs.get("subnetId")))
        return home is not None and self.is_public(home) and bool(nat.inputs.get("allocationId"))

    def endpoint(self, service: str) -> Endpoint | None:
        """The endpoint of a service by its short name."""
        return next((item for item in self.endpoints if item.service == service), None)

    def group_name(self, identifier: str) -> str:
        """A group's logical name, or its id when it is not of this program."""
        group = self.groups.get(identifier)
        return group.name if group else identifier


def _within(block: str, range_: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    network = ipaddress.ip_network(block)
    if isinstance(network, ipaddress.IPv4Network) and isinstance(range_, ipaddress.IPv4Network):
        return network.subnet_of(range_)
    return False


def _peer_rules(group: str, egress: bool, urn: str, entry: Mapping[str, Any]) -> list[Rule]:
    """The rules of a classic entry, which may name several peers."""
    peers: list[str] = []
    for key in ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"):
        peers += [str(item) for item in entry.get(key) or []]
    if entry.get("self"):
        peers.append(group)
    if entry.get("sourceSecurityGroupId"):
        peers.append(str(entry["sourceSecurityGroupId"]))
    protocol = str(entry.get("protocol", "-1"))
    first, last = int(entry.get("fromPort", 0)), int(entry.get("toPort", 0))
    return [Rule(group, egress, protocol, first, last, peer, urn) for peer in peers]


def _rules(recording: Recording) -> list[Rule]:
    rules: list[Rule] = []
    for type_, egress in ((INGRESS, False), (EGRESS, True)):
        for item in recording.of_type(type_):
            given = item.inputs
            peer = next(
                (
                    str(given[key])
                    for key in (
                        "referencedSecurityGroupId",
                        "prefixListId",
                        "cidrIpv4",
                        "cidrIpv6",
                    )
                    if given.get(key)
                ),
                "",
            )
            rules.append(
                Rule(
                    str(given["securityGroupId"]),
                    egress,
                    str(given.get("ipProtocol", "-1")),
                    int(given.get("fromPort", 0)),
                    int(given.get("toPort", 65535)),
                    peer,
                    item.urn,
                )
            )
    for item in recording.of_type(CLASSIC_RULE):
        egress = item.inputs.get("type") == "egress"
        rules += _peer_rules(str(item.inputs["securityGroupId"]), egress, item.urn, item.inputs)
    for item in recording.of_type(GROUP, DEFAULT_GROUP):
        for key, egress in (("ingress", False), ("egress", True)):
            for entry in item.inputs.get(key) or []:
                rules += _peer_rules(item.id, egress, item.urn, entry)
    return rules


def _subnets(recording: Recording, used: Iterable[str]) -> dict[str, Subnet]:
    routes: dict[str, list[Mapping[str, Any]]] = {}
    for route in recording.of_type(ROUTE):
        routes.setdefault(str(route.inputs.get("routeTableId")), []).append(route.inputs)
    for table in recording.of_type(ROUTE_TABLE):
        for entry in table.inputs.get("routes") or []:
            block = {"destinationCidrBlock": entry.get("cidrBlock"), **entry}
            routes.setdefault(table.id, []).append(block)
    tables = {
        str(item.inputs.get("subnetId")): str(item.inputs.get("routeTableId"))
        for item in recording.of_type(ASSOCIATION)
    }
    found = {}
    for item in recording.of_type(SUBNET):
        table_id = tables.get(item.id, "")
        found[item.id] = Subnet(
            id=item.id,
            name=item.name,
            vpc=str(item.inputs.get("vpcId")),
            zone=str(
                item.inputs.get("availabilityZoneId") or item.inputs.get("availabilityZone", "")
            ),
            cidr=str(item.inputs.get("cidrBlock", "")),
            route_table=table_id,
            known=True,
            routes=tuple(routes.get(table_id, ())),
        )
    for identifier in used:
        if identifier not in found:
            found[identifier] = Subnet(identifier, identifier, "", "", "", "", known=False)
    return found


def _endpoints(recording: Recording) -> list[Endpoint]:
    found = []
    for item in recording.of_type(ENDPOINT):
        name = str(item.inputs.get("serviceName", ""))
        service = name.split(f"{recording.region}.", 1)[-1]
        found.append(
            Endpoint(
                resource=item,
                service=service,
                gateway=item.inputs.get("vpcEndpointType", "Gateway") == "Gateway",
                subnets=_texts(item.inputs.get("subnetIds")),
                groups=_texts(item.inputs.get("securityGroupIds")),
                route_tables=_texts(item.inputs.get("routeTableIds")),
                private_dns=bool(item.inputs.get("privateDnsEnabled")),
            )
        )
    return found


def _texts(values: Sequence[Any] | None) -> tuple[str, ...]:
    return tuple(str(item) for item in values or ())


def network(recording: Recording, used_subnets: Iterable[str] = ()) -> Network:
    """The graph of a recording; ``used_subnets`` may name subnets of an existing VPC."""
    groups = {item.id: item for item in recording.of_type(GROUP, DEFAULT_GROUP)}
    return Network(
        recording,
        tuple(_rules(recording)),
        _subnets(recording, used_subnets),
        tuple(_endpoints(recording)),
        groups,
    )
