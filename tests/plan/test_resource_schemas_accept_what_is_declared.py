"""What the program declares, as CloudFormation resources, against the registry's schemas.

Written by other people than botocore's models, they catch what those leave out. cfn-lint brings
the schemas and needs no network.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plan.recording import Recording
from plan.requests import Request, requests
from tests.recorded_stacks import recorded_stack

TYPES = {
    "CreateAgentRuntime": "AWS::BedrockAgentCore::Runtime",
    "CreateAgentRuntimeEndpoint": "AWS::BedrockAgentCore::RuntimeEndpoint",
    "RegisterTaskDefinition": "AWS::ECS::TaskDefinition",
    "CreateCluster": "AWS::ECS::Cluster",
    "CreateRepository": "AWS::ECR::Repository",
    "CreateLogGroup": "AWS::Logs::LogGroup",
    "CreateRole": "AWS::IAM::Role",
    "CreateLoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "CreateTargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "PutMetricAlarm": "AWS::CloudWatch::Alarm",
}

# Maps whose keys are the user's own.
FREE_KEYS = {"options", "environmentVariables"}


def capital(value: Any) -> Any:
    """Members by CloudFormation's names, which begin with a capital."""
    if isinstance(value, Mapping):
        return {
            key[0].upper() + key[1:]: item if key in FREE_KEYS else capital(item)
            for key, item in value.items()
            if key not in {"tags", "Tags"}
        }
    return [capital(item) for item in value] if isinstance(value, list) else value


def properties(request: Request) -> dict[str, Any]:
    """The resource's properties, with the members that CloudFormation names otherwise."""
    given: dict[str, Any] = capital(request.parameters)
    if "ProtocolConfiguration" in given:
        given["ProtocolConfiguration"] = given["ProtocolConfiguration"]["ServerProtocol"]
    if "Settings" in given:
        given["ClusterSettings"] = given.pop("Settings")
    if "AssumeRolePolicyDocument" in given:
        given["AssumeRolePolicyDocument"] = json.loads(given["AssumeRolePolicyDocument"])
    return given


def lint(tmp_path: Path, *recordings: Recording) -> list[str]:
    paths = []
    for index, recording in enumerate(recordings):
        resources = {
            f"R{number}": {"Type": TYPES[request.operation], "Properties": properties(request)}
            for number, request in enumerate(requests(recording))
            if request.operation in TYPES
        }
        assert len(resources) > 8
        path = tmp_path / f"template-{index}.json"
        path.write_text(json.dumps({"Resources": resources}))
        paths.append(str(path))
    linter = str(Path(sys.executable).with_name("cfn-lint"))
    command = [linter, "--format", "json", "--regions", "us-east-1", "--", *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 2, 4, 6, 8), done.stderr
    return [found["Message"] for found in json.loads(done.stdout or "[]")]


def test_both_stacks_are_accepted(tmp_path: Path) -> None:
    assert lint(tmp_path, recorded_stack("dev"), recorded_stack("prod")) == []


def test_a_wrong_value_is_refused(tmp_path: Path) -> None:
    recording = recorded_stack("dev")
    runtime = recording.one("aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime")
    wrong = recording.change_inputs(runtime.urn, networkConfiguration={"networkMode": "VPN"})
    assert any("VPN" in message for message in lint(tmp_path, wrong))
