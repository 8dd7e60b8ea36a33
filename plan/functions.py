"""The answers of provider functions (``aws.get_…``) that need no account.

A function this module does not know is an error: a silent empty answer would let a program pass
here and fail in the cloud.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from components.deployment import partition_of
from components.zones import AGENTCORE_ZONES
from plan.emulation import ACCOUNT

Arguments = Mapping[str, Any]
Function = Callable[[Arguments, str], dict[str, Any]]

# Zone ids behind zone names differ by account. This order puts a zone that AgentCore does not
# support first, so that a program that takes "the first two names" is caught.
_ZONE_IDS = {
    "us-east-1": ("use1-az6", "use1-az1", "use1-az2", "use1-az4", "use1-az3", "use1-az5"),
    "us-east-2": ("use2-az1", "use2-az2", "use2-az3"),
    "us-west-2": ("usw2-az4", "usw2-az1", "usw2-az2", "usw2-az3"),
    "ca-central-1": ("cac1-az1", "cac1-az2", "cac1-az4"),
    "eu-central-1": ("euc1-az2", "euc1-az3", "euc1-az1"),
    "eu-west-1": ("euw1-az3", "euw1-az1", "euw1-az2"),
    "eu-west-2": ("euw2-az2", "euw2-az3", "euw2-az1"),
    "eu-north-1": ("eun1-az1", "eun1-az2", "eun1-az3"),
    "ap-northeast-1": ("apne1-az4", "apne1-az1", "apne1-az2"),
    "ap-northeast-2": ("apne2-az1", "apne2-az2", "apne2-az3", "apne2-az4"),
    "ap-south-1": ("aps1-az1", "aps1-az3", "aps1-az2"),
    "ap-southeast-1": ("apse1-az2", "apse1-az1", "apse1-az3"),
    "ap-southeast-2": ("apse2-az3", "apse2-az1", "apse2-az2"),
    "sa-east-1": ("sae1-az1", "sae1-az2", "sae1-az3"),
}


class UnknownFunctionError(Exception):
    """The program calls a provider function that the emulation has no answer for."""

    def __init__(self, token: str) -> None:
        super().__init__(
            f"The program calls {token}, for which plan/functions.py has no answer; add one there."
        )


def zone_ids(region: str) -> tuple[str, ...]:
    """The zone ids of a region in the order of the emulated account's zone names."""
    return _ZONE_IDS.get(region) or tuple(AGENTCORE_ZONES.get(region, ()))


def zone_name(region: str, zone_id: str) -> str:
    """The emulated account's name of a zone id, as ``us-east-1b``; empty when unknown."""
    ids = zone_ids(region)
    return f"{region}{'abcdef'[ids.index(zone_id)]}" if zone_id in ids else ""


def _caller_identity(_arguments: Arguments, region: str) -> dict[str, Any]:
    arn = f"arn:{partition_of(region)}:iam::{ACCOUNT}:role/deployer"
    return {"id": ACCOUNT, "accountId": ACCOUNT, "arn": arn, "userId": "AROAEXAMPLE:deployer"}


def _region(arguments: Arguments, region: str) -> dict[str, Any]:
    name = arguments.get("region") or arguments.get("name") or region
    return {"id": name, "name": name, "region": name, "description": name}


def _partition(_arguments: Arguments, region: str) -> dict[str, Any]:
    partition = partition_of(region)
    return {
        "id": partition,
        "partition": partition,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _zones(_arguments: Arguments, region: str) -> dict[str, Any]:
    ids = list(zone_ids(region))
    names = [zone_name(region, zone) for zone in ids]
    return {"id": region, "names": names, "zoneIds": ids, "groupNames": [region] * len(ids)}


def _zone(arguments: Arguments, region: str) -> dict[str, Any]:
    ids = zone_ids(region)
    if arguments.get("zoneId"):
        identifier = str(arguments["zoneId"])
    else:
        identifier = ids["abcdef".index(str(arguments.get("name", "a"))[-1])]
    name = zone_name(region, identifier)
    return {"id": name, "name": name, "zoneId": identifier, "region": region, "state": "available"}


def _endpoint_service(arguments: Arguments, region: str) -> dict[str, Any]:
    service = arguments.get("serviceName") or f"com.amazonaws.{region}.{arguments.get('service')}"
    zones = [zone_name(region, zone) for zone in zone_ids(region)]
    return {
        "id": service,
        "serviceName": service,
        "availabilityZones": zones,
        "serviceType": "Interface",
        "privateDnsName": "",
    }


def _prefix_list(arguments: Arguments, region: str) -> dict[str, Any]:
    name = arguments.get("name") or f"com.amazonaws.{region}.s3"
    return {"id": "pl-63a5400a", "name": name, "cidrBlocks": ["52.216.0.0/15"], "entries": []}


def _authorization_token(_arguments: Arguments, region: str) -> dict[str, Any]:
    host = f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com"
    return {
        "id": region,
        "authorizationToken": "emulated",
        "userName": "AWS",
        "password": "emulated-registry-password",
        "proxyEndpoint": f"https://{host}",
        "expiresAt": "",
    }


def _load_balancer_account(_arguments: Arguments, region: str) -> dict[str, Any]:
    return {"id": "127311923021", "arn": f"arn:{partition_of(region)}:iam::127311923021:root"}


def _policy_document(arguments: Arguments, _region: str) -> dict[str, Any]:
    statements = []
    for statement in arguments.get("statements") or []:
        rendered: dict[str, Any] = {"Effect": statement.get("effect", "Allow")}
        for ours, theirs in (("sid", "Sid"), ("actions", "Action"), ("resources", "Resource")):
            if statement.get(ours):
                rendered[theirs] = statement[ours]
        principals = statement.get("principals") or []
        if principals:
            rendered["Principal"] = {item["type"]: item["identifiers"] for item in principals}
        for condition in statement.get("conditions") or []:
            operator = rendered.setdefault("Condition", {}).setdefault(condition["test"], {})
            operator[condition["variable"]] = condition["values"]
        statements.append(rendered)
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return {"id": "document", "json": text, "minifiedJson": text}


def existing_subnet_zone(subnet: str, region: str) -> str:
    """The zone id of an existing subnet: the last character of its id chooses one in turn."""
    from_agentcore = [zone for zone in zone_ids(region) if not zone.endswith(("az6", "az5", "az3"))]
    return from_agentcore[int(subnet[-1], 36) % len(from_agentcore)]


def _vpc(arguments: Arguments, region: str) -> dict[str, Any]:
    identifier = arguments.get("id", "vpc-0existing0000000a")
    arn = f"arn:{partition_of(region)}:ec2:{region}:{ACCOUNT}:vpc/{identifier}"
    return {
        "id": identifier,
        "arn": arn,
        "cidrBlock": "10.42.0.0/16",
        "enableDnsHostnames": True,
        "enableDnsSupport": True,
        "mainRouteTableId": "rtb-0existing000000aa",
        "tags": {},
    }


def _subnet(arguments: Arguments, region: str) -> dict[str, Any]:
    identifier = str(arguments.get("id", "subnet-0existing00000a"))
    zone = existing_subnet_zone(identifier, region)
    return {
        "id": identifier,
        "vpcId": arguments.get("vpcId", "vpc-0existing0000000a"),
        "availabilityZone": zone_name(region, zone),
        "availabilityZoneId": zone,
        "cidrBlock": f"10.42.{int(identifier[-1], 36)}.0/24",
        "mapPublicIpOnLaunch": False,
        "tags": {},
    }


def _route_table(arguments: Arguments, _region: str) -> dict[str, Any]:
    subnet = str(arguments.get("subnetId", "0"))
    identifier = f"rtb-0existing00000{subnet[-1]}"
    return {"id": identifier, "routeTableId": identifier, "subnetId": subnet, "routes": []}


def _inference_profile(arguments: Arguments, region: str) -> dict[str, Any]:
    identifier = str(arguments.get("inferenceProfileId", ""))
    model = identifier.split(".", 1)[1]
    bedrock = f"arn:{partition_of(region)}:bedrock:{region}"
    arn = f"{bedrock}:{ACCOUNT}:inference-profile/{identifier}"
    models = [{"modelArn": f"{bedrock}::foundation-model/{model}"}]
    return {"id": identifier, "inferenceProfileArn": arn, "models": models, "status": "ACTIVE"}


def _random_password(arguments: Arguments, _region: str) -> dict[str, Any]:
    """The same each time: whether a new one is ignored is for a real engine to tell."""
    return {"id": "random", "randomPassword": "r" * int(arguments.get("passwordLength") or 32)}


_FUNCTIONS: dict[str, Function] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getAvailabilityZone:getAvailabilityZone": _zone,
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": _endpoint_service,
    "aws:ec2/getPrefixList:getPrefixList": _prefix_list,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _prefix_list,
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getRouteTable:getRouteTable": _route_table,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _authorization_token,
    "aws:ecr/getCredentials:getCredentials": _authorization_token,
    "aws:elb/getServiceAccount:getServiceAccount": _load_balancer_account,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:bedrock/getInferenceProfile:getInferenceProfile": _inference_profile,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": _random_password,
}


def call(token: str, arguments: Arguments, region: str) -> dict[str, Any]:
    """The answer of one provider function.

    Raises:
        UnknownFunctionError: The emulation has no answer for it.
    """
    function = _FUNCTIONS.get(token)
    if function is None:
        raise UnknownFunctionError(token)
    return function(arguments, region)
