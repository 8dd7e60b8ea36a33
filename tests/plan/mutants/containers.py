"""Failures of the executor's task: what Fargate refuses, and what user code may write or misuse."""

from typing import Any

from plan.platform import CLUSTER, Platform
from plan.proofs.cluster import CAPACITY_PROVIDERS
from plan.recording import Recording
from plan.roles import TASK_DEFINITION
from tests.plan.mutants.mutation import Mutant, container, inputs, without

REVIEW = "review of November 2026: prod mutated by hand"
REFUSED = "provider refusals that mocks accept"
REFERENCE = "reference system, weaknesses"
SPOT = ("executorCapacity=spot",)


def _mounts(recording: Recording, path: str, **changes: Any) -> Recording:
    """The mount at ``path`` changed, or taken away when nothing is given."""
    kept = [
        {**item, **changes} if item["containerPath"] == path else item
        for item in Platform(recording).containers[0]["mountPoints"]
        if changes or item["containerPath"] != path
    ]
    return container(recording, mountPoints=kept)


def _linux(recording: Recording, **changes: Any) -> Recording:
    given = Platform(recording).containers[0]["linuxParameters"]
    return container(recording, linuxParameters={**given, **changes})


def _variable(recording: Recording, name: str, value: str) -> Recording:
    given = Platform(recording).containers[0]["environment"]
    return container(
        recording,
        environment=[*(e for e in given if e["name"] != name), {"name": name, "value": value}],
    )


def _logs_elsewhere(recording: Recording) -> Recording:
    given = Platform(recording).containers[0]["logConfiguration"]
    options = {**given["options"], "awslogs-region": "us-west-2"}
    return container(recording, logConfiguration={**given, "options": options})


def _twice(recording: Recording) -> Recording:
    given = Platform(recording).containers[0]["environment"]
    return container(recording, environment=[*given, given[0]])


def _two_sizes(recording: Recording) -> Recording:
    return container(recording, memory=int(recording.one(TASK_DEFINITION).inputs["memory"]) + 1)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "user code cannot write its results: no volume at /workspace", REVIEW,
        "placement", "unwritable", lambda r: _mounts(r, "/workspace"),
    ),
    Mutant(
        "user code cannot write its results: the volume is read-only", REVIEW,
        "placement", "unwritable", lambda r: _mounts(r, "/workspace", readOnly=True),
    ),
    Mutant(
        "nothing can write temporary files", REVIEW, "placement", "unwritable",
        lambda r: _mounts(r, "/tmp"),
    ),
    Mutant(
        "user code writes where nothing is mounted", REVIEW, "placement", "unwritable",
        lambda r: _variable(r, "WORKSPACE", "/data"),
    ),
    Mutant(
        "a mount names a volume that the task lacks", REFUSED, "placement", "volume",
        lambda r: _mounts(r, "/workspace", sourceVolume="work"),
    ),
    Mutant(
        "executors start on Spot, which the cluster does not offer", REVIEW,
        "placement", "capacity", lambda r: without(r, CAPACITY_PROVIDERS), overrides=SPOT,
    ),
    Mutant(
        "executors start on Spot, which is not among the capacity providers", REVIEW,
        "placement", "capacity",
        lambda r: inputs(r, CAPACITY_PROVIDERS, capacityProviders=["FARGATE"]), overrides=SPOT,
    ),
    Mutant(
        "the keeper starts warm executors on what the cluster does not offer", REVIEW,
        "placement", "capacity", lambda r: without(r, CAPACITY_PROVIDERS), overrides=("warm=1",),
    ),
    Mutant(
        "nobody knows what executors use", REVIEW, "placement", "container-insights",
        lambda r: inputs(r, CLUSTER, settings=[{"name": "containerInsights", "value": "disabled"}]),
        stack="prod",
    ),
    Mutant(
        "a network mode that Fargate lacks", REVIEW, "placement", "task-network",
        lambda r: inputs(r, TASK_DEFINITION, networkMode="bridge"),
    ),
    Mutant(
        "a definition that is for EC2", REVIEW, "placement", "task-fargate",
        lambda r: inputs(r, TASK_DEFINITION, requiresCompatibilities=["EC2"]),
    ),
    Mutant(
        "less disk than Fargate can be asked for", REVIEW, "placement", "task-storage",
        lambda r: inputs(r, TASK_DEFINITION, ephemeralStorage={"sizeInGib": 20}),
    ),
    Mutant(
        "more disk than Fargate has", REVIEW, "placement", "task-storage",
        lambda r: inputs(r, TASK_DEFINITION, ephemeralStorage={"sizeInGib": 201}),
    ),
    Mutant(
        "the container asks for more than its task", REFUSED, "placement", "container-size",
        _two_sizes,
    ),
    Mutant(
        "an executor is killed while it hands over its artifacts", REVIEW,
        "placement", "stop-timeout", lambda r: container(r, stopTimeout=None), stack="prod",
    ),
    Mutant(
        "a stop timeout that Fargate refuses", REFUSED, "placement", "stop-timeout",
        lambda r: container(r, stopTimeout=121),
    ),
    Mutant(
        "user code keeps Linux capabilities", REVIEW, "placement", "capabilities",
        lambda r: _linux(r, capabilities={}), stack="prod",
    ),
    Mutant(
        "user code may trace other processes", REFERENCE, "placement", "capabilities",
        lambda r: _linux(r, capabilities={"drop": ["ALL"], "add": ["SYS_PTRACE"]}),
    ),
    Mutant(
        "a privileged container", REFUSED, "placement", "privileged",
        lambda r: container(r, privileged=True),
    ),
    Mutant(
        "dead processes of user code pile up", REFERENCE, "placement", "no-init",
        lambda r: _linux(r, initProcessEnabled=False),
    ),
    Mutant(
        "an executor that hangs is never replaced", REFERENCE, "placement", "no-health-check",
        lambda r: container(r, healthCheck=None),
    ),
    Mutant(
        "the container opens no port", "diary of October 2025", "placement", "no-port",
        lambda r: container(r, portMappings=[]),
    ),
    Mutant(
        "logs go to another region", "reference system, executor's log driver",
        "placement", "log-region", _logs_elsewhere,
    ),
    Mutant(
        "the executor refuses its settings and never starts", "diary of November 2025",
        "environment", "executor-contract",
        lambda r: _variable(r, "LIMIT_MEMORY_BYTES", "4 GiB"),
    ),
    Mutant(
        "the executor listens on another port than its container opens", REVIEW,
        "environment", "executor-listens", lambda r: _variable(r, "PORT", "8000"),
    ),
    Mutant(
        "the executor admits connections from itself only", REVIEW,
        "environment", "executor-listens", lambda r: _variable(r, "HOST", "127.0.0.1"),
    ),
    Mutant(
        "user code may use all memory of the task", REVIEW, "environment", "executor-memory",
        lambda r: _variable(r, "LIMIT_MEMORY_BYTES", str(64 * 2**30)),
    ),
    Mutant(
        "agents ask for longer executions than the executor allows", REVIEW,
        "environment", "execution-refused",
        lambda r: _variable(r, "LIMIT_TIMEOUT_MAX_SECONDS", "300"),
    ),
    Mutant(
        "an executor exits before its session ends", REVIEW, "environment", "executor-lifetime",
        lambda r: _variable(r, "LIMIT_LIFETIME_SECONDS", "600"),
    ),
    Mutant(
        "a variable of the container is set twice", REFUSED,
        "environment", "executor-variable-twice", _twice,
    ),
)  # fmt: skip
