"""Proof 5: names, limits and patterns from the service models, and the pairs no schema catches."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from components.fargate import MEMORY_BY_CPU
from components.zones import AGENTCORE_ZONES, ENDPOINT_ZONE_GAPS
from plan.functions import existing_subnet_zone
from plan.network import GROUP, SUBNET, VPC
from plan.platform import BUCKET, LISTENER, Platform
from plan.proofs.finding import Findings, Verdict
from plan.recording import Recording, document
from plan.requests import requests
from plan.roles import PROVIDER
from plan.service_model import problems

NAME = "placement"

# Bytes of all variables together, by platform version; above it the service refuses the runtime.
# Source: reports of users; AWS publishes 50 variables of 5,000 characters only.
ENVIRONMENT_BYTES: Mapping[str, int] = {"V1": 4096, "V2": 2560}

# Limits that the models do not carry. Sources: IAM and AWS STS quotas; Amazon S3 bucket naming.
INLINE_POLICY_CHARACTERS = 10_240
TASK_VARIABLES_JSON = 8192
_BUCKET_NAME = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
_TAG_TEXT = re.compile(r"^[\w\s.:/=+@-]*$")
_LONGEST_STOP = 120


def _check_models(findings: Findings, recording: Recording) -> int:
    checked = requests(recording)
    for request in checked:
        for problem in problems(request.service, request.operation, request.parameters):
            findings.add("service-model", request.resource.name, f"{request.operation}: {problem}.")
    return len(checked)


def _zone_of(platform: Platform, subnet: str) -> str:
    known = platform.network.subnets.get(subnet)
    if known and known.known:
        return known.zone
    return existing_subnet_zone(subnet, platform.recording.region)


def _check_zones(findings: Findings, platform: Platform) -> None:
    region = platform.recording.region
    override = platform.recording.setting("agentcoreZoneIds")
    supported = tuple(override or AGENTCORE_ZONES.get(region, ()))
    zones = {
        item: platform.network.subnets[item].zone
        for item in platform.runtime_party.subnets
        if item in platform.network.subnets and platform.network.subnets[item].known
    }
    for zone in sorted(set(zones.values()) - set(supported)):
        findings.add(
            "agentcore-zone",
            platform.runtime.name,
            f"AgentCore does not support {zone or 'a zone without an id'} in {region}; "
            f"it supports {', '.join(supported)}.",
        )
    if zones and len(set(zones.values())) < 2:
        findings.add("one-zone", platform.runtime.name, "the runtime is in one zone only.")
    for endpoint in platform.network.endpoints:
        for subnet in endpoint.subnets:
            known = platform.network.subnets.get(subnet)
            if known and known.zone in ENDPOINT_ZONE_GAPS.get(endpoint.service, ()):
                findings.add(
                    "endpoint-zone",
                    endpoint.resource.name,
                    f"{endpoint.service} is not offered in {known.zone}.",
                )


def _check_runtime(findings: Findings, platform: Platform) -> None:
    given, name = platform.runtime.inputs, platform.runtime.name
    lifecycle = given.get("lifecycleConfigurations")
    if not isinstance(lifecycle, list) or len(lifecycle) != 1:
        findings.add("lifecycle", name, "lifecycleConfigurations must be a list of one entry.")
    else:
        idle, longest = (lifecycle[0].get(k) for k in ("idleRuntimeSessionTimeout", "maxLifetime"))
        if idle is None or longest is None:
            findings.add(
                "lifecycle", name, "set idleRuntimeSessionTimeout and maxLifetime together."
            )
        elif idle > longest:
            findings.add(
                "lifecycle", name, f"an idle timeout of {idle} s exceeds the {longest} s life."
            )
    if given.get("environmentVariables") == {}:
        findings.add("environment-empty", name, "an empty environment is refused; leave it out.")
    mode = (given.get("networkConfiguration") or {}).get("networkModeConfig") or {}
    if (given.get("networkConfiguration") or {}).get("networkMode") != "VPC":
        findings.add("network-mode", name, "the runtime must be in VPC mode.")
    if "requireServiceS3Endpoint" in mode:
        findings.add("service-s3-endpoint", name, "requireServiceS3Endpoint is refused on create.")
    version = given.get("platformVersion")
    if version is None:
        findings.add("platform-version", name, "platformVersion has no stable default; set it.")
    size = sum(len(k.encode()) + len(v.encode()) for k, v in platform.environment.items())
    limit = ENVIRONMENT_BYTES.get(str(version), min(ENVIRONMENT_BYTES.values()))
    if size > limit:
        findings.add(
            "environment-size", name, f"the environment has {size} bytes; {version} takes {limit}."
        )


def _check_task(findings: Findings, platform: Platform) -> None:
    task = platform.task_definition
    cpu, memory = int(task.inputs.get("cpu", 0)), int(task.inputs.get("memory", 0))
    if memory not in MEMORY_BY_CPU.get(cpu, ()):
        findings.add(
            "fargate-size", task.name, f"Fargate has no {cpu} CPU units with {memory} MiB."
        )
    declared = {str(item.get("name")) for item in task.inputs.get("volumes") or []}
    for container in platform.containers:
        _check_container(findings, platform, container, declared)
        if int(container.get("memory") or 0) > memory or int(container.get("cpu") or 0) > cpu:
            findings.add(
                "container-size", task.name, "the container asks for more than the task has."
            )


def _check_container(
    findings: Findings, platform: Platform, container: Mapping[str, Any], volumes: set[str]
) -> None:
    name = platform.task_definition.name
    rules = {
        "root-user": container.get("user") in (None, "", "0", "root", "0:0", "root:root"),
        "root-writable": container.get("readonlyRootFilesystem") is not True,
        "privileged": bool(container.get("privileged")),
        "no-init": not (container.get("linuxParameters") or {}).get("initProcessEnabled"),
        "no-health-check": not container.get("healthCheck"),
        "no-logs": (container.get("logConfiguration") or {}).get("logDriver") != "awslogs",
        "no-port": not container.get("portMappings"),
        "stop-timeout": not 1 <= int(container.get("stopTimeout") or 30) <= _LONGEST_STOP,
    }
    for rule, broken in rules.items():
        if broken:
            findings.add(
                rule, name, f"container {container.get('name')}: {rule.replace('-', ' ')}."
            )
    for mount in container.get("mountPoints") or []:
        if mount.get("sourceVolume") not in volumes:
            findings.add("volume", name, f"the volume {mount.get('sourceVolume')} is not declared.")
    options = (container.get("logConfiguration") or {}).get("options") or {}
    groups = {
        item.text("name") for item in platform.recording.of_type("aws:cloudwatch/logGroup:LogGroup")
    }
    if options and options.get("awslogs-group") not in groups:
        findings.add(
            "log-group", name, f"{options.get('awslogs-group')} is no log group of the program."
        )
    if options and options.get("awslogs-region") != platform.recording.region:
        findings.add("log-region", name, f"logs go to {options.get('awslogs-region')}.")


def _check_front_door(findings: Findings, platform: Platform) -> None:
    front = platform.load_balancer
    if front is None:
        if platform.route == "alb":
            findings.add(
                "route", platform.runtime.name, "the route is alb, there is no load balancer."
            )
        return
    _check_load_balancer(findings, platform)
    _check_target_group(findings, platform)
    for listener in platform.recording.of_type(LISTENER):
        secure = listener.inputs.get("protocol") in ("HTTPS", "TLS")
        if secure and not listener.inputs.get("certificateArn"):
            findings.add("listener-certificate", listener.name, "HTTPS needs a certificate.")


def _check_load_balancer(findings: Findings, platform: Platform) -> None:
    front = platform.load_balancer
    assert front is not None
    subnets = front.inputs.get("subnets") or []
    zones = {_zone_of(platform, item) for item in subnets}
    if len(zones) < 2:
        findings.add("one-subnet", front.name, "an application load balancer needs two zones.")
    name = front.text("name")
    if name.startswith(("internal-", "-")) or name.endswith("-"):
        findings.add("load-balancer-name", front.name, f"{name} is refused.")
    if len(name) > 32:
        findings.add("load-balancer-name", front.name, f"{name} is longer than 32 characters.")
    longest = int(platform.executor_setting("LIMIT_TIMEOUT_MAX_SECONDS") or 3600)
    idle = int(front.inputs.get("idleTimeout") or 60)
    if idle <= longest:
        findings.add(
            "idle-timeout",
            front.name,
            f"idle connections are cut after {idle} s, an execution may take {longest} s.",
        )
    if front.inputs.get("dropInvalidHeaderFields") is not True:
        findings.add("invalid-headers", front.name, "invalid header fields are passed on.")


def _check_target_group(findings: Findings, platform: Platform) -> None:
    group = platform.target_group
    if group is None:
        return
    given, name = group.inputs, group.name
    text = group.text("name")
    if len(text) > 32 or "-" in {text[:1], text[-1:]}:
        findings.add("target-group-name", name, f"{text} is refused: 32 characters, no end hyphen.")
    if given.get("targetType") != "ip":
        findings.add("target-type", name, "tasks with their own address need target type ip.")
    if int(given.get("port") or 0) != platform.executor_port:
        findings.add("target-port", name, f"port {given.get('port')} is not the container's.")
    sticky = given.get("stickiness") or {}
    if sticky.get("enabled") is False or sticky.get("type") != "lb_cookie":
        findings.add("stickiness", name, "sessions need the load balancer's cookie.")
    check = given.get("healthCheck") or {}
    interval, timeout = int(check.get("interval") or 30), int(check.get("timeout") or 5)
    if timeout >= interval:
        findings.add(
            "health-timeout", name, f"a timeout of {timeout} s in an interval of {interval} s."
        )
    if interval > 10:
        findings.add("health-slow", name, f"a new task waits {interval} s for its first check.")
    if check.get("path") != "/health":
        findings.add(
            "health-path", name, f"the executor answers at /health, not {check.get('path')}."
        )
    if int(given.get("deregistrationDelay") or 300) > 60:
        findings.add("deregistration", name, "a finished session's target drains for minutes.")


def _check_names(findings: Findings, recording: Recording) -> None:
    for group in recording.of_type(GROUP):
        name = str(group.inputs.get("name") or group.inputs.get("namePrefix") or group.name)
        if name.startswith("sg-"):
            findings.add("group-name", group.name, f"a group name must not begin with sg-: {name}.")
    for bucket in recording.of_type(BUCKET):
        if not _BUCKET_NAME.match(bucket.text("bucket")):
            findings.add("bucket-name", bucket.name, f"{bucket.text('bucket')} is refused.")
    for policy in recording.of_type("aws:iam/rolePolicy:RolePolicy"):
        size = len(re.sub(r"\s", "", str(policy.inputs.get("policy", ""))))
        if size > INLINE_POLICY_CHARACTERS:
            findings.add("policy-size", policy.name, f"{size} characters, IAM takes 10,240.")
    names = Counter(
        (item.type, item.text(key))
        for item in recording.sorted()
        for key in ("name", "bucket", "family", "agentRuntimeName")
        if item.custom and isinstance(item.inputs.get(key), str)
    )
    scoped = ("aws:iam/rolePolicy:RolePolicy",)
    for (type_, name), count in sorted(names.items()):
        if count > 1 and type_ not in scoped:
            findings.add("name-twice", name, f"{count} resources of type {type_} have this name.")


def _check_addresses(findings: Findings, recording: Recording) -> None:
    vpcs = {
        item.id: ipaddress.ip_network(item.inputs["cidrBlock"]) for item in recording.of_type(VPC)
    }
    subnets = [
        (item, ipaddress.ip_network(item.inputs["cidrBlock"])) for item in recording.of_type(SUBNET)
    ]
    for index, (item, block) in enumerate(subnets):
        whole = vpcs.get(str(item.inputs.get("vpcId")))
        if whole is not None and not _inside(block, whole):
            findings.add("subnet-outside", item.name, f"{block} is not within {whole}.")
        for other, other_block in subnets[index + 1 :]:
            if block.overlaps(other_block):
                findings.add("subnet-overlap", item.name, f"{block} overlaps {other.name}.")


def _inside(block: Any, whole: Any) -> bool:
    return bool(block.subnet_of(whole))


def _check_tags(findings: Findings, recording: Recording) -> None:
    for item in recording.sorted():
        tags = item.inputs.get("tags")
        if item.type == PROVIDER:
            tags = (document(item.inputs.get("defaultTags") or "{}")).get("tags")
        if not item.custom or not isinstance(tags, Mapping):
            continue
        if len(tags) > 50:
            findings.add("tag-count", item.name, f"{len(tags)} tags, at most 50 are allowed.")
        for key, value in tags.items():
            bad = len(key) > 128 or len(str(value)) > 256 or not _TAG_TEXT.match(f"{key}{value}")
            if bad or key.lower().startswith("aws:"):
                findings.add("tag-text", item.name, f"the tag {key}={value} is refused.")


def prove(recording: Recording) -> Verdict:
    """Checks zones, names, quotas and pairs."""
    findings = Findings(NAME)
    platform = Platform(recording)
    checked = _check_models(findings, recording)
    _check_zones(findings, platform)
    _check_runtime(findings, platform)
    _check_task(findings, platform)
    _check_front_door(findings, platform)
    _check_names(findings, recording)
    _check_addresses(findings, recording)
    _check_tags(findings, recording)
    return findings.verdict(
        f"{checked} requests against service models, {len(recording.resources)} resources"
    )
