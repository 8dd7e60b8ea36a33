"""Proof 6: nothing is used before it is ready, data survives where it must, all ends well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from plan.network import ASSOCIATION, EGRESS, ENDPOINT, INGRESS, ROUTE, SUBNET
from plan.platform import (
    BUCKET,
    LOAD_BALANCER,
    LOG_GROUP,
    REPOSITORY,
    RUNTIME_ENDPOINT,
    Platform,
)
from plan.proofs.finding import Findings, Verdict
from plan.recording import Recording, Resource
from plan.roles import ATTACHMENT, FLOW_LOG, FUNCTION, ROLE_POLICY, role_for
from plan.taggable import is_taggable

NAME = "order"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"

REQUIRED_TAGS = ("Application", "Environment", "Owner", "Project", "ManagedBy")

# Source: PutRetentionPolicy, CloudWatch Logs API reference.
RETENTION_DAYS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557)
) | {2922, 3288, 3653}


def _must_wait(
    findings: Findings, who: Resource, waited: frozenset[str], needed: Iterable[Resource], what: str
) -> None:
    for item in needed:
        if item.urn not in waited:
            findings.add(
                "used-too-early",
                who.name,
                f"it does not wait for {item.name}, {what}.",
            )


def _policies(recording: Recording, purpose: str) -> list[Resource]:
    role = role_for(recording, purpose)
    if role is None:
        return []
    keys = {role.resource.id, role.resource.text("name"), role.arn}
    found = recording.of_type(ROLE_POLICY, ATTACHMENT)
    return [item for item in found if item.inputs.get("role") in keys]


def _check_runtime_waits(findings: Findings, platform: Platform) -> None:
    recording, runtime = platform.recording, platform.runtime
    waited = recording.waits_for(runtime.urn)
    groups = {*platform.runtime_party.groups, *platform.executor_party.groups}
    if platform.front_party:
        groups |= set(platform.front_party.groups)
    rules = [
        item
        for item in recording.of_type(INGRESS, EGRESS)
        if item.inputs.get("securityGroupId") in groups
    ]
    subnets = {*platform.runtime_party.subnets, *platform.executor_party.subnets}
    tables = {
        platform.network.subnets[item].route_table
        for item in subnets
        if item in platform.network.subnets
    }
    associations = [
        item for item in recording.of_type(ASSOCIATION) if item.inputs.get("subnetId") in subnets
    ]
    routes = [
        item for item in recording.of_type(ROUTE) if item.inputs.get("routeTableId") in tables
    ]
    needs = (
        (_policies(recording, "runtime"), "a policy of its role"),
        (_policies(recording, "executor start"), "a policy of the executors' start role"),
        (rules, "a rule that its sessions need"),
        ([*associations, *routes], "the routes of its subnets"),
        (recording.of_type(ENDPOINT), "an endpoint that its sessions call"),
        (platform.listeners, "the listener that it sends code to"),
        (_bucket_parts(platform), "the protection of the bucket that it writes to"),
    )
    for needed, what in needs:
        _must_wait(findings, runtime, waited, needed, what)


def _bucket_parts(platform: Platform) -> list[Resource]:
    bucket = platform.artifacts_bucket
    if bucket is None:
        return []
    parts = platform.recording.of_type(BUCKET_POLICY)
    return [item for item in parts if item.inputs.get("bucket") == bucket.id]


def _check_other_waits(findings: Findings, platform: Platform) -> None:
    recording = platform.recording
    for log in recording.of_type(FLOW_LOG):
        needed = _policies(recording, "flow log")
        _must_wait(findings, log, recording.waits_for(log.urn), needed, "a policy of its role")
    for function in recording.of_type(FUNCTION):
        waited = recording.waits_for(function.urn)
        _must_wait(findings, function, waited, _policies(recording, "keeper"), "its role's policy")
        name = f"/aws/lambda/{function.text('name')}"
        groups = [g for g in recording.of_type(LOG_GROUP) if g.text("name") == name]
        _must_wait(findings, function, waited, groups, "the log group with its retention")
        if not groups:
            findings.add("retention", function.name, f"Lambda would make {name}, which never ends.")
    for nat in recording.of_type("aws:ec2/natGateway:NatGateway"):
        gateways = recording.of_type("aws:ec2/internetGateway:InternetGateway")
        _must_wait(findings, nat, recording.waits_for(nat.urn), gateways, "its way out")
    for front in recording.of_type(LOAD_BALANCER):
        logs = front.inputs.get("accessLogs") or {}
        policies = [
            item
            for item in recording.of_type(BUCKET_POLICY)
            if logs.get("enabled") and item.inputs.get("bucket") == logs.get("bucket")
        ]
        waited = recording.waits_for(front.urn)
        _must_wait(findings, front, waited, policies, "the policy that lets it write logs")
        if logs.get("enabled") and not policies:
            findings.add(
                "access-logs", front.name, "no bucket policy lets it write its access logs."
            )


def _check_subnets(findings: Findings, recording: Recording) -> None:
    associated = _counts(item.inputs.get("subnetId") for item in recording.of_type(ASSOCIATION))
    for subnet in recording.of_type(SUBNET):
        count = associated.get(subnet.id, 0)
        if count != 1:
            findings.add(
                "subnet-association", subnet.name, f"it is associated with {count} route tables."
            )


def _counts(values: Iterable[Any]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


def _check_retention(findings: Findings, recording: Recording) -> None:
    for group in recording.of_type(LOG_GROUP):
        days = group.inputs.get("retentionInDays")
        if not days:
            findings.add("retention", group.name, "the log group never expires; set its retention.")
        elif days not in RETENTION_DAYS:
            findings.add(
                "retention", group.name, f"CloudWatch Logs offers no retention of {days} days."
            )


def _check_delivery(findings: Findings, platform: Platform) -> None:
    """The runtime's logs and traces are delivered: the service does neither by itself."""
    recording, runtime = platform.recording, platform.runtime
    sources = {
        str(item.inputs.get("logType")): item
        for item in recording.of_type(DELIVERY_SOURCE)
        if item.inputs.get("resourceArn") == runtime.outputs.get("agentRuntimeArn")
    }
    delivered = {item.inputs.get("deliverySourceName") for item in recording.of_type(DELIVERY)}
    for kind in ("APPLICATION_LOGS", "TRACES"):
        source = sources.get(kind)
        if source is None or source.text("name") not in delivered:
            findings.add("delivery", runtime.name, f"{kind} of the runtime go nowhere.")


def _check_buckets(findings: Findings, recording: Recording) -> None:
    for bucket in recording.of_type(BUCKET):
        for type_, what in (
            (PUBLIC_ACCESS, "no block of public access"),
            (ENCRYPTION, "no encryption set"),
            (VERSIONING, "no versioning"),
            (BUCKET_POLICY, "no policy that refuses plain HTTP"),
        ):
            parts = recording.of_type(type_)
            if not any(item.inputs.get("bucket") == bucket.id for item in parts):
                findings.add("bucket-open", bucket.name, f"it has {what}.")
    for block in recording.of_type(PUBLIC_ACCESS):
        flags = (
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        )
        off = [flag for flag in flags if block.inputs.get(flag) is not True]
        if off:
            findings.add("bucket-open", block.name, f"{', '.join(off)} must be true.")
    for policy in recording.of_type(BUCKET_POLICY):
        if "aws:SecureTransport" not in str(policy.inputs.get("policy")):
            findings.add("bucket-open", policy.name, "it does not refuse plain HTTP.")


def _check_ends(findings: Findings, platform: Platform) -> None:
    recording = platform.recording
    protected = recording.stack == "prod"
    for item in recording.of_type(BUCKET, REPOSITORY):
        destroy = bool(item.inputs.get("forceDestroy") or item.inputs.get("forceDelete"))
        if protected and (destroy or not item.protect):
            findings.add("data-unprotected", item.name, "prod data must be protected and kept.")
        if not protected and item.type in (BUCKET, REPOSITORY) and not destroy and not item.protect:
            findings.add(
                "destroy-blocked", item.name, "it is not empty at destroy; let it be emptied."
            )
    for front in recording.of_type(LOAD_BALANCER):
        if protected and front.inputs.get("enableDeletionProtection") is not True:
            findings.add("deletion-protection", front.name, "prod needs deletion protection.")
    if protected:
        _check_watch(findings, platform)
        for endpoint in recording.of_type(RUNTIME_ENDPOINT):
            edges = endpoint.property_dependencies.get("agentRuntimeVersion", frozenset())
            if platform.runtime.urn not in edges:
                findings.add(
                    "endpoint-version",
                    endpoint.name,
                    "it stays on an old version; pass the runtime's.",
                )
        if not recording.of_type(RUNTIME_ENDPOINT):
            findings.add("endpoint-version", platform.runtime.name, "prod has no pinned endpoint.")


def _check_watch(findings: Findings, platform: Platform) -> None:
    recording = platform.recording
    alarms = recording.of_type(ALARM)
    if not alarms:
        findings.add("alarms", platform.runtime.name, "prod has no alarm.")
    for alarm in alarms:
        if not alarm.inputs.get("alarmActions"):
            findings.add("alarms", alarm.name, "the alarm tells nobody.")


def _default_tags(recording: Recording, resource: Resource) -> Mapping[str, Any]:
    urn = resource.provider.rsplit("::", 1)[0]
    provider = recording.resources.get(urn)
    tags: Any = provider.inputs.get("defaultTags") if provider else None
    if isinstance(tags, str):
        tags = json.loads(tags)
    if tags is None:
        tags = json.loads(recording.configuration.get("aws:defaultTags", "{}"))
    return dict((tags or {}).get("tags") or {})


def _check_tags(findings: Findings, recording: Recording) -> None:
    for item in recording.sorted():
        if not item.custom or not is_taggable(item.type):
            continue
        tags = {**_default_tags(recording, item), **(item.inputs.get("tags") or {})}
        missing = [key for key in REQUIRED_TAGS if not tags.get(key)]
        if missing:
            findings.add("untagged", item.name, f"the tags {', '.join(missing)} are missing.")


def prove(recording: Recording) -> Verdict:
    """Checks order, retention, protection, tags and the stack's outputs."""
    findings = Findings(NAME)
    platform = Platform(recording)
    _check_runtime_waits(findings, platform)
    _check_other_waits(findings, platform)
    _check_subnets(findings, recording)
    _check_retention(findings, recording)
    _check_delivery(findings, platform)
    _check_buckets(findings, recording)
    _check_ends(findings, platform)
    _check_tags(findings, recording)
    waits = len(recording.waits_for(platform.runtime.urn))
    return findings.verdict(
        f"the runtime waits for {waits} resources; {len(recording.resources)} in all"
    )
