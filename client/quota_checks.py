"""Quotas of the AWS account that a stack can meet, and how much of them is left."""

from botocore.exceptions import ClientError

from client.aws import AwsClients, code_of, explained, is_missing
from client.findings import Finding, failed, ok, warning
from client.stack_settings import StackSettings

FARGATE_VCPUS = {"on_demand": "L-3032A538", "spot": "L-36FBB829"}
"""Fargate On-Demand and Spot vCPU resource count."""
VPCS_PER_REGION = "L-F678F1CE"
ADDRESSES_PER_REGION = "L-0263D0A3"
"""EC2-VPC Elastic IPs; each NAT gateway takes one."""
SESSIONS_PER_ACCOUNT = "L-3E5722B2"
"""Active Session Workloads per Account; 0 in some new accounts, which then run no job."""


def check_session_quota(clients: AwsClients) -> Finding:
    """How many sessions AgentCore runs at once."""
    limit = _quota(clients, "bedrock-agentcore", SESSIONS_PER_ACCOUNT)
    if isinstance(limit, Finding):
        return limit
    text = f"{limit:g} sessions of AgentCore at once"
    if limit < 1:
        return failed(text, _ask("bedrock-agentcore", SESSIONS_PER_ACCOUNT))
    return ok(text)


def check_fargate_quota(clients: AwsClients, settings: StackSettings) -> Finding:
    """How many executors the vCPU quota allows at once."""
    capacity = str(settings["executorCapacity"] or "on_demand")
    vcpus = int(settings["executorCpu"] or 1024) / 1024
    code = FARGATE_VCPUS.get(capacity, FARGATE_VCPUS["on_demand"])
    limit = _quota(clients, "fargate", code)
    if isinstance(limit, Finding):
        return limit
    count = int(limit // vcpus)
    text = f"{limit:g} vCPU of Fargate ({capacity}): {count} executors of {vcpus:g} at once"
    if count < 1:
        return failed(text, _ask("fargate", code))
    return ok(text)


def check_vpc_quota(clients: AwsClients) -> Finding:
    """Whether one more VPC fits."""
    limit = _quota(clients, "vpc", VPCS_PER_REGION)
    if isinstance(limit, Finding):
        return limit
    with explained("listing the VPCs"):
        pages = clients.client("ec2").get_paginator("describe_vpcs").paginate()
        used = sum(len(page["Vpcs"]) for page in pages)
    text = f"{used} of {limit:g} VPCs in {clients.region} are used"
    if used >= limit:
        return warning(
            f"{text}, so a new stack finds no room",
            f"{_ask('vpc', VPCS_PER_REGION)} or set existingVpc",
        )
    return ok(text)


def check_address_quota(clients: AwsClients, settings: StackSettings) -> Finding:
    """Whether the addresses of the NAT gateways fit."""
    zones = len(settings["availabilityZoneIds"] or ()) or 2
    wanted = zones if settings["nat"] == "per-az" else 1
    limit = _quota(clients, "ec2", ADDRESSES_PER_REGION)
    if isinstance(limit, Finding):
        return limit
    with explained("listing the elastic addresses"):
        used = len(clients.client("ec2").describe_addresses()["Addresses"])
    text = f"{used} of {limit:g} elastic addresses are used; a new stack takes {wanted}"
    if used + wanted > limit:
        return warning(text, f"{_ask('ec2', ADDRESSES_PER_REGION)} or set nat to none")
    return ok(text)


def _ask(service: str, code: str) -> str:
    return f"ask for more in Service Quotas ({service}, {code})"


def _quota(clients: AwsClients, service: str, code: str) -> float | Finding:
    """The quota that applies; a warning when it may not be asked."""
    quotas = clients.client("service-quotas")
    which = {"ServiceCode": service, "QuotaCode": code}
    try:
        try:
            answer = quotas.get_service_quota(**which)
        except ClientError as error:
            if not (is_missing(error) or code_of(error) == "NoSuchResourceException"):
                raise
            answer = quotas.get_aws_default_service_quota(**which)
    except ClientError as error:
        return warning(
            f"quota {code} of {service}: not checked ({code_of(error)})",
            "ask for servicequotas:GetServiceQuota, or look into Service Quotas yourself",
        )
    return float(answer["Quota"]["Value"])
