"""The API requests behind recorded resources, so that service models can check them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plan.recording import Recording, Resource, document


@dataclass(frozen=True)
class Request:
    """An operation and its parameters."""

    resource: Resource
    service: str
    operation: str
    parameters: Mapping[str, Any]


Build = Callable[[Resource], dict[str, Any]]


def _pick(inputs: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Parameters by the API's name from inputs by the provider's name; absent ones left out."""
    return {
        theirs: inputs[ours]
        for ours, theirs in names.items()
        if ours in inputs and inputs[ours] is not None
    }


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _capital(*names: str) -> dict[str, str]:
    return {name: name[0].upper() + name[1:] for name in names}


def _pairs(tags: Any, key: str, value: str) -> list[dict[str, str]]:
    return [{key: str(name), value: str(text)} for name, text in (tags or {}).items()]


def _runtime(resource: Resource) -> dict[str, Any]:
    given = resource.inputs
    parameters = _pick(
        given,
        _same(
            "agentRuntimeName",
            "agentRuntimeArtifact",
            "roleArn",
            "networkConfiguration",
            "description",
            "environmentVariables",
            "protocolConfiguration",
            "platformVersion",
            "tags",
        ),
    )
    lifecycle = given.get("lifecycleConfigurations") or []
    if lifecycle:
        parameters["lifecycleConfiguration"] = lifecycle[0]
    return parameters


def _runtime_endpoint(resource: Resource) -> dict[str, Any]:
    names = _same("agentRuntimeId", "name", "agentRuntimeVersion", "description", "tags")
    return _pick(resource.inputs, names)


def _task_definition(resource: Resource) -> dict[str, Any]:
    given = resource.inputs
    parameters = _pick(
        given,
        _same(
            "family",
            "cpu",
            "memory",
            "networkMode",
            "requiresCompatibilities",
            "executionRoleArn",
            "taskRoleArn",
            "runtimePlatform",
        ),
    )
    storage = given.get("ephemeralStorage")
    if storage:
        parameters["ephemeralStorage"] = {"sizeInGiB": storage.get("sizeInGib")}
    parameters["volumes"] = [{"name": item.get("name")} for item in given.get("volumes") or []]
    parameters["containerDefinitions"] = document(given.get("containerDefinitions", "[]"))
    return parameters


def _load_balancer(resource: Resource) -> dict[str, Any]:
    given = resource.inputs
    parameters = _pick(given, _capital("subnets", "securityGroups", "ipAddressType"))
    parameters["Name"] = resource.text("name")
    parameters["Scheme"] = "internal" if given.get("internal") else "internet-facing"
    parameters["Type"] = given.get("loadBalancerType", "application")
    return parameters


def _target_group(resource: Resource) -> dict[str, Any]:
    given = resource.inputs
    parameters = _pick(given, _capital("protocol", "port", "vpcId", "targetType"))
    parameters["Name"] = resource.text("name")
    check = given.get("healthCheck") or {}
    parameters |= _pick(
        check,
        {
            "path": "HealthCheckPath",
            "interval": "HealthCheckIntervalSeconds",
            "timeout": "HealthCheckTimeoutSeconds",
            "healthyThreshold": "HealthyThresholdCount",
            "unhealthyThreshold": "UnhealthyThresholdCount",
            "protocol": "HealthCheckProtocol",
        },
    )
    return parameters


def _role(resource: Resource) -> dict[str, Any]:
    parameters = _pick(
        resource.inputs,
        {
            "assumeRolePolicy": "AssumeRolePolicyDocument",
            "description": "Description",
            "maxSessionDuration": "MaxSessionDuration",
            "path": "Path",
        },
    )
    return {**parameters, "RoleName": resource.text("name")}


def _role_policy(resource: Resource) -> dict[str, Any]:
    names = {"role": "RoleName", "policy": "PolicyDocument"}
    return {**_pick(resource.inputs, names), "PolicyName": resource.text("name")}


def _repository(resource: Resource) -> dict[str, Any]:
    return {
        "repositoryName": resource.text("name"),
        **_pick(resource.inputs, _same("imageTagMutability")),
    }


def _cluster(resource: Resource) -> dict[str, Any]:
    return {"clusterName": resource.text("name"), **_pick(resource.inputs, _same("settings"))}


def _log_group(resource: Resource) -> dict[str, Any]:
    return {"logGroupName": resource.text("name"), **_pick(resource.inputs, _same("tags"))}


def _delivery_source(resource: Resource) -> dict[str, Any]:
    return {
        "name": resource.text("name"),
        **_pick(resource.inputs, _same("resourceArn", "logType", "tags")),
    }


def _delivery_destination(resource: Resource) -> dict[str, Any]:
    return {
        "name": resource.text("name"),
        **_pick(resource.inputs, _same("outputFormat", "deliveryDestinationType", "tags")),
    }


def _alarm(resource: Resource) -> dict[str, Any]:
    given = resource.inputs
    parameters = _pick(
        given,
        {
            **_capital(
                "comparisonOperator",
                "evaluationPeriods",
                "metricName",
                "namespace",
                "period",
                "statistic",
                "threshold",
                "treatMissingData",
                "datapointsToAlarm",
                "alarmActions",
            ),
            "alarmDescription": "AlarmDescription",
        },
    )
    parameters["AlarmName"] = resource.text("name")
    parameters["Dimensions"] = _pairs(given.get("dimensions"), "Name", "Value")
    return parameters


_BUILDERS: Mapping[str, tuple[str, str, Build]] = {
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": (
        "bedrock-agentcore-control",
        "CreateAgentRuntime",
        _runtime,
    ),
    "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint": (
        "bedrock-agentcore-control",
        "CreateAgentRuntimeEndpoint",
        _runtime_endpoint,
    ),
    "aws:ecs/taskDefinition:TaskDefinition": ("ecs", "RegisterTaskDefinition", _task_definition),
    "aws:ecs/cluster:Cluster": ("ecs", "CreateCluster", _cluster),
    "aws:ecr/repository:Repository": ("ecr", "CreateRepository", _repository),
    "aws:lb/loadBalancer:LoadBalancer": ("elbv2", "CreateLoadBalancer", _load_balancer),
    "aws:lb/targetGroup:TargetGroup": ("elbv2", "CreateTargetGroup", _target_group),
    "aws:iam/role:Role": ("iam", "CreateRole", _role),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "PutRolePolicy", _role_policy),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "CreateLogGroup", _log_group),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": (
        "logs",
        "PutDeliverySource",
        _delivery_source,
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": (
        "logs",
        "PutDeliveryDestination",
        _delivery_destination,
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "PutMetricAlarm", _alarm),
}


def requests(recording: Recording) -> list[Request]:
    """The request behind every resource that a service model can check."""
    found = []
    for resource in recording.sorted():
        entry = _BUILDERS.get(resource.type)
        if entry:
            service, operation, build = entry
            found.append(Request(resource, service, operation, build(resource)))
    return found
