"""Part of proof 6: what goes wrong in a watched stack reaches somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plan.platform import RUNTIME_ENDPOINT, Platform
from plan.proofs.finding import Findings
from plan.proofs.keeper_schedule import EVENT_RULE
from plan.proofs.logs import EVENT_TARGET
from plan.proofs.protection import is_protected
from plan.recording import Recording, Resource, document
from plan.roles import as_list

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"

_RUNTIME = "AWS/Bedrock-AgentCore"


@dataclass(frozen=True)
class Metric:
    """A metric that needs an alarm, and what it tells about."""

    namespace: str
    name: str
    meaning: str


# Sources: "AgentCore generated runtime observability data", Amazon Bedrock AgentCore Developer
# Guide; metrics of EventBridge rules and of Lambda functions in their guides.
WATCHED = (
    Metric(_RUNTIME, "SystemErrors", "failed requests"),
    Metric(_RUNTIME, "UserErrors", "refused requests"),
    Metric(_RUNTIME, "Throttles", "exceeded quotas"),
    Metric("AWS/Events", "TriggeredRules", "failed executors"),
    Metric("AWS/Lambda", "Errors", "failures of the keeper"),
)


def check_watch(findings: Findings, platform: Platform) -> None:
    """Alarms, their topic and the dashboard; the log groups that events are written to."""
    recording = platform.recording
    _check_event_logs(findings, recording)
    if not is_protected(recording) and recording.setting("alarms") is not True:
        return
    alarms = recording.of_type(ALARM)
    if not alarms:
        findings.add("alarms", platform.runtime.name, "there is no alarm; set alarms.")
    _check_metrics(findings, platform, alarms)
    for alarm in alarms:
        _check_dimensions(findings, platform, alarm)
        _check_actions(findings, recording, alarm)
    for topic in recording.of_type(TOPIC):
        _check_topic(findings, recording, topic)
    boards = recording.of_type(DASHBOARD)
    if not any(
        platform.runtime.text("agentRuntimeArn") in board.text("dashboardBody") for board in boards
    ):
        findings.add("dashboard", platform.runtime.name, "no dashboard shows the runtime; add one.")


def _check_metrics(findings: Findings, platform: Platform, alarms: list[Resource]) -> None:
    watched = {(item.inputs.get("namespace"), item.inputs.get("metricName")) for item in alarms}
    for metric in WATCHED:
        if alarms and (metric.namespace, metric.name) not in watched:
            findings.add(
                "alarm-missing",
                platform.runtime.name,
                f"nobody hears of {metric.meaning}; add an alarm on {metric.namespace} "
                f"{metric.name}.",
            )


def _check_dimensions(findings: Findings, platform: Platform, alarm: Resource) -> None:
    """An alarm on a metric that nothing writes stays silent for ever, and says OK."""
    rules = platform.recording.of_type(EVENT_RULE)
    keeper = platform.keeper
    written: Mapping[str, list[Mapping[str, str]]] = {
        _RUNTIME: _runtime_dimensions(platform),
        "AWS/Events": [{"RuleName": rule.text("name")} for rule in rules],
        "AWS/Lambda": [{"FunctionName": keeper.text("name")}] if keeper else [],
    }
    namespace = str(alarm.inputs.get("namespace"))
    given = dict(alarm.inputs.get("dimensions") or {})
    if namespace in written and given not in written[namespace]:
        findings.add(
            "alarm-dimension",
            alarm.name,
            f"nothing writes {namespace} {alarm.inputs.get('metricName')} with {given}; it is "
            f"written with {' or '.join(map(str, written[namespace]))}.",
        )


def _runtime_dimensions(platform: Platform) -> list[Mapping[str, str]]:
    """The dimensions of an invocation through the endpoint that clients use.

    AgentCore publishes with all three of them together. Source: aws-cdk pull request 38486.
    """
    runtime = platform.runtime
    pinned = [item.text("name") for item in platform.recording.of_type(RUNTIME_ENDPOINT)]
    return [
        {
            "Operation": "InvokeAgentRuntime",
            "Name": f"{runtime.text('agentRuntimeName')}::{endpoint}",
            "Resource": runtime.text("agentRuntimeArn"),
        }
        for endpoint in pinned or ["DEFAULT"]
    ]


def _check_actions(findings: Findings, recording: Recording, alarm: Resource) -> None:
    actions = alarm.inputs.get("alarmActions")
    if not actions or alarm.inputs.get("actionsEnabled") is False:
        findings.add("alarms", alarm.name, "the alarm tells nobody.")
    topics = {topic.text("arn") for topic in recording.of_type(TOPIC)}
    for action in actions or []:
        if action not in topics:
            findings.add(
                "alarm-topic", alarm.name, f"it tells {action}, which is no topic of this program."
            )


def _check_topic(findings: Findings, recording: Recording, topic: Resource) -> None:
    """Source: "Amazon SNS and CloudWatch", key policies and access policies for alarms."""
    arn = topic.text("arn")
    policies = [
        document(item.inputs.get("policy"))
        for item in recording.of_type(TOPIC_POLICY)
        if item.inputs.get("arn") == arn
    ]
    if not _admits(policies, "cloudwatch.amazonaws.com", "sns:Publish", arn):
        findings.add(
            "topic-policy",
            topic.name,
            "no policy says that CloudWatch publishes to it; give it a TopicPolicy that allows "
            "cloudwatch.amazonaws.com sns:Publish for this account.",
        )


def _check_event_logs(findings: Findings, recording: Recording) -> None:
    """EventBridge drops what it may not write, and says nothing.

    Source: "Using resource-based policies for Amazon EventBridge", CloudWatch Logs permissions.
    """
    policies = [
        document(item.inputs.get("policyDocument")) for item in recording.of_type(LOG_POLICY)
    ]
    service, actions = "events.amazonaws.com", ("logs:CreateLogStream", "logs:PutLogEvents")
    for target in recording.of_type(EVENT_TARGET):
        arn = str(target.inputs.get("arn"))
        group = f"{arn.removesuffix(':*')}:*"
        if ":log-group:" not in arn:
            continue
        missing = [item for item in actions if not _admits(policies, service, item, group)]
        if missing:
            findings.add(
                "event-log-policy",
                target.name,
                f"events are not written to {arn}; give it a LogResourcePolicy that allows "
                f"{service} {' and '.join(missing)}.",
            )


def _admits(policies: list[Any], service: str, action: str, resource: str) -> bool:
    return any(
        statement.get("Effect") == "Allow"
        and service in as_list((statement.get("Principal") or {}).get("Service"))
        and action in as_list(statement.get("Action"))
        and resource in as_list(statement.get("Resource"))
        for policy in policies
        for statement in as_list((policy or {}).get("Statement"))
    )
