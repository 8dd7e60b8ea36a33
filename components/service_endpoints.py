"""VPC endpoints, made for the services that somebody uses and for no others."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.deployment import Deployment
from components.fabric import Fabric
from components.policy import resource_policy
from components.security_group import empty_group
from components.zones import endpoint_zones

EndpointZones: TypeAlias = Literal["one", "all"]
GATEWAY_SERVICES = ("s3",)

# IAM prefix of an endpoint's actions where it is not the endpoint's own short name.
ACTION_PREFIXES: Mapping[str, str] = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "bedrock-runtime": "bedrock",
    "bedrock-agentcore.gateway": "bedrock-agentcore",
    "bedrock-agentcore-control": "bedrock-agentcore",
    "monitoring": "cloudwatch",
}


SHARED = "existing-endpoints"


class ServiceEndpoints:
    """The endpoints of one network, each made when it is first asked for.

    Interface endpoints resolve the service's usual name inside the VPC, admit only principals of
    this account, and carry a group each: who may reach one service cannot reach another.
    ``existing`` services already have an endpoint in an adopted VPC, which carries
    ``security_group_id``.
    """

    def __init__(
        self,
        name: str,
        *,
        deployment: Deployment,
        fabric: Fabric,
        placement: EndpointZones,
        zone_gaps: Mapping[str, Sequence[str]],
        existing: Sequence[str],
        security_group_id: pulumi.Input[str] | None,
        parent: pulumi.Resource,
    ) -> None:
        self._name = name
        self._deployment = deployment
        self._fabric = fabric
        self._placement = placement
        self._zone_gaps = zone_gaps
        self._existing = existing
        self._existing_group_id = security_group_id
        self._parent = parent
        self._endpoints: dict[str, aws.ec2.VpcEndpoint] = {}
        self._groups: dict[str, aws.ec2.SecurityGroup] = {}
        self._prefix_lists: dict[str, pulumi.Output[str]] = {}

    def group(self, service: str) -> tuple[str, pulumi.Input[str]]:
        """The name and the id of the group that admits users of an interface endpoint."""
        if service in self._existing and self._existing_group_id is not None:
            return SHARED, self._existing_group_id
        return service, self._groups[service].id

    def require(self, service: str) -> tuple[pulumi.Resource, ...]:
        """Make sure that `service` has an endpoint; what a user of it depends on.

        Raises:
            ZoneError: the service's endpoint is offered in none of the network's zones.
        """
        if service in self._existing:
            return ()
        if service not in self._endpoints:
            make = self._gateway if service in GATEWAY_SERVICES else self._interface
            self._endpoints[service] = make(service)
        return (self._endpoints[service],)

    def prefix_list_id(self, service: str) -> pulumi.Input[str]:
        """The address list of a gateway endpoint's service, for rules and routes."""
        if service in self._endpoints:
            return self._endpoints[service].prefix_list_id
        if service not in self._prefix_lists:
            self._prefix_lists[service] = aws.ec2.get_prefix_list_output(
                name=f"com.amazonaws.{self._deployment.region}.{service}",
                opts=pulumi.InvokeOutputOptions(parent=self._parent),
            ).id
        return self._prefix_lists[service]

    def _interface(self, service: str) -> aws.ec2.VpcEndpoint:
        zones = endpoint_zones(service, list(self._fabric.private_subnet_ids), self._zone_gaps)
        if self._placement == "one":
            zones = zones[:1]
        self._groups[service] = empty_group(
            f"{self._name}-endpoint-{service}-group",
            prefix=self._deployment.name(service),
            vpc_id=self._fabric.vpc_id,
            description=f"Endpoint of {service}",
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        return aws.ec2.VpcEndpoint(
            f"{self._name}-endpoint-{service}",
            vpc_id=self._fabric.vpc_id,
            service_name=f"com.amazonaws.{self._deployment.region}.{service}",
            vpc_endpoint_type="Interface",
            subnet_ids=[self._fabric.private_subnet_ids[zone] for zone in zones],
            security_group_ids=[self._groups[service].id],
            private_dns_enabled=True,
            policy=self._account_only(service),
            tags={"Name": self._deployment.name(service)},
            opts=pulumi.ResourceOptions(parent=self._parent),
        )

    def _account_only(self, service: str) -> pulumi.Output[str]:
        prefix = ACTION_PREFIXES.get(service, service)
        return resource_policy(
            [
                {
                    "Sid": "PrincipalsOfThisAccount",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": f"{prefix}:*",
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"aws:PrincipalAccount": self._deployment.account_id}
                    },
                }
            ]
        )

    def _gateway(self, service: str) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            f"{self._name}-endpoint-{service}",
            vpc_id=self._fabric.vpc_id,
            service_name=f"com.amazonaws.{self._deployment.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(self._fabric.private_route_table_ids.values()),
            policy=self._own_buckets_and_image_layers(),
            tags={"Name": self._deployment.name(service)},
            opts=pulumi.ResourceOptions(parent=self._parent),
        )

    def _own_buckets_and_image_layers(self) -> pulumi.Output[str]:
        """Buckets of this account, and the bucket that ECR serves image layers from.

        Source of the layer bucket's name: "Amazon ECR interface VPC endpoints", minimum S3 bucket
        permissions. ECR reads it with presigned requests that carry no principal of ours.
        """
        region, partition = self._deployment.region, self._deployment.partition
        return resource_policy(
            [
                {
                    "Sid": "BucketsOfThisAccount",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [
                        "s3:GetObject",
                        "s3:PutObject",
                        "s3:DeleteObject",
                        "s3:AbortMultipartUpload",
                        "s3:ListBucket",
                    ],
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"aws:ResourceAccount": self._deployment.account_id}
                    },
                },
                {
                    "Sid": "ImageLayers",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": f"arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*",
                },
            ]
        )
