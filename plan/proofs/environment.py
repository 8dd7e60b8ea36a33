"""Proof 1: each container is told what its contract asks for, no more, no less, from the source
that the variable's name promises."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent_runtime.settings import check_environment, contract
from plan.platform import Platform
from plan.proofs.executor_environment import check_executor
from plan.proofs.finding import Findings, Verdict
from plan.proofs.keeper_environment import check_keeper
from plan.provenance import Provenance
from plan.recording import Recording

NAME = "environment"


@dataclass(frozen=True)
class Origin:
    """The type and output that a variable's value must come from."""

    type: str
    output: str


ORIGINS: Mapping[str, Origin] = {
    "DEEP_INSIGHT_ECS_CLUSTER_ARN": Origin("aws:ecs/cluster:Cluster", "arn"),
    "DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN": Origin(
        "aws:ecs/taskDefinition:TaskDefinition", "arn"
    ),
    "DEEP_INSIGHT_EXECUTOR_SUBNET_IDS": Origin("aws:ec2/subnet:Subnet", "id"),
    "DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS": Origin("aws:ec2/securityGroup:SecurityGroup", "id"),
    "DEEP_INSIGHT_EXECUTOR_URL": Origin("aws:lb/loadBalancer:LoadBalancer", "dnsName"),
    "DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN": Origin("aws:lb/targetGroup:TargetGroup", "arn"),
    "DEEP_INSIGHT_WARM_CLAIM_KEY_ARN": Origin("aws:secretsmanager/secret:Secret", "arn"),
    "DEEP_INSIGHT_ARTIFACTS_BUCKET": Origin("aws:s3/bucket:Bucket", "bucket"),
}

# Without these the OpenTelemetry launcher sends nothing, and nothing says so. Source: "Observe your
# agent applications", Amazon Bedrock AgentCore Developer Guide.
TELEMETRY = {
    "OTEL_PYTHON_DISTRO": "aws_distro",
    "OTEL_PYTHON_CONFIGURATOR": "aws_configurator",
    "AGENT_OBSERVABILITY_ENABLED": "true",
}

# Where AgentCore calls a runtime; the image says so too. Source: "HTTP protocol contract", Amazon
# Bedrock AgentCore Developer Guide.
LISTENS = {"HOST": "0.0.0.0", "PORT": "8080"}  # noqa: S104 - what the service asks for

# A variable with such a name points at a resource, so it needs a row in ORIGINS.
_POINTS_AT_RESOURCE = re.compile(r"_(ARN|ARNS|ID|IDS|URL|BUCKET)$")
_SCHEME = re.compile(r"^https?://[^/\s]+")


def _check_contract(findings: Findings, platform: Platform) -> None:
    environment = platform.environment
    name = platform.runtime.name
    for problem in check_environment(environment):
        findings.add("contract", name, problem)
    known = {spec.name for spec in contract()}
    for variable in sorted(set(environment) - known):
        findings.add(
            "variable-unread", name, f"{variable} is set, but the runtime reads no such variable."
        )
    for spec in contract():
        value = environment.get(spec.name)
        if spec.is_url and value is not None and not _SCHEME.match(value):
            findings.add("url-scheme", name, f"{spec.name}={value} has no http:// or https://.")


def _check_telemetry(findings: Findings, platform: Platform) -> None:
    for variable, value in TELEMETRY.items():
        if platform.environment.get(variable) != value:
            findings.add(
                "telemetry",
                platform.runtime.name,
                f"{variable} must be {value}, or no trace appears.",
            )


def _check_unneeded(findings: Findings, platform: Platform) -> None:
    """A variable of a mode that is switched off misleads whoever reads the environment."""
    effective = {spec.name: spec.default for spec in contract() if spec.default is not None}
    effective |= platform.environment
    for spec in contract():
        conditional = [condition for condition in spec.required_when if condition]
        if spec.name in platform.environment and conditional and not spec.is_required(effective):
            findings.add(
                "variable-unneeded",
                platform.runtime.name,
                f"{spec.name} is set, but only needed when "
                f"{' or '.join(json.dumps(condition) for condition in conditional)}.",
            )


def _check_origins(findings: Findings, platform: Platform, provenance: Provenance) -> None:
    name = platform.runtime.name
    recording = platform.recording
    promised = platform.runtime.property_dependencies.get("environmentVariables", frozenset())
    for variable, value in sorted(platform.environment.items()):
        origin = ORIGINS.get(variable)
        if origin is None:
            if _POINTS_AT_RESOURCE.search(variable) and not variable.startswith("OTEL"):
                findings.add(
                    "origin-unruled", name, f"{variable} points at a resource without a rule here."
                )
            continue
        for part in value.split(",") if variable.endswith("_IDS") else [value]:
            sources = [s for s in provenance.sources(part) if s.type == origin.type]
            right = [s for s in sources if s.output == origin.output or s.output == "id"]
            outside = variable.endswith("_SUBNET_IDS") and not recording.of_type(origin.type)
            if not right and not outside:
                kind = origin.type.rsplit(":", 1)[1]
                findings.add(
                    "origin",
                    name,
                    f"{variable}={part} is not the {origin.output} of a {kind} of this program.",
                )
            elif right and not any(source.urn in promised for source in right):
                findings.add(
                    "origin-copied",
                    name,
                    f"{variable} equals an output of {right[0].name} but does not depend on it.",
                )


def _check_agreement(findings: Findings, platform: Platform) -> None:
    """What the runtime is told about the executor must be what the executor is."""
    environment, name = platform.environment, platform.runtime.name
    region = platform.recording.region
    if "AWS_REGION" in environment and environment["AWS_REGION"] != region:
        findings.add(
            "region", name, f"AWS_REGION={environment['AWS_REGION']}, the stack is in {region}."
        )
    for variable, value in LISTENS.items():
        if environment.get(variable, value) != value:
            findings.add(
                "runtime-listens",
                name,
                f"{variable}={environment[variable]}, but AgentCore calls {LISTENS['HOST']} on "
                f"port {LISTENS['PORT']}; set it to {value}.",
            )
    container = environment.get("DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME")
    names = [str(item.get("name")) for item in platform.containers]
    if container is not None and container not in names:
        findings.add(
            "container-name",
            name,
            f"the runtime starts the container {container!r}; the task has {', '.join(names)}.",
        )
    port = environment.get("DEEP_INSIGHT_EXECUTOR_PORT")
    if port is not None and port != str(platform.executor_port):
        findings.add(
            "port",
            name,
            f"DEEP_INSIGHT_EXECUTOR_PORT={port}, the container has {platform.executor_port}.",
        )
    _check_front_door_port(findings, platform)


def _check_front_door_port(findings: Findings, platform: Platform) -> None:
    url = platform.environment.get("DEEP_INSIGHT_EXECUTOR_URL")
    match = re.match(r"^(https?)://[^/:]+(?::(\d+))?", url or "")
    if not match:
        return
    scheme = match.group(1)
    port = int(match.group(2) or (443 if scheme == "https" else 80))
    listeners = {
        int(item.inputs.get("port", 0)): str(item.inputs.get("protocol", "HTTP")).lower()
        for item in platform.listeners
    }
    if listeners.get(port) != scheme:
        findings.add(
            "listener",
            platform.runtime.name,
            f"{url} needs an {scheme.upper()} listener on port {port}; there is none.",
        )


def prove(recording: Recording) -> Verdict:
    """Checks the runtime's and the executor's environments."""
    findings = Findings(NAME)
    platform = Platform(recording)
    _check_contract(findings, platform)
    _check_unneeded(findings, platform)
    _check_telemetry(findings, platform)
    _check_origins(findings, platform, Provenance(recording))
    _check_agreement(findings, platform)
    check_executor(findings, platform)
    keeper = check_keeper(findings, platform)
    count = len(platform.environment)
    executor = sum(len(item.get("environment") or []) for item in platform.containers)
    return findings.verdict(
        f"{count} variables of the runtime, {executor} of the executor, {keeper} of the keeper"
    )
