"""Part of proof 6: what a stack must not lose by accident, and how one that may go is emptied."""

from __future__ import annotations

from plan.platform import BUCKET, LOAD_BALANCER, REPOSITORY, RUNTIME_ENDPOINT, Platform
from plan.proofs.finding import Findings
from plan.recording import Recording, Resource
from plan.roles import TASK_DEFINITION


def is_protected(recording: Recording) -> bool:
    """Whether the configuration protects the stack, whatever it is called."""
    return recording.setting("protected") is True


def check_protection(findings: Findings, platform: Platform) -> None:
    """Data, load balancer and endpoint of a protected stack; the emptying of any other."""
    recording = platform.recording
    protected = is_protected(recording)
    for item in recording.of_type(BUCKET, REPOSITORY):
        _check_data(findings, item, protected)
    _check_revisions(findings, recording)
    for front in recording.of_type(LOAD_BALANCER):
        if protected and front.inputs.get("enableDeletionProtection") is not True:
            findings.add(
                "deletion-protection", front.name, "a protected stack needs deletion protection."
            )
        logs = front.inputs.get("accessLogs") or {}
        if (protected or recording.setting("accessLogs") is True) and not logs.get("enabled"):
            findings.add(
                "access-logs-off",
                front.name,
                "nobody could tell who sent what to an executor; set accessLogs.",
            )
    if protected:
        _check_endpoint(findings, platform)


def _check_data(findings: Findings, item: Resource, protected: bool) -> None:
    destroy = bool(item.inputs.get("forceDestroy") or item.inputs.get("forceDelete"))
    if protected and (destroy or not item.protect):
        findings.add(
            "data-unprotected", item.name, "data of a protected stack must be protected and kept."
        )
    if not protected and not destroy and not item.protect:
        findings.add("destroy-blocked", item.name, "it is not empty at destroy; let it be emptied.")


def _check_revisions(findings: Findings, recording: Recording) -> None:
    """Sessions and runtime versions name the revision that was current when they started.

    Source: DeregisterTaskDefinition, Amazon ECS API reference: no task starts from it any more.
    """
    for task in recording.of_type(TASK_DEFINITION):
        if task.inputs.get("skipDestroy") is not True and not task.retain_on_delete:
            findings.add(
                "revision-lost",
                task.name,
                "an update takes away the revision that running sessions start executors from; set "
                "skipDestroy.",
            )


def _check_endpoint(findings: Findings, platform: Platform) -> None:
    endpoints = platform.recording.of_type(RUNTIME_ENDPOINT)
    for endpoint in endpoints:
        edges = endpoint.property_dependencies.get("agentRuntimeVersion", frozenset())
        if platform.runtime.urn not in edges:
            findings.add(
                "endpoint-version",
                endpoint.name,
                "it stays on an old version; pass the runtime's.",
            )
    if not endpoints:
        findings.add(
            "endpoint-version",
            platform.runtime.name,
            "a protected stack has no pinned endpoint; set pinnedEndpoint.",
        )
