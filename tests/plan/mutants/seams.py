"""Failures at the seam between infrastructure and applications: environment, images, containers."""

import json
from typing import Any

from plan.emulation import ACCOUNT
from plan.platform import LISTENER, LOAD_BALANCER, REPOSITORY, TARGET_GROUP, Platform
from plan.proofs.images import DOCKER_IMAGE
from plan.recording import Recording
from tests.plan.mutants.mutation import Mutant, container, environment, inputs, runtime, without

OCTOBER, NOVEMBER = "diary of October 2025", "diary of November 2025"
REFERENCE = "reference system"


def _variable(name: str, value: str | None) -> Any:
    return lambda recording: environment(recording, **{name: value})


def _bare_host(recording: Recording) -> Recording:
    url = Platform(recording).environment["DEEP_INSIGHT_EXECUTOR_URL"]
    return environment(recording, DEEP_INSIGHT_EXECUTOR_URL=url.removeprefix("http://"))


def _by_tag(recording: Recording) -> Recording:
    image = Platform(recording).executor_image.split("@")[0]
    return container(recording, image=f"{image}:latest")


def _many_variables(recording: Recording) -> Recording:
    return environment(recording, **{f"VARIABLE_{index}": "x" for index in range(40)})


def _build(recording: Recording, part: str, **changes: Any) -> Recording:
    image = recording.one(DOCKER_IMAGE, part)
    return recording.change_inputs(image.urn, build={**image.inputs["build"], **changes})


def _misspelt(recording: Recording) -> Recording:
    return container(recording, readOnlyRootFilesystem=True)


def _with_variable(recording: Recording, name: str, value: str) -> Recording:
    given = Platform(recording).containers[0]["environment"]
    return container(recording, environment=[*given, {"name": name, "value": value}])


def _log_group(recording: Recording, name: str) -> Recording:
    given = Platform(recording).containers[0]["logConfiguration"]
    options = {**given["options"], "awslogs-group": name}
    return container(recording, logConfiguration={**given, "options": options})


def _health(recording: Recording, **changes: Any) -> Recording:
    group = recording.one(TARGET_GROUP)
    return recording.change_inputs(
        group.urn, healthCheck={**group.inputs["healthCheck"], **changes}
    )


def _hand_written_task(recording: Recording) -> Recording:
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/fargate-dynamic-task:1"
    return environment(recording, DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN=arn)


SUBNETS = "DEEP_INSIGHT_EXECUTOR_SUBNET_IDS"
GROUPS = "DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS"

MUTANTS = (
    Mutant(
        "the executor's URL has no http://", NOVEMBER, "environment", "url-scheme", _bare_host
    ),
    Mutant(
        "the executors' subnets are missing from the environment", NOVEMBER,
        "environment", "contract", _variable(SUBNETS, None),
    ),
    Mutant(
        "the executors' security groups are missing from the environment", NOVEMBER,
        "environment", "contract", _variable(GROUPS, None),
    ),
    Mutant(
        "subnet ids were copied by hand from another VPC", OCTOBER, "environment", "origin",
        _variable(SUBNETS, "subnet-0aaaaaaaaaaaaaaaa,subnet-0bbbbbbbbbbbbbbbb"),
    ),
    Mutant(
        "a default argument names another task family", NOVEMBER, "environment", "origin",
        _hand_written_task,
    ),
    Mutant(
        "a task family without its revision starts whatever is newest", NOVEMBER,
        "environment", "contract",
        _variable("DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN", "fargate-dynamic-task"),
    ),
    Mutant(
        "the runtime starts the container dynamic-executor", NOVEMBER,
        "environment", "container-name",
        _variable("DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME", "dynamic-executor"),
    ),
    Mutant(
        "the auditor's model id is never passed", "commits 545624b and 82f1bd2",
        "environment", "contract", _variable("DEEP_INSIGHT_MODEL_ID_AUDITOR", None),
    ),
    Mutant(
        "no traces: telemetry variables are missing", NOVEMBER, "environment", "telemetry",
        _variable("OTEL_PYTHON_CONFIGURATOR", None),
    ),
    Mutant(
        "a variable is passed that nobody reads", "reference system, BEDROCK_MODEL_ID",
        "environment", "variable-unread", _variable("BEDROCK_MODEL_ID", "x"),
    ),
    Mutant(
        "a region is written into the image", "reference system, runtime image",
        "environment", "region", _variable("AWS_REGION", "us-west-2"),
    ),
    Mutant(
        "the runtime is told another port than the container's", NOVEMBER, "environment", "port",
        _variable("DEEP_INSIGHT_EXECUTOR_PORT", "8000"),
    ),
    Mutant(
        "nothing listens on the URL's port", NOVEMBER, "environment", "listener",
        lambda r: inputs(r, LISTENER, port=8080),
    ),
    Mutant(
        "the executor is told something it does not read", REFERENCE,
        "environment", "executor-variable-unread",
        lambda r: _with_variable(r, "ENV_NAME", "dev"),
    ),
    Mutant(
        "all tasks share one session's identity", "incident of 2026-02-22",
        "environment", "executor-session",
        lambda r: _with_variable(r, "SESSION_ID", "fixed"),
    ),
    Mutant(
        "a new image never makes a new revision: :latest", NOVEMBER, "images", "digest", _by_tag
    ),
    Mutant(
        "exec format error: the executor's image is amd64, its task ARM64", "commit f0f0515",
        "images", "task-architecture",
        lambda r: _build(r, "executor", platform="linux/amd64"),
    ),
    Mutant(
        "exec format error: the runtime's image is amd64", "commit f0f0515",
        "images", "runtime-platform",
        lambda r: _build(r, "agent-runtime", platform="linux/amd64"),
    ),
    Mutant(
        "old artifacts are baked into the image", "commit ab3e3a7", "images", "context-open",
        lambda r: _build(r, "executor", context=".", dockerfile="executor/Dockerfile"),
    ),
    Mutant(
        "the Dockerfile copies what the context lacks", OCTOBER, "images", "copy-source",
        lambda r: _build(
            r, "executor", context="samples", dockerfile="executor/Dockerfile"
        ),
    ),
    Mutant(
        "a tag can be moved to another image", REFERENCE, "images", "tags-mutable",
        lambda r: inputs(r, REPOSITORY, "executor", imageTagMutability="MUTABLE"),
    ),
    Mutant(
        "the second push of a fixed tag is refused", REFERENCE, "images", "tag-fixed",
        lambda r: inputs(
            r, DOCKER_IMAGE, "executor",
            imageName=r.one(DOCKER_IMAGE, "executor").inputs["imageName"].split(":")[0] + ":latest",
        ),
    ),
    Mutant(
        "a container without logs fails in silence", OCTOBER, "placement", "no-logs",
        lambda r: container(r, logConfiguration=None),
    ),
    Mutant(
        "logs go to a group that nobody creates", "reference system, OTEL header",
        "placement", "log-group", lambda r: _log_group(r, "bedrock-agentcore-observability"),
    ),
    Mutant(
        "user code runs as root", "issue #109", "placement", "root-user",
        lambda r: container(r, user="root"),
    ),
    Mutant(
        "user code can change the root file system", "reference system, weaknesses",
        "placement", "root-writable", lambda r: container(r, readonlyRootFilesystem=False),
    ),
    Mutant(
        "a misspelt key in the container definition is dropped in silence",
        "provider refusals that mocks accept", "placement", "service-model", _misspelt,
    ),
    Mutant(
        "the load balancer cuts an execution after 60 s", "commit 66b3e09",
        "placement", "idle-timeout", lambda r: inputs(r, LOAD_BALANCER, idleTimeout=60),
    ),
    Mutant(
        "a new target waits 30 s for its first check", "reference system, slow spots",
        "placement", "health-slow", lambda r: _health(r, interval=30),
    ),
    Mutant(
        "the health check asks a path that the executor lacks", OCTOBER,
        "placement", "health-path", lambda r: _health(r, path="/"),
    ),
    Mutant(
        "a finished session's target drains for 300 s", "commit ed394bf",
        "placement", "deregistration", lambda r: inputs(r, TARGET_GROUP, deregistrationDelay=300),
    ),
    Mutant(
        "a session's requests go to another's task", "incident of 2026-02-22",
        "placement", "stickiness", lambda r: inputs(r, TARGET_GROUP, stickiness=None),
    ),
    Mutant(
        "51 variables", "AgentCore quotas", "placement", "service-model", _many_variables
    ),
    Mutant(
        "the environment is larger than the service takes", "AgentCore quotas",
        "placement", "environment-size", _variable("OTEL_RESOURCE_ATTRIBUTES", "x" * 4000),
    ),
    Mutant(
        "an empty environment ends in an inconsistent result", "terraform-provider-aws #45885",
        "placement", "environment-empty", lambda r: runtime(r, environmentVariables={}),
    ),
    Mutant(
        "the session's token is public in the definition", "reference system, security",
        "environment", "executor-session",
        lambda r: _with_variable(r, "SESSION_TOKEN_SHA256", json.dumps("0" * 64)),
    ),
    Mutant(
        "the load balancer forwards to no listener's port", NOVEMBER, "environment", "listener",
        lambda r: without(r, LISTENER),
    ),
    Mutant(
        "the bucket's name was copied instead of passed on", OCTOBER,
        "environment", "origin-copied",
        lambda r: r.change(Platform(r).runtime.urn, property_dependencies={}),
    ),
    Mutant(
        "AgentCore calls a port that the runtime does not listen on", "AgentCore HTTP contract",
        "environment", "runtime-listens", _variable("PORT", "8000"),
    ),
    Mutant(
        "the runtime listens to itself only", "AgentCore HTTP contract",
        "environment", "runtime-listens", _variable("HOST", "127.0.0.1"),
    ),
    Mutant(
        "nobody says where a new variable's ARN comes from", OCTOBER,
        "environment", "origin-unruled",
        _variable("DEEP_INSIGHT_QUEUE_ARN", f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"),
    ),
    Mutant(
        "a direct runtime is told a load balancer's URL", NOVEMBER,
        "environment", "variable-unneeded",
        _variable("DEEP_INSIGHT_EXECUTOR_URL", "http://executor"),
        overrides=("executorRoute=direct",),
    ),
    Mutant(
        "the Dockerfile does not exist", OCTOBER, "images", "dockerfile",
        lambda r: _build(r, "executor", dockerfile="executor/Containerfile"),
    ),
    Mutant(
        "the image is built and never pushed", OCTOBER, "images", "push",
        lambda r: inputs(r, DOCKER_IMAGE, "executor", skipPush=True),
    ),
    Mutant(
        "known holes in an image stay unknown", REFERENCE, "images", "scan",
        lambda r: inputs(
            r, REPOSITORY, "executor", imageScanningConfiguration={"scanOnPush": False}
        ),
    ),
)  # fmt: skip
