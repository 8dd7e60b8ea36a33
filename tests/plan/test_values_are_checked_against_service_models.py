"""botocore's shapes with the limits that botocore itself leaves to the service."""

import pytest

from plan.service_model import problems

CONTROL, CREATE = "bedrock-agentcore-control", "CreateAgentRuntime"


def runtime(**changes: object) -> dict[str, object]:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/agent@sha256:" + "0" * 64
    return {
        "agentRuntimeName": "deep_insight",
        "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": image}},
        "roleArn": "arn:aws:iam::123456789012:role/runtime",
        "networkConfiguration": {"networkMode": "PUBLIC"},
        **changes,
    }


def test_a_right_request_has_no_problem() -> None:
    assert problems(CONTROL, CREATE, runtime()) == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"agentRuntimeName": "deep-insight"}, "agentRuntimeName='deep-insight' does not match"),
        ({"environmentVariables": {f"V{i}": "x" for i in range(51)}}, "at most 50 are allowed"),
        ({"environmentVariables": {"V": "x" * 5001}}, "at most 5000 are allowed"),
        ({"networkConfiguration": {"networkMode": "VPN"}}, "is none of PUBLIC, VPC"),
        ({"networkConfiguration": {}}, "networkConfiguration.networkMode is missing"),
        ({"lifecycleConfiguration": {"maxLifetime": 10}}, "is not within 60"),
        ({"description": 3}, "must be a string"),
        ({"nonsense": 1}, "nonsense is no member"),
        ({"agentRuntimeArtifact": {}}, "exactly one member"),
        ({"tags": ["a"]}, "must be a map"),
    ],
)
def test_a_wrong_request_is_explained(changes: dict[str, object], part: str) -> None:
    (problem,) = problems(CONTROL, CREATE, runtime(**changes))
    assert part in problem


def test_a_missing_member_is_named() -> None:
    request = runtime()
    del request["roleArn"]
    assert problems(CONTROL, CREATE, request) == ["roleArn is missing"]


def test_a_misspelt_key_inside_a_list_is_found() -> None:
    given = {"family": "f", "containerDefinitions": [{"name": "c", "portMapping": []}]}
    (problem,) = problems("ecs", "RegisterTaskDefinition", given)
    assert problem == "containerDefinitions[0].portMapping is no member of ContainerDefinition"
