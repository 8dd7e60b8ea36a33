"""What a stack in an existing VPC is told about it, compared with the account."""

from collections.abc import Mapping
from typing import Any

from client.aws import AwsClients, explained
from client.findings import Finding, failed, ok

LISTED = "aws ec2 describe-subnets --filters Name=vpc-id,Values={vpc}"


def check_existing_vpc(clients: AwsClients, existing: Mapping[str, Any]) -> Finding:
    """Whether each private subnet is in the VPC and in the zone that it is listed under.

    AgentCore refuses a subnet by its zone, which the configuration only repeats.
    """
    vpc = str(existing.get("vpcId", ""))
    listed = existing.get("privateSubnetIds") or {}
    if not isinstance(listed, Mapping):
        return failed("privateSubnetIds is no map of zone IDs to subnets", "see configuration.md")
    look = LISTED.format(vpc=vpc)
    with explained("describing the subnets of existingVpc"):
        answer = clients.client("ec2").describe_subnets(
            Filters=[{"Name": "vpc-id", "Values": [vpc]}]
        )
    zones = {subnet["SubnetId"]: subnet["AvailabilityZoneId"] for subnet in answer["Subnets"]}
    wrong = [
        f"{subnet} is in {zones[subnet]}, not in {zone}"
        if subnet in zones
        else f"{subnet} is not in {vpc}"
        for zone, subnet in listed.items()
        if zones.get(subnet) != zone
    ]
    if wrong:
        return failed("; ".join(wrong), f"correct existingVpc.privateSubnetIds: {look}")
    return ok(f"{vpc}: {', '.join(f'{subnet} in {zone}' for zone, subnet in listed.items())}")
