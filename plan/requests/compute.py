"""The calls that make images' repositories, containers, functions and the agent runtime."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from plan.project import ROOT
from plan.recording import Resource, document
from plan.requests.parameters import Parameters, Steps, capital, pick, picking, same


def _runtime(resource: Resource) -> Parameters:
    parameters = pick(
        resource.inputs,
        same(
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
    lifecycle = resource.inputs.get("lifecycleConfigurations") or []
    if lifecycle:
        parameters["lifecycleConfiguration"] = lifecycle[0]
    return parameters


_RUNTIME_ENDPOINT = same("agentRuntimeId", "name", "agentRuntimeVersion", "description", "tags")


def _task_definition(resource: Resource) -> Parameters:
    given = resource.inputs
    parameters = pick(
        given,
        same(
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


def _cluster(resource: Resource) -> Parameters:
    return {"clusterName": resource.text("name"), **pick(resource.inputs, same("settings"))}


def _capacity(resource: Resource) -> Parameters:
    strategy = {"defaultCapacityProviderStrategies": "defaultCapacityProviderStrategy"}
    names = {"clusterName": "cluster", **same("capacityProviders"), **strategy}
    return pick(resource.inputs, names)


def _repository(resource: Resource) -> Parameters:
    given = resource.inputs
    names = same("imageTagMutability", "imageScanningConfiguration")
    parameters = {"repositoryName": resource.text("name"), **pick(given, names)}
    encryption = given.get("encryptionConfigurations") or []
    if encryption:
        parameters["encryptionConfiguration"] = encryption[0]
    return parameters


_REPOSITORY_LIFECYCLE = {"repository": "repositoryName", "policy": "lifecyclePolicyText"}


def archive(assets: Mapping[str, Any]) -> bytes:
    """The zip archive of a function's code, from the files that the program names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, asset in sorted(assets.items()):
            zipped.write(ROOT / asset["path"], name)
    return buffer.getvalue()


def _function(resource: Resource) -> Parameters:
    given = resource.inputs
    parameters = pick(
        given,
        capital("description", "role", "runtime", "handler", "architectures", "timeout"),
    )
    parameters |= pick(given, capital("memorySize"))
    parameters["FunctionName"] = resource.text("name")
    parameters["Environment"] = {"Variables": (given.get("environment") or {}).get("variables")}
    parameters["Code"] = {"ZipFile": archive((given.get("code") or {}).get("assets") or {})}
    return parameters


_INVOKE = {
    "functionName": "FunctionName",
    "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
}
_PERMISSION = {
    "function": "FunctionName",
    **capital("statementId", "action", "principal", "sourceArn", "sourceAccount"),
}

STEPS: Steps = {
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": (
        ("bedrock-agentcore-control", "CreateAgentRuntime", _runtime),
    ),
    "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint": (
        ("bedrock-agentcore-control", "CreateAgentRuntimeEndpoint", picking(_RUNTIME_ENDPOINT)),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": (("ecs", "RegisterTaskDefinition", _task_definition),),
    "aws:ecs/cluster:Cluster": (("ecs", "CreateCluster", _cluster),),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": (
        ("ecs", "PutClusterCapacityProviders", _capacity),
    ),
    "aws:ecr/repository:Repository": (("ecr", "CreateRepository", _repository),),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": (
        ("ecr", "PutLifecyclePolicy", picking(_REPOSITORY_LIFECYCLE)),
    ),
    "aws:lambda/function:Function": (("lambda", "CreateFunction", _function),),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        ("lambda", "PutFunctionEventInvokeConfig", picking(_INVOKE)),
    ),
    "aws:lambda/permission:Permission": (("lambda", "AddPermission", picking(_PERMISSION)),),
}
