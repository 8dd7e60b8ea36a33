"""Bedrock models: which ids can be invoked, and the binding that gives the right to.

A request to an inference profile is authorized twice: on the profile, and on the foundation model
in each region the profile may route to. A binding therefore names all of these ARNs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.binding import Binding, ServiceReach
from components.deployment import Deployment, partition_of
from components.grant import Grant

TABLE_DATE = "2026-11"

# Destination regions of system-defined inference profiles, by the profile id's first part. Source:
# "Supported Regions and models for inference profiles", Amazon Bedrock User Guide. The union over
# all models: a model that is absent from one of the regions cannot be invoked there anyway.
PROFILE_REGIONS: Mapping[str, tuple[str, ...]] = {
    "us": ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1"),
    "us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "ca": ("ca-central-1", "us-east-1", "us-east-2", "us-west-2"),
    "eu": (
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
    ),
    "apac": (
        "ap-east-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-7",
        "me-central-1",
    ),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
}
GLOBAL = "global"

# Families that cannot be invoked by their own id. Source: as above; newer families of these
# providers have followed the same rule.
PROFILE_ONLY = (
    "anthropic.claude-3-7-",
    "anthropic.claude-fable-",
    "anthropic.claude-haiku-",
    "anthropic.claude-opus-",
    "anthropic.claude-sonnet-",
    "amazon.nova-premier-",
    "amazon.nova-2-",
    "deepseek.r1-",
    "meta.llama3-2-",
    "meta.llama3-3-",
    "meta.llama4-",
    "mistral.pixtral-",
    "writer.palmyra-",
)

MODEL_ID = re.compile(r"[a-z0-9-]+\.[a-z0-9][a-z0-9._-]*(?::\d+){0,2}")
INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")


class ModelIdError(ValueError):
    """A model id that Bedrock would refuse; the message names one that works."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model id, taken apart: `profile` is None when the model is invoked by its own id."""

    id: str
    foundation_model: str
    profile: str | None

    def regions(self, region: str) -> tuple[str, ...]:
        """Regions of the foundation models behind it; "" is the global one's ARN."""
        if self.profile is None:
            return (region,)
        if self.profile == GLOBAL:
            return (region, "")
        return tuple(dict.fromkeys((region, *PROFILE_REGIONS[self.profile])))


def parse_model(model_id: str, *, region: str, direct: Sequence[str] = ()) -> Model:
    """The model behind an id that may be used in `region`.

    `direct` lists ids that are known to work without a profile although their family does not.

    Raises:
        ModelIdError: malformed, from another geography, or served only through a profile.
    """
    if not MODEL_ID.fullmatch(model_id):
        raise ModelIdError(
            f"{model_id!r} is not a Bedrock model id; write one like "
            "global.anthropic.claude-sonnet-5"
        )
    first, _, rest = model_id.partition(".")
    if first == GLOBAL or first in PROFILE_REGIONS:
        if first != GLOBAL and region not in PROFILE_REGIONS[first]:
            raise ModelIdError(
                f"the inference profile {model_id} cannot be used from {region}; use "
                f"{_profile_of(region, rest)}.{rest}"
            )
        return Model(id=model_id, foundation_model=rest, profile=first)
    if model_id.startswith(PROFILE_ONLY) and model_id not in direct:
        raise ModelIdError(
            f"{model_id} is only served through an inference profile; use "
            f"{_profile_of(region, model_id)}.{model_id}, or list it in directModelIds if Bedrock "
            "serves it directly now"
        )
    return Model(id=model_id, foundation_model=model_id, profile=None)


def _profile_of(region: str, model: str) -> str:
    """A profile of the model that can be used from `region`.

    The global one where there is no other, and for Anthropic's models where newer ones have lacked
    the geography's.
    """
    found = next((name for name, regions in PROFILE_REGIONS.items() if region in regions), GLOBAL)
    lacking = model.startswith("anthropic.") and found not in {"us", "us-gov", "eu"}
    return GLOBAL if lacking else found


def model_access(
    models: Mapping[str, Model], *, deployment: Deployment, environment: Mapping[str, str]
) -> Binding:
    """The binding that lets its user invoke these models.

    `models` maps the variable that carries the id to the model; `environment` is added to them.
    """
    distinct = {model.id: model for model in models.values()}
    grants: list[Grant] = []
    for model in distinct.values():
        grants += _grants(model, deployment)
    return Binding(
        provider="Bedrock models",
        environment={**environment, **{name: model.id for name, model in models.items()}},
        grants=grants,
        reach=(ServiceReach(service="bedrock-runtime"),),
    )


def _grants(model: Model, deployment: Deployment) -> list[Grant]:
    partition = partition_of(deployment.region)
    behind = [
        f"arn:{partition}:bedrock:{region}::foundation-model/{model.foundation_model}"
        for region in model.regions(deployment.region)
    ]
    label = "".join(part.capitalize() for part in re.split(r"[^a-z0-9]+", model.id))
    if model.profile is None:
        return [Grant(sid=f"Invoke{label}", actions=INVOKE, resources=behind)]
    profile = deployment.arn("bedrock", f"inference-profile/{model.id}")
    return [
        Grant(sid=f"Profile{label}", actions=INVOKE, resources=[profile]),
        Grant(
            sid=f"Models{label}",
            actions=INVOKE,
            resources=behind,
            conditions={"ArnEquals": {"bedrock:InferenceProfileArn": profile}},
        ),
    ]
