"""Proof 6: nothing is used before it is ready, data survives where it must, all ends well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from plan.network import ASSOCIATION, EGRESS, ENDPOINT, INGRESS, ROUTE, SUBNET
from plan.platform import LOAD_BALANCER, LOG_GROUP, Platform
from plan.proofs.buckets import BUCKET_POLICY, check_buckets
from plan.proofs.endpoint_policies import check_endpoint_policies
from plan.proofs.finding import Findings, Verdict
from plan.proofs.keeper_schedule import check_keeper_schedule
from plan.proofs.logs import check_logs
from plan.proofs.protection import check_protection
from plan.proofs.teardown import check_teardown
from plan.proofs.watch import check_watch
from plan.recording import Recording, Resource
from plan.roles import ATTACHMENT, FLOW_LOG, FUNCTION, ROLE_POLICY, role_for
from plan.taggable import is_taggable

NAME = "order"
REQUIRED_TAGS = ("Application", "Environment", "Owner", "Project", "ManagedBy")


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
        subnet = platform.network.subnets.get(nat.text("subnetId"))
        if subnet is not None and not platform.network.is_public(subnet):
            findings.add(
                "nat-route",
                nat.name,
                f"its subnet {subnet.name} has no route to an internet gateway; add that route.",
            )
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


def _check_declared(findings: Findings, recording: Recording) -> None:
    """A value can only come from what is declared; AWS answers "does not exist" otherwise."""
    for item in recording.sorted():
        waited = item.dependencies.union(*item.property_dependencies.values())
        for urn in sorted(waited - recording.resources.keys()):
            findings.add(
                "undeclared",
                item.name,
                f"it depends on {urn.rsplit('::', 1)[1]}, which is not declared; declare it.",
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
    """Checks order, logs, closed data, protection, alarms, tear-down and tags."""
    findings = Findings(NAME)
    platform = Platform(recording)
    _check_runtime_waits(findings, platform)
    _check_other_waits(findings, platform)
    _check_declared(findings, recording)
    _check_subnets(findings, recording)
    check_logs(findings, platform)
    check_buckets(findings, recording)
    check_endpoint_policies(findings, recording)
    check_keeper_schedule(findings, platform)
    check_protection(findings, platform)
    check_watch(findings, platform)
    check_teardown(findings, platform)
    _check_tags(findings, recording)
    waits = len(recording.waits_for(platform.runtime.urn))
    return findings.verdict(
        f"the runtime waits for {waits} resources; {len(recording.resources)} in all"
    )
