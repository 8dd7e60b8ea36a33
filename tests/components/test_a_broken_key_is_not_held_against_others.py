"""What stands in a broken key's place is nobody's wish: no other problem is derived from it."""

from typing import Any

import pytest

from stack.config import StackConfig, StackProblems
from stack.loading import PROJECT, parse
from stack.rules import BrokenKeyError, SoundKeys

IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/team/image@sha256:{'0' * 64}"
ZONES = {"use1-az1": "subnet-11111111", "use1-az2": "subnet-22222222"}
AGENTCORE = {"agentcoreZoneIds": "use1-az3", "availabilityZoneIds": ["use1-az3", "use1-az5"]}

# What is written -> the keys that have a problem.
BROKEN: list[tuple[dict[str, Any], list[str]]] = [
    ({"executorCpu": "2048x", "executorMemory": 16384}, ["executorCpu"]),
    ({"nat": "sinlge", "executorInternet": True}, ["nat"]),
    ({"natt": "single", "executorInternet": True}, ["natt"]),
    # The engine hands the default over with what is written.
    ({"natt": "single", "nat": "none", "executorInternet": True}, ["natt"]),
    ({"imageBuilder": "prebuild", "executorImage": IMAGE, "agentImage": IMAGE}, ["imageBuilder"]),
    ({"alarms": "x", "alarmEmail": "a@example.com"}, ["alarms"]),
    ({"alarms": "x", "alarmEmail": "nobody"}, ["alarms", "alarmEmail"]),
    (
        {"existingVpc": {"vpcId": "mine", "privateSubnetIds": ZONES}, "executorInternet": True},
        ["existingVpc.vpcId"],
    ),
    ({"existingVpc": "{", "executorInternet": True}, ["existingVpc"]),
    (AGENTCORE, ["agentcoreZoneIds"]),
    (AGENTCORE | {"agentcoreZoneIds": ["use1-az3", "use1-az3"]}, ["agentcoreZoneIds"]),
    (AGENTCORE | {"agentcoreZoneIds": ["euw1-az1", "euw1-az2"]}, ["agentcoreZoneIds"]),
    ({"availabilityZoneIds": ["us-east-1a", "use1-az2"]}, ["availabilityZoneIds"]),
    ({"executorRoute": "none", "executorLongestExecutionSeconds": 7200}, ["executorRoute"]),
    (
        {
            "executorLifetimeSeconds": "1h",
            "executorIdleSeconds": 28800,
            "runtimeIdleSeconds": 28801,
        },
        ["executorLifetimeSeconds", "runtimeIdleSeconds"],
    ),
    (
        {"executorLifetimeSeconds": 1, "runtimeIdleSeconds": 900, "runtimeLifetimeSeconds": 600},
        ["executorLifetimeSeconds", "runtimeIdleSeconds"],
    ),
    ({"vpcCidr": "10.0.0.0/99", "reservedCidrs": ["10.0.0.0/16"]}, ["vpcCidr"]),
    ({"directModelIds": 1, "model": "anthropic.claude-sonnet-5"}, ["directModelIds"]),
]


def keys_with_problems(stack: str = "test", region: str = "us-east-1", **keys: Any) -> list[str]:
    values = {"aws:region": region, **{f"{PROJECT}:{key}": value for key, value in keys.items()}}
    with pytest.raises(StackProblems) as raised:
        parse(values, stack=stack)
    return [problem.partition(": ")[0] for problem in raised.value.problems]


@pytest.mark.parametrize(("keys", "expected"), BROKEN, ids=[" ".join(keys) for keys, _ in BROKEN])
def test_only_what_is_wrong_in_itself_is_reported(
    keys: dict[str, Any], expected: list[str]
) -> None:
    assert keys_with_problems(**keys) == expected


def test_zones_and_models_are_not_judged_by_a_region_that_is_not_set() -> None:
    with pytest.raises(StackProblems) as raised:
        parse(
            {
                f"{PROJECT}:availabilityZoneIds": ["euc1-az1", "euc1-az2"],
                f"{PROJECT}:model": "eu.anthropic.claude-sonnet-5",
            },
            stack="eu",
        )

    (problem,) = raised.value.problems
    assert problem.startswith("aws:region: it is not set")


@pytest.mark.parametrize("stack", ["x" * 80, "dev.1"])
def test_the_runtimes_name_is_not_blamed_for_the_stacks(stack: str) -> None:
    assert keys_with_problems(stack=stack, runtimeName="a" * 48) == ["stack"]


def test_a_rule_reads_the_sound_keys_and_what_is_derived_from_them() -> None:
    config = StackConfig()
    sound = SoundKeys(config, {"namePrefix", "agentModels"})

    assert sound.nat == config.nat
    assert sound.full_runtime_name == config.full_runtime_name
    for name in ("name_prefix", "prefix"):
        with pytest.raises(BrokenKeyError):
            getattr(sound, name)
    with pytest.raises(BrokenKeyError):
        sound.model_of("coder")
