"""A model's binding names the profile and the foundation model in each region behind it."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.bedrock_models import (
    PROFILE_REGIONS,
    ModelIdError,
    model_access,
    parse_model,
)
from components.binding import ServiceReach
from components.deployment import Deployment
from components.policy import permission_policy
from plan.recording import Recording

Declare = Callable[..., Recording]


def granted(declare: Declare, deployment: Deployment, *ids: str) -> dict[str, Any]:
    import json

    def program() -> None:
        models = {f"M{i}": parse_model(m, region="us-east-1") for i, m in enumerate(ids)}
        binding = model_access(models, deployment=deployment, environment={})
        pulumi.export("policy", permission_policy(list(binding.grants)))

    document = json.loads(declare(program).exports["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_a_profile_is_granted_with_every_region_it_may_route_to(
    declare: Declare, deployment: Deployment
) -> None:
    found = granted(declare, deployment, "us.anthropic.claude-sonnet-5")

    profile = (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-5"
    )
    assert found["ProfileUsAnthropicClaudeSonnet5"]["Resource"] == [profile]
    behind = found["ModelsUsAnthropicClaudeSonnet5"]
    assert set(behind["Resource"]) == {
        f"arn:aws:bedrock:{region}::foundation-model/anthropic.claude-sonnet-5"
        for region in PROFILE_REGIONS["us"]
    }
    assert behind["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": profile}}


def test_a_global_profile_is_granted_with_the_model_that_has_no_region(
    declare: Declare, deployment: Deployment
) -> None:
    found = granted(declare, deployment, "global.anthropic.claude-sonnet-5")

    assert found["ModelsGlobalAnthropicClaudeSonnet5"]["Resource"] == [
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5",
        "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-5",
    ]


def test_a_model_that_is_served_directly_is_granted_alone(
    declare: Declare, deployment: Deployment
) -> None:
    found = granted(declare, deployment, "amazon.nova-lite-v1:0")

    assert [s["Resource"] for s in found.values()] == [
        ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"]
    ]


def test_agents_that_share_a_model_share_its_grant(
    declare: Declare, deployment: Deployment
) -> None:
    one, two = "global.anthropic.claude-sonnet-5", "amazon.nova-lite-v1:0"

    assert len(granted(declare, deployment, one, two, one, two)) == 3


def test_each_variable_carries_its_model(deployment: Deployment) -> None:
    models = {"MODEL_CODER": parse_model("amazon.nova-lite-v1:0", region="us-east-1")}

    binding = model_access(models, deployment=deployment, environment={"PROVIDER": "bedrock"})

    assert binding.environment == {"PROVIDER": "bedrock", "MODEL_CODER": "amazon.nova-lite-v1:0"}
    assert binding.reach == (ServiceReach(service="bedrock-runtime"),)


@pytest.mark.parametrize(
    ("region", "advice"),
    [
        ("us-west-2", "use us.anthropic.claude-opus-5"),
        ("eu-north-1", "use eu.anthropic.claude-opus-5"),
        ("ap-northeast-2", "use global.anthropic.claude-opus-5"),
        ("us-gov-west-1", "use us-gov.anthropic.claude-opus-5"),
        ("sa-east-1", "use global.anthropic.claude-opus-5"),
    ],
)
def test_a_model_that_needs_a_profile_is_refused_with_one_that_works_there(
    region: str, advice: str
) -> None:
    with pytest.raises(ModelIdError) as raised:
        parse_model("anthropic.claude-opus-5", region=region)

    assert advice in str(raised.value)


def test_a_model_that_is_declared_direct_is_accepted() -> None:
    model_id = "anthropic.claude-opus-5"

    model = parse_model(model_id, region="us-east-1", direct=[model_id])

    assert (model.profile, model.foundation_model) == (None, model_id)


@pytest.mark.parametrize("model_id", ["", "claude", "arn:aws:bedrock:x", "a b.c", "Us.model-x"])
def test_what_is_no_model_id_is_refused(model_id: str) -> None:
    with pytest.raises(ModelIdError, match="is not a Bedrock model id"):
        parse_model(model_id, region="us-east-1")
