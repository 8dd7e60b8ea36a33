"""The answers of the emulated provider: physical names, ids, ARNs and DNS names.

Every computed value carries a mark that is derived from the resource's URN, so that a value found
anywhere (in an environment variable, inside a policy's JSON) names the output it came from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from components.deployment import partition_of

ACCOUNT = "123456789012"
"""The account of every recording: AWS's own documentation account."""


@dataclass(frozen=True)
class Registration:
    """What an answer may depend on."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    region: str

    @property
    def mark(self) -> str:
        """17 hexadecimal digits that belong to this URN alone."""
        return hashlib.sha256(self.urn.encode()).hexdigest()[:17]

    def arn(self, service: str, path: str, *, regional: bool = True) -> str:
        """An ARN of the recording's account."""
        region = self.region if regional else ""
        return f"arn:{partition_of(self.region)}:{service}:{region}:{ACCOUNT}:{path}"


Answer = dict[str, Any]

# Types whose physical name the provider makes from the logical one when the program gives none.
_NAME_PROPERTY = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:s3/bucketV2:BucketV2": "bucket",
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:ecs/taskDefinition:TaskDefinition": "family",
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": "agentRuntimeName",
}
_NAMED = {
    "aws:iam/role:Role",
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:ecr/repository:Repository",
    "aws:ecs/cluster:Cluster",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    "aws:sns/topic:Topic",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:lambda/function:Function",
    "aws:secretsmanager/secret:Secret",
    "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint",
}


def physical_name(registration: Registration) -> tuple[str, str] | None:
    """The name property of a named type and its value, made up as Pulumi does when absent."""
    token = registration.type
    key = _NAME_PROPERTY.get(token, "name" if token in _NAMED else "")
    if not key:
        return None
    given = registration.inputs.get(key)
    if isinstance(given, str) and given:
        return key, given
    prefix = registration.inputs.get(f"{key}Prefix") or f"{registration.name}-"
    return key, f"{prefix}{registration.mark[:7]}"


def _identified(prefix: str, arn_path: str = "") -> Callable[[Registration, str], Answer]:
    """A type whose id is ``prefix`` and digits, with an ARN in EC2's form."""

    def answer(registration: Registration, _name: str) -> Answer:
        identifier = f"{prefix}-{registration.mark}"
        result: Answer = {"id": identifier}
        if arn_path:
            result["arn"] = registration.arn("ec2", f"{arn_path}/{identifier}")
        return result

    return answer


def _vpc(registration: Registration, name: str) -> Answer:
    mark = registration.mark
    return {
        **_identified("vpc", "vpc")(registration, name),
        "defaultSecurityGroupId": f"sg-d{mark[1:]}",
        "defaultNetworkAclId": f"acl-d{mark[1:]}",
        "mainRouteTableId": f"rtb-d{mark[1:]}",
        "defaultRouteTableId": f"rtb-d{mark[1:]}",
    }


def _default_security_group(registration: Registration, _name: str) -> Answer:
    vpc = str(registration.inputs.get("vpcId", "vpc-"))
    identifier = f"sg-d{vpc.removeprefix('vpc-')[1:]}"
    return {"id": identifier, "arn": registration.arn("ec2", f"security-group/{identifier}")}


def _vpc_endpoint(registration: Registration, name: str) -> Answer:
    answer = _identified("vpce", "vpc-endpoint")(registration, name)
    if registration.inputs.get("vpcEndpointType", "Gateway") == "Gateway":
        answer["prefixListId"] = f"pl-{registration.mark[:8]}"
    else:
        service = str(registration.inputs.get("serviceName", "")).rsplit(".", 1)[-1]
        host = f"{answer['id']}.{service}.{registration.region}.vpce.amazonaws.com"
        answer["dnsEntries"] = [{"dnsName": host, "hostedZoneId": f"Z{registration.mark.upper()}"}]
    return answer


def _eip(registration: Registration, name: str) -> Answer:
    last = int(registration.mark[:2], 16)
    return {
        **_identified("eipalloc", "elastic-ip")(registration, name),
        "allocationId": f"eipalloc-{registration.mark}",
        "publicIp": f"203.0.113.{last}",
    }


def _named_by(
    service: str, path: str, *, regional: bool = True
) -> Callable[[Registration, str], Answer]:
    """A type whose id is its name and whose ARN ends in it."""

    def answer(registration: Registration, name: str) -> Answer:
        arn = registration.arn(service, path.format(name=name), regional=regional)
        return {"id": name, "arn": arn}

    return answer


def _arn_is_id(
    service: str, path: str, *, regional: bool = True
) -> Callable[[Registration, str], Answer]:
    """A type whose id is its ARN."""

    def answer(registration: Registration, name: str) -> Answer:
        text = path.format(name=name, mark=registration.mark[:16])
        arn = registration.arn(service, text, regional=regional)
        return {"id": arn, "arn": arn}

    return answer


def _bucket(registration: Registration, name: str) -> Answer:
    return {
        "id": name,
        "arn": f"arn:{partition_of(registration.region)}:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{registration.region}.amazonaws.com",
    }


def _task_definition(registration: Registration, name: str) -> Answer:
    arn = registration.arn("ecs", f"task-definition/{name}")
    return {"id": name, "arn": f"{arn}:7", "arnWithoutRevision": arn, "revision": 7}


def _repository(registration: Registration, name: str) -> Answer:
    host = f"{ACCOUNT}.dkr.ecr.{registration.region}.amazonaws.com"
    arn = registration.arn("ecr", f"repository/{name}")
    return {"id": name, "arn": arn, "registryId": ACCOUNT, "repositoryUrl": f"{host}/{name}"}


def _load_balancer(registration: Registration, name: str) -> Answer:
    suffix = f"app/{name}/{registration.mark[:16]}"
    arn = registration.arn("elasticloadbalancing", f"loadbalancer/{suffix}")
    internal = "internal-" if registration.inputs.get("internal") else ""
    host = (
        f"{internal}{name}-{int(registration.mark[:8], 16)}.{registration.region}.elb.amazonaws.com"
    )
    zone = f"Z{registration.mark[:13].upper()}"
    return {"id": arn, "arn": arn, "arnSuffix": suffix, "dnsName": host, "zoneId": zone}


def _target_group(registration: Registration, name: str) -> Answer:
    suffix = f"targetgroup/{name}/{registration.mark[:16]}"
    arn = registration.arn("elasticloadbalancing", suffix)
    return {"id": arn, "arn": arn, "arnSuffix": suffix}


def _role(registration: Registration, name: str) -> Answer:
    path = str(registration.inputs.get("path", "/"))
    arn = registration.arn("iam", f"role{path}{name}", regional=False)
    return {"id": name, "arn": arn, "uniqueId": f"AROA{registration.mark.upper()}"}


def _runtime(registration: Registration, name: str) -> Answer:
    identifier = f"{name}-{registration.mark[:10]}"
    workload = f"workload-identity-directory/default/workload-identity/{identifier}"
    return {
        "id": identifier,
        "agentRuntimeId": identifier,
        "agentRuntimeArn": registration.arn("bedrock-agentcore", f"runtime/{identifier}"),
        "agentRuntimeVersion": "1",
        "workloadIdentityDetails": [
            {"workloadIdentityArn": registration.arn("bedrock-agentcore", workload)}
        ],
    }


def _runtime_endpoint(registration: Registration, name: str) -> Answer:
    runtime = str(registration.inputs.get("agentRuntimeId", ""))
    arn = registration.arn("bedrock-agentcore", f"runtime/{runtime}")
    return {
        "id": f"{runtime},{name}",
        "agentRuntimeArn": arn,
        "agentRuntimeEndpointArn": f"{arn}/runtime-endpoint/{name}",
    }


def digest_of(registration: Registration) -> str:
    """The content digest that the emulated registry gives an image."""
    return "sha256:" + hashlib.sha256(f"image:{registration.urn}".encode()).hexdigest()


def _docker_image(registration: Registration, _name: str) -> Answer:
    reference = str(registration.inputs.get("imageName", ""))
    repository = reference.rsplit(":", 1)[0]
    return {
        "id": reference,
        "baseImageName": reference,
        "repoDigest": f"{repository}@{digest_of(registration)}",
        "registryServer": repository.split("/", 1)[0],
    }


def _buildkit_image(registration: Registration, _name: str) -> Answer:
    tags = registration.inputs.get("tags") or [""]
    digest = digest_of(registration)
    return {
        "id": digest,
        "digest": digest,
        "ref": f"{tags[0]}@{digest}",
        "contextHash": registration.mark,
    }


def _log_delivery(registration: Registration, _name: str) -> Answer:
    identifier = registration.mark[:16]
    return {"id": identifier, "arn": registration.arn("logs", f"delivery:{identifier}")}


_ANSWERS: dict[str, Callable[[Registration, str], Answer]] = {
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/subnet:Subnet": _identified("subnet", "subnet"),
    "aws:ec2/internetGateway:InternetGateway": _identified("igw", "internet-gateway"),
    "aws:ec2/natGateway:NatGateway": _identified("nat"),
    "aws:ec2/eip:Eip": _eip,
    "aws:ec2/routeTable:RouteTable": _identified("rtb", "route-table"),
    "aws:ec2/route:Route": _identified("r-rtb"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _identified("rtbassoc"),
    "aws:ec2/securityGroup:SecurityGroup": _identified("sg", "security-group"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _default_security_group,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _identified(
        "sgr", "security-group-rule"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _identified(
        "sgr", "security-group-rule"
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": _identified("sgrule"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
    "aws:ec2/flowLog:FlowLog": _identified("fl", "vpc-flow-log"),
    "aws:ec2/networkAcl:NetworkAcl": _identified("acl", "network-acl"),
    "aws:iam/role:Role": _role,
    "aws:iam/policy:Policy": _arn_is_id("iam", "policy/{name}", regional=False),
    "aws:ecs/cluster:Cluster": _arn_is_id("ecs", "cluster/{name}"),
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:ecr/repository:Repository": _repository,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _target_group,
    "aws:lb/listener:Listener": _arn_is_id("elasticloadbalancing", "listener/app/{mark}"),
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketV2:BucketV2": _bucket,
    "aws:cloudwatch/logGroup:LogGroup": _named_by("logs", "log-group:{name}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _named_by("cloudwatch", "alarm:{name}"),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": _named_by(
        "logs", "delivery-source:{name}"
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": _named_by(
        "logs", "delivery-destination:{name}"
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": _log_delivery,
    "aws:cloudwatch/eventRule:EventRule": _named_by("events", "rule/{name}"),
    "aws:lambda/function:Function": _named_by("lambda", "function:{name}"),
    "aws:sns/topic:Topic": _arn_is_id("sns", "{name}"),
    "aws:secretsmanager/secret:Secret": _arn_is_id("secretsmanager", "secret:{name}-{mark}"),
    "aws:kms/key:Key": _arn_is_id("kms", "key/{mark}"),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": _runtime,
    "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint": _runtime_endpoint,
    "docker:index/image:Image": _docker_image,
    "docker-build:index:Image": _buildkit_image,
}


def answer(registration: Registration, *, preview: bool) -> Answer:
    """The state a provider returns for a registration.

    In a preview only the inputs are known; everything else the provider computes stays unknown.
    """
    state: Answer = dict(registration.inputs)
    named = physical_name(registration)
    if named and not preview:
        state[named[0]] = named[1]
    if preview:
        return {**state, "id": ""}
    make = _ANSWERS.get(registration.type)
    if make is None:
        state["id"] = f"{registration.name}-{registration.mark}"
    else:
        state.update(make(registration, named[1] if named else registration.name))
    if "tags" in state or registration.type.startswith("aws:"):
        state["tagsAll"] = state.get("tags") or {}
    return state
