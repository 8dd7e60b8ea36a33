"""Proof 5: names, limits and patterns from the service models, and the pairs no schema catches."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from components.zones import AGENTCORE_ZONES, ENDPOINT_ZONE_GAPS
from plan.network import GROUP, SUBNET, VPC
from plan.platform import BUCKET, Platform
from plan.proofs.cluster import check_cluster
from plan.proofs.container import check_task
from plan.proofs.finding import Findings, Verdict
from plan.proofs.front_door import check_front_door
from plan.proofs.provider_rules import check_provider_rules
from plan.proofs.volumes import check_volumes
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
_BUCKET_NAME = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
_TAG_TEXT = re.compile(r"^[\w\s.:/=+@-]*$")


def _check_models(findings: Findings, recording: Recording) -> int:
    checked = requests(recording)
    for request in checked:
        for problem in problems(request.service, request.operation, request.parameters):
            findings.add("service-model", request.resource.name, f"{request.operation}: {problem}.")
    return len(checked)


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
            sizes = 1 <= len(key) <= 128 and len(str(value)) <= 256
            good = sizes and _TAG_TEXT.match(f"{key}{value}")
            if not good or key.lower().startswith("aws:"):
                findings.add("tag-text", item.name, f"the tag {key}={value} is refused.")


def prove(recording: Recording) -> Verdict:
    """Checks zones, names, quotas and pairs."""
    findings = Findings(NAME)
    platform = Platform(recording)
    checked = _check_models(findings, recording)
    _check_zones(findings, platform)
    _check_runtime(findings, platform)
    check_task(findings, platform)
    check_volumes(findings, platform)
    check_cluster(findings, platform)
    check_front_door(findings, platform)
    _check_names(findings, recording)
    _check_addresses(findings, recording)
    _check_tags(findings, recording)
    check_provider_rules(findings, recording)
    return findings.verdict(
        f"{checked} requests against service models, {len(recording.resources)} resources"
    )
