"""Rules about models and the agents that use them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent_runtime.settings import contract
from components.bedrock_models import GLOBAL, PROFILE_REGIONS, ModelIdError, parse_model
from components.deployment import partition_of
from stack.problem import Problem, cut, shown, told

if TYPE_CHECKING:
    from stack.config import StackConfig

MODEL_VARIABLE = "DEEP_INSIGHT_MODEL_ID_"
# The agents are those that the runtime's settings ask a model for.
AGENTS = tuple(
    spec.name.removeprefix(MODEL_VARIABLE).lower()
    for spec in contract()
    if spec.name.startswith(MODEL_VARIABLE)
)


def _agents(config: "StackConfig") -> Iterator[Problem]:
    for agent in config.agent_models.keys() - set(AGENTS):
        yield Problem(
            "agentModels",
            f"there is no agent {shown(agent)}; the agents are {', '.join(AGENTS)}",
        )


def _model(config: "StackConfig") -> Iterator[Problem]:
    yield from _usable(config, "model", config.model)


def _agent_models(config: "StackConfig") -> Iterator[Problem]:
    for agent, model in config.agent_models.items():
        yield from _usable(config, f"agentModels.{cut(agent)}", model)


def _usable(config: "StackConfig", key: str, model: str) -> Iterator[Problem]:
    region = config.region
    try:
        parsed = parse_model(model, region=region, direct=config.direct_model_ids)
    except ModelIdError as error:
        yield Problem(key, told(error, model))
        return
    if parsed.profile == GLOBAL and partition_of(region) != "aws":
        near = [name for name, regions in PROFILE_REGIONS.items() if region in regions]
        way_out = f"{near[0]}.{parsed.foundation_model}" if near else "a model of the region"
        yield Problem(
            key, f"global inference profiles do not exist in {region}; use {cut(way_out)}"
        )


SEVERAL_KEYS = (_agents, _model, _agent_models)
