"""The keeper's part of the environment proof: its own contract, and agreement with the runtime."""

from __future__ import annotations

from collections.abc import Mapping

from keeper.settings import PREFIX, VARIABLES, SettingsError, load_settings
from plan.platform import Platform
from plan.proofs.finding import Findings

# Both start and end the same tasks, so both must be told the same.
SAME: Mapping[str, str] = {
    "KEEPER_STACK": "DEEP_INSIGHT_STACK",
    "KEEPER_CLUSTER_ARN": "DEEP_INSIGHT_ECS_CLUSTER_ARN",
    "KEEPER_LIFETIME_SECONDS": "DEEP_INSIGHT_EXECUTOR_LIFETIME_SECONDS",
    "KEEPER_TARGET_GROUP_ARN": "DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN",
    "KEEPER_CLAIM_KEY_ARN": "DEEP_INSIGHT_WARM_CLAIM_KEY_ARN",
}
SAME_WITH_POOL: Mapping[str, str] = {
    "KEEPER_TASK_DEFINITION_ARN": "DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN",
    "KEEPER_CONTAINER_NAME": "DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME",
    "KEEPER_SUBNET_IDS": "DEEP_INSIGHT_EXECUTOR_SUBNET_IDS",
    "KEEPER_SECURITY_GROUP_IDS": "DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS",
    "KEEPER_CAPACITY": "DEEP_INSIGHT_EXECUTOR_CAPACITY",
}


def check_keeper(findings: Findings, platform: Platform) -> int:
    """Adds what is wrong with the keeper's variables; how many there are."""
    keeper, environment = platform.keeper, platform.keeper_environment
    if keeper is None:
        findings.add("keeper-missing", "executors", "nothing stops executors that were forgotten.")
        return 0
    try:
        settings = load_settings({"AWS_REGION": platform.recording.region, **environment})
    except SettingsError as error:
        for problem in error.problems:
            findings.add("keeper-contract", keeper.name, problem)
        return len(environment)
    for variable in sorted(environment):
        if variable not in VARIABLES or not variable.startswith(PREFIX):
            findings.add(
                "keeper-variable-unread",
                keeper.name,
                f"{variable} is set, but the keeper reads no such variable.",
            )
    same = SAME if settings.warm is None else {**SAME, **SAME_WITH_POOL}
    for variable, other in same.items():
        told, expected = environment.get(variable), platform.environment.get(other)
        if told != expected:
            findings.add(
                "keeper-agreement",
                keeper.name,
                f"{variable} is {told}, the runtime's {other} is {expected}.",
            )
    return len(environment)
