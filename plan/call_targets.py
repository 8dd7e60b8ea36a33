"""What the calls are made on: the names of ``calls.json`` resolved to ARNs of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from components.bedrock_models import parse_model
from components.deployment import partition_of
from plan.emulation import ACCOUNT
from plan.platform import CLUSTER, Platform
from plan.roles import FLOW_LOG, role_for

_TASK = "0123456789abcdef0123456789abcdef"


class UnknownTargetError(Exception):
    """``calls.json`` names a target that this module does not resolve."""


@dataclass(frozen=True)
class Target:
    """One concrete thing of a call: an ARN or ``*``, what it is in words, its condition keys.

    ``documented`` as in :class:`plan.calls.Call`.
    """

    arn: str
    label: str
    context: Mapping[str, str] = field(default_factory=dict)
    documented: bool = False


def _arn(platform: Platform, service: str, path: str) -> str:
    region = platform.recording.region
    return f"arn:{partition_of(region)}:{service}:{region}:{ACCOUNT}:{path}"


def cluster_arn(platform: Platform) -> str:
    """The cluster that the runtime is told to use, or the only one."""
    named = platform.environment.get("DEEP_INSIGHT_ECS_CLUSTER_ARN")
    found = platform.recording.of_type(CLUSTER)
    return named or (found[0].text("arn") if found else "")


def _cluster_name(platform: Platform) -> str:
    return cluster_arn(platform).rsplit("/", 1)[-1]


def _task(platform: Platform) -> list[Target]:
    path = f"task/{_cluster_name(platform)}/{_TASK}"
    return [Target(_arn(platform, "ecs", path), "a task of the cluster")]


def _container_instances(platform: Platform) -> list[Target]:
    path = f"container-instance/{_cluster_name(platform)}/{_TASK}"
    return [Target(_arn(platform, "ecs", path), "tasks of the cluster")]


def _claim_key(platform: Platform) -> list[Target]:
    arn = platform.environment.get("DEEP_INSIGHT_WARM_CLAIM_KEY_ARN")
    return [Target(arn, "the key of the warm pool")] if arn else []


def _task_definition(platform: Platform) -> list[Target]:
    arn = platform.environment.get("DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN", "")
    return [Target(arn, "the executor's task definition")]


def _role(purpose: str) -> Callable[[Platform], list[Target]]:
    def resolve(platform: Platform) -> list[Target]:
        role = role_for(platform.recording, purpose)
        return [Target(role.arn, f"the {purpose} role")] if role else []

    return resolve


def _target_group(platform: Platform) -> list[Target]:
    arn = platform.environment.get("DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN", "")
    return [Target(arn, "the executors' target group")]


def _bucket_arn(platform: Platform) -> str:
    name = platform.environment.get("DEEP_INSIGHT_ARTIFACTS_BUCKET", "")
    return f"arn:{partition_of(platform.recording.region)}:s3:::{name}"


def prefix(platform: Platform) -> str:
    """The key prefix of artifacts, without slashes at its ends."""
    return platform.environment.get("DEEP_INSIGHT_ARTIFACTS_PREFIX", "").strip("/")


def _artifact(platform: Platform) -> list[Target]:
    key = f"{prefix(platform)}/session-1/artifacts/report.docx"
    return [Target(f"{_bucket_arn(platform)}/{key}", "an object below the artifacts prefix")]


def _job_record(platform: Platform) -> list[Target]:
    key = f"{prefix(platform)}/session-1/job.json"
    return [Target(f"{_bucket_arn(platform)}/{key}", "a session's record")]


def _session_input(platform: Platform) -> list[Target]:
    key = f"{prefix(platform)}/session-1/inputs/orders.csv"
    return [Target(f"{_bucket_arn(platform)}/{key}", "a session's input")]


def _bucket(platform: Platform) -> list[Target]:
    return [Target(_bucket_arn(platform), "the artifacts bucket")]


def _models(platform: Platform) -> list[Target]:
    """Each model id: the profile, and the model in every region that the profile may route to.

    A global profile is also authorized on the model's ARN without a region, which the catalogue of
    resource types lacks. Source: "Global cross-Region inference", Amazon Bedrock User Guide.
    """
    found = []
    region = platform.recording.region
    partition = partition_of(region)
    for identifier in platform.models:
        model = parse_model(identifier, region=region, direct=[identifier])
        context: dict[str, str] = {}
        if model.profile is not None:
            profile = _arn(platform, "bedrock", f"inference-profile/{identifier}")
            found.append(Target(profile, f"profile {identifier}"))
            context["bedrock:InferenceProfileArn"] = profile
        for place in model.regions(region):
            arn = f"arn:{partition}:bedrock:{place}::foundation-model/{model.foundation_model}"
            label = f"model {model.foundation_model} in {place or 'any region'}"
            found.append(Target(arn, label, context, documented=not place))
    return found


def _repository(of: str) -> Callable[[Platform], list[Target]]:
    def resolve(platform: Platform) -> list[Target]:
        image = platform.runtime_image if of == "runtime" else platform.executor_image
        name = image.split("@", 1)[0].split("/", 1)[-1].split(":", 1)[0]
        return [Target(_arn(platform, "ecr", f"repository/{name}"), f"the {of}'s repository")]

    return resolve


# CloudWatch Logs authorizes what concerns a whole group as its streams with an empty name; the
# messages of denied calls show this form.


def _runtime_log_group(platform: Platform) -> list[Target]:
    identifier = platform.runtime.text("agentRuntimeId") or "runtime-0000000000"
    path = f"log-group:/aws/bedrock-agentcore/runtimes/{identifier}-DEFAULT:log-stream:"
    return [Target(_arn(platform, "logs", path), "the runtime's log group")]


def _runtime_log_stream(platform: Platform) -> list[Target]:
    group = _runtime_log_group(platform)[0].arn
    return [Target(f"{group}2026/11/26/[runtime-logs]session", "the runtime's log stream")]


def _executor_log_stream(platform: Platform) -> list[Target]:
    found = []
    for container in platform.containers:
        options = (container.get("logConfiguration") or {}).get("options") or {}
        group = options.get("awslogs-group", "")
        stream = (
            f"{options.get('awslogs-stream-prefix', 'executor')}/{container.get('name')}/{_TASK}"
        )
        path = f"log-group:{group}:log-stream:{stream}"
        found.append(Target(_arn(platform, "logs", path), "the executor's log stream"))
    return found


def _keeper_log_stream(platform: Platform) -> list[Target]:
    name = platform.keeper.text("name") if platform.keeper else ""
    path = f"log-group:/aws/lambda/{name}:log-stream:2026/11/26/[$LATEST]{_TASK}"
    return [Target(_arn(platform, "logs", path), "the keeper's log stream")] if name else []


def _flow_log_groups(platform: Platform) -> list[str]:
    logs = platform.recording.of_type(FLOW_LOG)
    arns = [str(item.inputs.get("logDestination", "")) for item in logs]
    return [arn for arn in arns if ":log-group:" in arn]


def _flow_log_group(platform: Platform) -> list[Target]:
    arns = _flow_log_groups(platform)
    return [Target(f"{arn}:log-stream:", "the flow log's group") for arn in arns]


def _flow_log_stream(platform: Platform) -> list[Target]:
    return [
        Target(f"{arn}:log-stream:eni-0123456789abcdef0-all", "the flow log's stream")
        for arn in _flow_log_groups(platform)
    ]


def _all_log_groups(platform: Platform) -> list[Target]:
    return [Target(_arn(platform, "logs", "log-group::log-stream:"), "log groups")]


def _any(_platform: Platform) -> list[Target]:
    return [Target("*", "no single resource")]


def _workload_identity(platform: Platform) -> list[Target]:
    directory = _arn(platform, "bedrock-agentcore", "workload-identity-directory/default")
    identifier = platform.runtime.text("agentRuntimeId") or "runtime-0000000000"
    return [
        Target(directory, "the directory of workload identities"),
        Target(f"{directory}/workload-identity/{identifier}", "the runtime's workload identity"),
    ]


_TARGETS: dict[str, Callable[[Platform], list[Target]]] = {
    "task": _task,
    "container instances": _container_instances,
    "claim key": _claim_key,
    "task definition": _task_definition,
    "executor start role": _role("executor start"),
    "executor task role": _role("executor task"),
    "target group": _target_group,
    "artifact": _artifact,
    "session input": _session_input,
    "job record": _job_record,
    "bucket": _bucket,
    "models": _models,
    "runtime repository": _repository("runtime"),
    "executor repository": _repository("executor"),
    "runtime log group": _runtime_log_group,
    "runtime log stream": _runtime_log_stream,
    "executor log stream": _executor_log_stream,
    "keeper log stream": _keeper_log_stream,
    "flow log group": _flow_log_group,
    "flow log stream": _flow_log_stream,
    "all log groups": _all_log_groups,
    "workload identity": _workload_identity,
    "any": _any,
}


def targets(platform: Platform, name: str) -> list[Target]:
    """The concrete things behind a target's name.

    Raises:
        UnknownTargetError: No such name.
    """
    if name not in _TARGETS:
        raise UnknownTargetError(
            f"calls.json names the target {name!r}; add it to call_targets.py."
        )
    return _TARGETS[name](platform)


def fill(platform: Platform, text: str) -> str:
    """A context value with ``{cluster}``, ``{prefix}`` and ``{stack}`` put in."""
    values = {
        "{cluster}": cluster_arn(platform),
        "{prefix}": prefix(platform),
        "{stack}": platform.environment.get("DEEP_INSIGHT_STACK", ""),
    }
    for key, value in values.items():
        text = text.replace(key, value)
    return text
