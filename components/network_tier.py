"""NetworkTier: the private network, and the only place where reach becomes rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.binding import BindingError, InternetReach, PortReach, Reach, ServiceReach
from components.deployment import Deployment
from components.fabric import Fabric, Nat, build_fabric
from components.flow_logs import record_flows
from components.security_group import (
    Pair,
    open_internet,
    open_pair,
    open_prefix_list,
)
from components.service_endpoints import GATEWAY_SERVICES, EndpointZones, ServiceEndpoints
from components.teardown import InterfaceRelease
from components.zones import choose_zones

HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class NetworkTierArgs:
    """A new VPC."""

    deployment: Deployment
    # The VPC's network, /16 to /22; see components.address_plan for how it is divided.
    cidr: str = "10.0.0.0/16"
    # Zone IDs; none: the first two that AgentCore supports in the region.
    zone_ids: Sequence[str] = ()
    # Zone IDs that AgentCore supports, instead of the built-in table.
    agentcore_zone_ids: Sequence[str] = ()
    # none costs nothing and is enough for everything the platform calls.
    nat: Nat = "none"
    # Interface endpoints are billed by zone; "one" halves their price and serves all zones.
    endpoint_zones: EndpointZones = "all"
    # Service -> zone IDs without its endpoint, in addition to the built-in table.
    endpoint_zone_gaps: Mapping[str, Sequence[str]] = field(default_factory=dict)
    flow_logs: bool = False


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkArgs:
    """A VPC that somebody else owns. DNS support and DNS host names must be on."""

    deployment: Deployment
    vpc_id: pulumi.Input[str]
    # Zone ID -> subnet, in at least two zones that AgentCore supports.
    private_subnet_ids: Mapping[str, pulumi.Input[str]]
    public_subnet_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    # Zone ID -> route table of its private subnet; the S3 gateway endpoint is added to them.
    private_route_table_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    # Whether private subnets have a route to the internet.
    internet: bool = False
    agentcore_zone_ids: Sequence[str] = ()
    endpoint_zones: EndpointZones = "all"
    # Services that already have an endpoint, which then carries this security group.
    existing_services: Sequence[str] = ()
    endpoint_security_group_id: pulumi.Input[str] | None = None
    endpoint_zone_gaps: Mapping[str, Sequence[str]] = field(default_factory=dict)


class NetworkTier(pulumi.ComponentResource):
    """VPC, subnets in two or more zones, routes, NAT, endpoints, and the rules between groups.

    Raises:
        ZoneError: an unsupported zone; AddressError: an unusable network;
        BindingError: an adopted network that lacks what it must have.
    """

    vpc_id: pulumi.Output[str]
    # By zone ID, in the order of the zones.
    private_subnet_ids: Mapping[str, pulumi.Input[str]]
    public_subnet_ids: Mapping[str, pulumi.Input[str]]
    # For groups that AgentCore's network interfaces use: hold back their deletion until those are
    # gone, and delete the resources that they occupy later still.
    release: InterfaceRelease
    ground: Sequence[pulumi.Resource]

    def __init__(
        self,
        name: str,
        args: NetworkTierArgs | ExistingNetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("deepinsight:index:NetworkTier", name, None, opts)
        self._name = name
        self.release = InterfaceRelease(name, deployment=args.deployment)
        if isinstance(args, NetworkTierArgs):
            zones = choose_zones(args.deployment.region, args.zone_ids, args.agentcore_zone_ids)
            fabric = build_fabric(
                name,
                prefix=args.deployment.prefix,
                cidr=args.cidr,
                zones=zones,
                nat=args.nat,
                release=self.release,
                parent=self,
            )
        else:
            fabric = _adopted_fabric(args)
        adopted = args if isinstance(args, ExistingNetworkArgs) else None
        self._fabric = fabric
        self._endpoints = ServiceEndpoints(
            name,
            deployment=args.deployment,
            fabric=fabric,
            placement=args.endpoint_zones,
            zone_gaps=args.endpoint_zone_gaps,
            existing=adopted.existing_services if adopted else (),
            security_group_id=adopted.endpoint_security_group_id if adopted else None,
            parent=self,
        )
        if isinstance(args, NetworkTierArgs) and args.flow_logs:
            record_flows(name, deployment=args.deployment, vpc_id=fabric.vpc_id, parent=self)
        self.vpc_id = pulumi.Output.from_input(fabric.vpc_id)
        self.private_subnet_ids = fabric.private_subnet_ids
        self.public_subnet_ids = fabric.public_subnet_ids
        self.ground = fabric.ground
        self.register_outputs({"vpcId": self.vpc_id})

    @classmethod
    def from_existing(
        cls, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> "NetworkTier":
        """The same component on a VPC that exists: it adds endpoints and rules only."""
        return cls(name, args, opts)

    def connect(
        self,
        who: str,
        security_group_id: pulumi.Input[str],
        reach: Sequence[Reach],
        *,
        parent: pulumi.Resource,
    ) -> tuple[pulumi.Resource, ...]:
        """Open everything in `reach` for the group; what `who` must wait for before it starts.

        Raises:
            BindingError: internet reach in a network that has no route to it.
        """
        opts = pulumi.ResourceOptions(parent=parent)
        ready: list[pulumi.Resource] = list(self._fabric.ready)
        for item in reach:
            match item:
                case PortReach():
                    pair = Pair(
                        source=who,
                        source_group_id=security_group_id,
                        target=item.peer,
                        target_group_id=item.security_group_id,
                        port=item.port,
                    )
                    ready += open_pair(pair, opts=opts)
                case ServiceReach():
                    ready += self._endpoints.require(item.service)
                case InternetReach():
                    if not self._fabric.internet:
                        raise BindingError(
                            f"{who} uses the internet ({item.reason}), but the network has no "
                            "route to it; set nat to single or per-az, or leave that use out."
                        )
                    ready.append(
                        open_internet(
                            who,
                            group_id=security_group_id,
                            port=item.port,
                            reason=item.reason,
                            opts=opts,
                        )
                    )
        ready += self._open_services(who, security_group_id, reach, opts)
        return tuple(ready)

    def _open_services(
        self,
        who: str,
        security_group_id: pulumi.Input[str],
        reach: Sequence[Reach],
        opts: pulumi.ResourceOptions,
    ) -> list[pulumi.Resource]:
        """Rules to the endpoints in use; endpoints that share a group share a pair."""
        services = [item.service for item in reach if isinstance(item, ServiceReach)]
        rules: list[pulumi.Resource] = []
        groups: dict[str, pulumi.Input[str]] = {}
        for service in services:
            if service in GATEWAY_SERVICES:
                rules.append(
                    open_prefix_list(
                        who,
                        group_id=security_group_id,
                        target=service,
                        prefix_list_id=self._endpoints.prefix_list_id(service),
                        port=HTTPS,
                        opts=opts,
                    )
                )
            else:
                groups.update([self._endpoints.group(service)])
        for target, group_id in groups.items():
            pair = Pair(
                source=who,
                source_group_id=security_group_id,
                target=target,
                target_group_id=group_id,
                port=HTTPS,
            )
            rules += open_pair(pair, opts=opts)
        return rules


def adoption_problem(
    *,
    private_zones: Sequence[str],
    route_table_zones: Sequence[str],
    existing_services: Sequence[str],
    has_endpoint_group: bool,
) -> str | None:
    """What an existing network lacks to be used, and the way out; None when it will do."""
    missing = [zone for zone in private_zones if zone not in route_table_zones]
    if missing and "s3" not in existing_services:
        return (
            f"the existing network has no S3 endpoint and no route table for {', '.join(missing)}; "
            "name the private route tables by zone, or list s3 among the existing services"
        )
    interfaces = [service for service in existing_services if service not in GATEWAY_SERVICES]
    if interfaces and not has_endpoint_group:
        return (
            f"the existing endpoints of {', '.join(interfaces)} need their security group; name it "
            "so that rules to it can be made"
        )
    return None


def _adopted_fabric(args: ExistingNetworkArgs) -> Fabric:
    choose_zones(args.deployment.region, list(args.private_subnet_ids), args.agentcore_zone_ids)
    problem = adoption_problem(
        private_zones=list(args.private_subnet_ids),
        route_table_zones=list(args.private_route_table_ids),
        existing_services=args.existing_services,
        has_endpoint_group=args.endpoint_security_group_id is not None,
    )
    if problem:
        raise BindingError(f"{problem}.")
    return Fabric(
        vpc_id=args.vpc_id,
        public_subnet_ids=args.public_subnet_ids,
        private_subnet_ids=args.private_subnet_ids,
        private_route_table_ids=args.private_route_table_ids,
        internet=args.internet,
    )
