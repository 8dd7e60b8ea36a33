"""Failures that nobody hears of: logs without an end, alarms without a value, events unwritten."""

import json
from typing import Any

from plan.platform import LOG_GROUP, Platform
from plan.proofs.logs import DELIVERY_DESTINATION, EVENT_TARGET
from plan.proofs.watch import ALARM, DASHBOARD, LOG_POLICY, TOPIC_POLICY
from plan.recording import Recording
from tests.plan.mutants.mutation import Mutant, inputs, without

REFERENCE = "reference system, observability"
REVIEW = "review of November 2026: prod mutated by hand"
WATCHED = ("alarms=true",)


def _old_dimensions(recording: Recording) -> Recording:
    arn = Platform(recording).runtime.outputs["agentRuntimeArn"]
    return inputs(recording, ALARM, "throttles", dimensions={"Resource": arn})


def _without_stream(recording: Recording) -> Recording:
    policy = recording.one(LOG_POLICY)
    document = json.loads(policy.inputs["policyDocument"])
    document["Statement"] = [
        item for item in document["Statement"] if "logs:CreateLogStream" not in item["Action"]
    ]
    return recording.change_inputs(policy.urn, policyDocument=json.dumps(document))


def _dimensions(part: str, **given: str) -> Any:
    return lambda recording: inputs(recording, ALARM, part, dimensions=given)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "output of the runtime is kept for ever", "AgentCore makes the group without retention",
        "order", "runtime-logs", lambda r: without(r, LOG_GROUP, "logs-default"),
    ),
    Mutant(
        "output of the pinned endpoint is kept for ever",
        "AgentCore makes the group without retention",
        "order", "runtime-logs", lambda r: without(r, LOG_GROUP, "logs-live"), stack="prod",
    ),
    Mutant(
        "application logs are delivered to a group that nobody made", REVIEW,
        "order", "log-target", lambda r: without(r, LOG_GROUP, "application-logs"),
    ),
    Mutant(
        "flow logs go to a group that nobody made", REVIEW,
        "order", "log-target", lambda r: without(r, LOG_GROUP, "flow-logs"), stack="prod",
    ),
    Mutant(
        "the reasons of failed executors go to a group that nobody made", REVIEW,
        "order", "log-target", lambda r: without(r, LOG_GROUP, "failed-tasks"), stack="prod",
    ),
    Mutant(
        "application logs are delivered nowhere", REFERENCE, "order", "delivery",
        lambda r: without(r, DELIVERY_DESTINATION, "application-logs"),
    ),
    Mutant(
        "a stack without a single alarm", REFERENCE, "order", "alarms",
        lambda r: r.without(*(item.urn for item in r.of_type(ALARM))), stack="prod",
    ),
    Mutant(
        "nobody hears of throttled requests", REVIEW, "order", "alarm-missing",
        lambda r: without(r, ALARM, "throttles"), stack="prod",
    ),
    Mutant(
        "nobody hears of throttled requests where alarms were asked for", REVIEW,
        "order", "alarm-missing", lambda r: without(r, ALARM, "throttles"), overrides=WATCHED,
    ),
    Mutant(
        "nobody hears of executors that fail to start", REVIEW, "order", "alarm-missing",
        lambda r: without(r, ALARM, "failed-tasks"), stack="prod",
    ),
    Mutant(
        "nobody hears of a keeper that fails", REVIEW, "order", "alarm-missing",
        lambda r: without(r, ALARM, "keeper"), stack="prod",
    ),
    Mutant(
        "an alarm lacks dimensions and never sees a value", "aws-cdk pull request 38486",
        "order", "alarm-dimension", _old_dimensions, stack="prod",
    ),
    Mutant(
        "an alarm watches another stack's rule", REVIEW, "order", "alarm-dimension",
        _dimensions("failed-tasks", RuleName="deep-insight-dev-failed-tasks"), stack="prod",
    ),
    Mutant(
        "an alarm watches another function", REVIEW, "order", "alarm-dimension",
        _dimensions("keeper", FunctionName="keeper"), stack="prod",
    ),
    Mutant(
        "an alarm tells another stack's topic", REVIEW, "order", "alarm-topic",
        lambda r: inputs(
            r, ALARM, "errors", alarmActions=[f"arn:aws:sns:{r.region}:{r.account}:other"]
        ),
        stack="prod",
    ),
    Mutant(
        "the topic does not say who publishes to it", REVIEW, "order", "topic-policy",
        lambda r: without(r, TOPIC_POLICY), stack="prod",
    ),
    Mutant(
        "nothing shows what the runtime does", REFERENCE, "order", "dashboard",
        lambda r: without(r, DASHBOARD), stack="prod",
    ),
    Mutant(
        "events may not be written to their group", REVIEW, "order", "event-log-policy",
        lambda r: without(r, LOG_POLICY), stack="prod",
    ),
    Mutant(
        "events may not make the stream that they are written to", REVIEW,
        "order", "event-log-policy", _without_stream, stack="prod",
    ),
    Mutant(
        "the reasons of failed executors are told to nobody", REVIEW, "order", "event-target",
        lambda r: without(r, EVENT_TARGET, "failed-tasks"), stack="prod",
    ),
)  # fmt: skip
