"""Failures of the network: zones, routes, endpoints, security groups."""

from typing import Any

from plan.network import (
    ASSOCIATION,
    EGRESS,
    ENDPOINT,
    GROUP,
    INGRESS,
    INTERNET_GATEWAY,
    NAT,
    NETWORK_ACL,
    ROUTE,
    SUBNET,
    VPC,
)
from plan.platform import LOAD_BALANCER, Platform
from plan.recording import Recording, Resource
from tests.plan.existing_vpc import EXISTING, EXISTING_WITH_ENDPOINTS
from tests.plan.mutants.mutation import Mutant, inputs, networking, rule, without

OCTOBER, NOVEMBER = "diary of October 2025", "diary of November 2025"
REFERENCE = "reference system, security groups and endpoints"
NO_ROUTE = "reference system, private subnets without a route to a NAT gateway"
INTERNET = ("executorInternet=true", "nat=single")


def _runtime_group(recording: Recording) -> str:
    return Platform(recording).runtime_party.groups[0]


def _executor_group(recording: Recording) -> str:
    return Platform(recording).executor_party.groups[0]


def _without_endpoint(service: str) -> Any:
    return lambda recording: without(recording, ENDPOINT, f"endpoint-{service}")


def _in_other_vpc(recording: Recording) -> Recording:
    for subnet in Platform(recording).executor_party.subnets:
        found = recording.by_id(subnet)
        assert found is not None
        if found.id not in Platform(recording).runtime_party.subnets[:1]:
            return recording.change_inputs(found.urn, vpcId="vpc-0defaultdefault00")
    raise AssertionError("no subnet to move")


def _to_public(recording: Recording) -> Recording:
    public = [item for item in recording.of_type(SUBNET) if "public" in item.name]
    return networking(recording, subnets=[item.id for item in public])


def _nat_in_a_private_subnet(recording: Recording) -> Recording:
    private = Platform(recording).executor_party.subnets[0]
    return inputs(recording, NAT, subnetId=private)


def _route_table_left_out(recording: Recording) -> Recording:
    endpoint = recording.one(ENDPOINT, "endpoint-s3")
    kept = endpoint.inputs["routeTableIds"][:1]
    return recording.change_inputs(endpoint.urn, routeTableIds=kept)


MUTANTS = (
    Mutant(
        "the runtime's subnet is in use1-az6, which AgentCore does not support",
        OCTOBER, "placement", "agentcore-zone",
        lambda r: inputs(r, SUBNET, "private-use1-az2", availabilityZoneId="use1-az6"),
    ),
    Mutant(
        "the runtime is in one zone only", "reference system, runtime creation",
        "placement", "one-zone",
        lambda r: networking(r, subnets=Platform(r).runtime_party.subnets[:1]),
    ),
    Mutant(
        "no endpoint for ECS and no NAT", OCTOBER, "reach", "endpoint-missing",
        _without_endpoint("ecs"),
    ),
    Mutant(
        "no endpoint for load balancing and no NAT", REFERENCE, "reach", "endpoint-missing",
        _without_endpoint("elasticloadbalancing"),
    ),
    Mutant(
        "no endpoint for traces and no NAT", REFERENCE, "reach", "endpoint-missing",
        _without_endpoint("xray"),
    ),
    Mutant(
        "image layers cannot be pulled: no S3 endpoint", "terraform-provider-aws #47800",
        "reach", "endpoint-missing", _without_endpoint("s3"),
    ),
    Mutant(
        "the S3 endpoint is not on every private route table", "terraform-provider-aws #47800",
        "reach", "gateway-route", _route_table_left_out,
    ),
    Mutant(
        "the endpoint's name resolves to the internet", OCTOBER, "reach", "private-dns",
        lambda r: inputs(r, ENDPOINT, "endpoint-logs", privateDnsEnabled=False),
    ),
    Mutant(
        "the VPC has no DNS host names", OCTOBER, "reach", "vpc-dns",
        lambda r: inputs(r, VPC, enableDnsHostnames=False),
    ),
    Mutant(
        "no rule lets the executor in", OCTOBER, "reach", "ingress-closed",
        lambda r: without(r, INGRESS, "load-balancer-to-executor-8080"),
    ),
    Mutant(
        "no rule lets the runtime out to the load balancer", NOVEMBER, "reach", "egress-closed",
        lambda r: without(r, EGRESS, "agent-runtime-to-executor-load-balancer"),
    ),
    Mutant(
        "a direct runtime finds the executor's port closed", NOVEMBER, "reach", "ingress-closed",
        lambda r: without(r, INGRESS, "agent-runtime-to-executor-8080"),
        overrides=("executorRoute=direct",),
    ),
    Mutant(
        "a rule opens another port than the container's", NOVEMBER, "reach", "ingress-closed",
        lambda r: inputs(r, INGRESS, "load-balancer-to-executor", fromPort=80, toPort=80),
    ),
    Mutant(
        "executors run in the default VPC, the runtime in another", OCTOBER, "reach", "two-vpcs",
        _in_other_vpc,
    ),
    Mutant(
        "the runtime is in public subnets and has no way out", OCTOBER, "reach", "public-subnet",
        _to_public,
    ),
    Mutant(
        "user code can reach the internet", REFERENCE, "reach", "executor-internet",
        lambda r: rule(
            r, group=_executor_group(r), egress=True, peer={"cidrIpv4": "0.0.0.0/0"}, port=443
        ),
    ),
    Mutant(
        "allow-all egress makes every other rule decorative", REFERENCE, "reach", "rule-wide",
        lambda r: rule(
            r, group=_runtime_group(r), egress=True, peer={"cidrIpv4": "0.0.0.0/0"}, port=None
        ),
    ),
    Mutant(
        "a group admits itself although nobody connects", REFERENCE, "reach", "rule-unneeded",
        lambda r: rule(
            r, group=_runtime_group(r), egress=False,
            peer={"referencedSecurityGroupId": _runtime_group(r)}, port=443,
        ),
    ),
    Mutant(
        "one session's executor can connect to another's", "incident of 2026-02-22",
        "reach", "executor-to-executor",
        lambda r: rule(
            r, group=_executor_group(r), egress=True,
            peer={"referencedSecurityGroupId": _executor_group(r)}, port=8080,
        ),
    ),
    Mutant(
        "anything in the VPC can connect to executors", REFERENCE, "reach", "executor-open",
        lambda r: rule(
            r, group=_executor_group(r), egress=False, peer={"cidrIpv4": "10.0.0.0/16"}, port=8080
        ),
    ),
    Mutant(
        "the load balancer faces the internet", "reference system, web front",
        "reach", "front-door-public", lambda r: inputs(r, LOAD_BALANCER, internal=False),
    ),
    Mutant(
        "executors run in a zone without the load balancer", OCTOBER, "reach", "front-door-zone",
        lambda r: inputs(
            r, LOAD_BALANCER, subnets=Platform(r).front_party.subnets[:1]  # type: ignore[union-attr]
        ),
    ),
    Mutant(
        "code that may use the internet has no rule to it", NO_ROUTE, "reach", "egress-closed",
        lambda r: without(r, EGRESS, "executor-to-internet"), overrides=INTERNET,
    ),
    Mutant(
        "a private subnet has no route to the NAT gateway", NO_ROUTE, "reach", "internet-route",
        lambda r: without(r, ROUTE, "private-use1-az2-to-nat"), overrides=INTERNET,
    ),
    Mutant(
        "the NAT gateway's own subnet is private", NO_ROUTE, "reach", "internet-route",
        _nat_in_a_private_subnet, overrides=INTERNET,
    ),
    Mutant(
        "the NAT gateway has no public address", NO_ROUTE, "reach", "internet-route",
        lambda r: inputs(r, NAT, connectivityType="private"), overrides=INTERNET,
    ),
    Mutant(
        "the public subnets do not lead to the internet gateway", NO_ROUTE,
        "reach", "internet-route", lambda r: without(r, ROUTE, "public-to-internet"),
        overrides=INTERNET,
    ),
    Mutant(
        "the internet gateway is attached to another VPC", NO_ROUTE, "reach", "internet-route",
        lambda r: inputs(r, INTERNET_GATEWAY, vpcId="vpc-0defaultdefault00"), overrides=INTERNET,
    ),
    Mutant(
        "the runtime has no security group", REFERENCE, "reach", "no-group",
        lambda r: networking(r, securityGroups=[]),
    ),
    Mutant(
        "the runtime is in no subnet", OCTOBER, "reach", "no-subnet",
        lambda r: networking(r, subnets=[]),
    ),
    Mutant(
        "an endpoint is in no subnet", OCTOBER, "reach", "endpoint-nowhere",
        lambda r: inputs(r, ENDPOINT, "endpoint-logs", subnetIds=[]),
    ),
    Mutant(
        "a network ACL decides what no proof reads", REFERENCE, "reach", "acl",
        lambda r: r.adding(Resource("urn:acl", NETWORK_ACL, "acl", "", True, {}, {"id": "acl-1"})),
    ),
    Mutant(
        "an existing VPC has no endpoint for ECS and no internet", OCTOBER,
        "reach", "endpoint-missing", _without_endpoint("ecs"), overrides=(EXISTING,),
    ),
    Mutant(
        "the group of an existing endpoint does not let the runtime in", OCTOBER,
        "reach", "endpoint-missing",
        lambda r: without(r, INGRESS, "agent-runtime-to-existing-endpoints"),
        overrides=(EXISTING_WITH_ENDPOINTS,),
    ),
    Mutant(
        "the default group stays open", REFERENCE, "reach", "default-group",
        lambda r: without(r, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"),
    ),
    Mutant(
        "a subnet has no route table of its own", OCTOBER, "order", "subnet-association",
        lambda r: without(r, ASSOCIATION, "private-use1-az2"),
    ),
    Mutant(
        "two subnets overlap", OCTOBER, "placement", "subnet-overlap",
        lambda r: inputs(r, SUBNET, "private-use1-az2", cidrBlock="10.0.128.0/20"),
    ),
    Mutant(
        "AWS refuses a group whose name begins with sg-", "provider refusals that mocks accept",
        "placement", "group-name",
        lambda r: inputs(r, GROUP, "agent-runtime-group", namePrefix="sg-runtime-"),
    ),
)  # fmt: skip
