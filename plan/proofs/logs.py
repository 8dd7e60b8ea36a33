"""Part of proof 6: logs and traces are delivered, and every group they end in expires."""

from __future__ import annotations

from components.deployment import RETENTION_DAYS
from plan.platform import LOG_GROUP, RUNTIME_ENDPOINT, Platform
from plan.proofs.finding import Findings
from plan.recording import Recording, Resource
from plan.roles import FLOW_LOG

DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
DELIVERY_DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"


def check_logs(findings: Findings, platform: Platform) -> None:
    """Retention of each group, a group for each writer, delivery of the runtime's records."""
    recording = platform.recording
    _check_retention(findings, recording)
    _check_runtime_groups(findings, platform)
    _check_targets(findings, recording)
    _check_delivery(findings, platform)


def _check_retention(findings: Findings, recording: Recording) -> None:
    for group in recording.of_type(LOG_GROUP):
        days = group.inputs.get("retentionInDays")
        if not days:
            findings.add("retention", group.name, "the log group never expires; set its retention.")
        elif days not in RETENTION_DAYS:
            findings.add(
                "retention", group.name, f"CloudWatch Logs offers no retention of {days} days."
            )


def _check_runtime_groups(findings: Findings, platform: Platform) -> None:
    """AgentCore makes a group for each endpoint on first use, and gives it no retention.

    Source: "Observe your agent applications", Amazon Bedrock AgentCore Developer Guide. The
    endpoint DEFAULT exists beside every pinned one.
    """
    recording, runtime = platform.recording, platform.runtime
    endpoints = [item.text("name") for item in recording.of_type(RUNTIME_ENDPOINT)]
    names = {item.text("name") for item in recording.of_type(LOG_GROUP)}
    for endpoint in ("DEFAULT", *endpoints):
        name = f"/aws/bedrock-agentcore/runtimes/{runtime.text('agentRuntimeId')}-{endpoint}"
        if name not in names:
            findings.add(
                "runtime-logs",
                runtime.name,
                f"AgentCore would make {name}, which never expires; declare it with a retention.",
            )


def _check_targets(findings: Findings, recording: Recording) -> None:
    """What is told to write to a group must find it: neither service makes it with a retention."""
    groups = {item.text("arn") for item in recording.of_type(LOG_GROUP)}
    for item in recording.of_type(FLOW_LOG, EVENT_TARGET, DELIVERY_DESTINATION):
        told = _told_group(item)
        if told and told.removesuffix(":*") not in groups:
            findings.add(
                "log-target",
                item.name,
                f"it writes to {told}, which is no log group of the program; declare that group.",
            )


def _told_group(item: Resource) -> str:
    """The ARN of the log group that a writer is given; empty when it is given something else."""
    configuration = item.inputs.get("deliveryDestinationConfiguration") or {}
    given = {
        FLOW_LOG: item.inputs.get("logDestination"),
        EVENT_TARGET: item.inputs.get("arn"),
        DELIVERY_DESTINATION: configuration.get("destinationResourceArn"),
    }
    told = str(given[item.type] or "")
    return told if ":log-group:" in told else ""


def _check_delivery(findings: Findings, platform: Platform) -> None:
    """The runtime's logs and traces are delivered: the service does neither by itself."""
    recording, runtime = platform.recording, platform.runtime
    sources = {
        str(item.inputs.get("logType")): item
        for item in recording.of_type(DELIVERY_SOURCE)
        if item.inputs.get("resourceArn") == runtime.outputs.get("agentRuntimeArn")
    }
    destinations = {item.text("arn") for item in recording.of_type(DELIVERY_DESTINATION)}
    delivered = {
        item.inputs.get("deliverySourceName")
        for item in recording.of_type(DELIVERY)
        if item.inputs.get("deliveryDestinationArn") in destinations
    }
    left_out = ("TRACES",) if recording.setting("traces") is False else ()
    for kind in sorted({"APPLICATION_LOGS", "TRACES"} - set(left_out)):
        source = sources.get(kind)
        if source is None or source.text("name") not in delivered:
            findings.add("delivery", runtime.name, f"{kind} of the runtime go nowhere.")
