"""Failures of the keeper: executors and targets that nobody ends, and rights beyond its own."""

from typing import Any

from plan.network import GROUP
from plan.platform import LOG_GROUP
from plan.proofs.keeper_schedule import EVENT_RULE, PERMISSION
from plan.proofs.logs import EVENT_TARGET
from plan.recording import Recording
from plan.roles import FUNCTION, ROLE_POLICY
from tests.plan.mutants.mutation import Mutant, inputs, statements, without, without_action

KEEPER = "keeper"
WARM = ("warm=2",)
REVIEW = "review of November 2026: prod mutated by hand"


def told(recording: Recording, **changes: str | None) -> Recording:
    """The keeper's variables with some replaced; ``None`` takes one away."""
    given = recording.one(FUNCTION).inputs["environment"]["variables"]
    values = {key: value for key, value in {**given, **changes}.items() if value is not None}
    return inputs(recording, FUNCTION, environment={"variables": values})


def _without_condition(recording: Recording, sid: str, operator: str) -> Recording:
    def change(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for statement in found:
            if statement["Sid"] == sid:
                statement["Condition"].pop(operator)
        return found

    return statements(recording, KEEPER, change)


def _other_group(recording: Recording) -> Recording:
    return told(recording, KEEPER_SECURITY_GROUP_IDS=recording.one(GROUP, "agent-runtime").id)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "leaked tasks bill up to an hour each", "reference system, 4.5 #7",
        "environment", "keeper-missing", lambda r: without(r, FUNCTION),
    ),
    Mutant(
        "the keeper looks after another stack's tasks", "reference system, 4.5 #8",
        "environment", "keeper-agreement", lambda r: told(r, KEEPER_STACK="deep-insight-other"),
    ),
    Mutant(
        "the keeper looks at another cluster", "reference system, my-fargate-cluster",
        "environment", "keeper-agreement",
        lambda r: told(r, KEEPER_CLUSTER_ARN="arn:aws:ecs:us-east-1:123456789012:cluster/other"),
    ),
    Mutant(
        "the keeper is not told the target group", "reference system, stale targets",
        "environment", "keeper-agreement", lambda r: told(r, KEEPER_TARGET_GROUP_ARN=None),
    ),
    Mutant(
        "a misspelt variable of the keeper", "diary of November 2025",
        "environment", "keeper-contract", lambda r: told(r, KEEPER_WARMPOOL_SIZE="2"),
    ),
    Mutant(
        "warm executors start in the wrong security group", "diary of November 2025",
        "environment", "keeper-agreement", _other_group, overrides=WARM,
    ),
    Mutant(
        "a warm pool without its key", "reference system, no authentication",
        "environment", "keeper-contract", lambda r: told(r, KEEPER_CLAIM_KEY_ARN=None),
        overrides=WARM,
    ),
    Mutant(
        "the keeper may not stop tasks", "reference system, IAM", "rights", "call-denied",
        lambda r: without_action(r, KEEPER, "ecs:StopTask"),
    ),
    Mutant(
        "the keeper has no policy when it first runs", "reference system, IAM",
        "rights", "call-denied", lambda r: without(r, ROLE_POLICY, KEEPER),
    ),
    Mutant(
        "the keeper may list every cluster's tasks", "reference system, cluster-wide ECS",
        "rights", "resource-wildcard",
        lambda r: _without_condition(r, "ListExecutors", "ArnEquals"),
    ),
    Mutant(
        "the keeper may pass any role", "reference system, PassRole *",
        "rights", "pass-role-open",
        lambda r: _without_condition(r, "PassStartRoles", "StringEquals"), overrides=WARM,
    ),
    Mutant(
        "Lambda makes a log group that never ends", "reference system, observability",
        "order", "retention", lambda r: without(r, LOG_GROUP, KEEPER),
    ),
    Mutant(
        "the keeper is told something that it does not read", "diary of November 2025",
        "environment", "keeper-variable-unread", lambda r: told(r, LOG_LEVEL="debug"),
    ),
    Mutant(
        "the schedule has no target: the keeper never runs", REVIEW,
        "order", "keeper-schedule", lambda r: without(r, EVENT_TARGET, "keeper-schedule"),
        stack="prod",
    ),
    Mutant(
        "the schedule is missing: the keeper runs only after an executor", REVIEW,
        "order", "keeper-schedule", lambda r: without(r, EVENT_RULE, "keeper-schedule"),
    ),
    Mutant(
        "the schedule may not invoke the keeper", REVIEW,
        "order", "keeper-permission", lambda r: without(r, PERMISSION, "keeper-schedule"),
        stack="prod",
    ),
    Mutant(
        "another rule may invoke the keeper, the schedule may not", REVIEW,
        "order", "keeper-permission",
        lambda r: inputs(
            r, PERMISSION, "keeper-schedule",
            sourceArn=f"arn:aws:events:{r.region}:{r.account}:rule/other",
        ),
    ),
    Mutant(
        "the schedule is disabled", REVIEW, "order", "keeper-disabled",
        lambda r: inputs(r, EVENT_RULE, "keeper-schedule", state="DISABLED"), stack="prod",
    ),
    Mutant(
        "a stopped executor tells nobody", REVIEW, "order", "event-target",
        lambda r: without(r, EVENT_TARGET, "keeper-stopped"),
    ),
)  # fmt: skip
