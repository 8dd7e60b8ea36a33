"""Alarms, their topic, failed tasks as events with their reason, and the dashboard."""

import json

import pytest

from plan.recording import Recording
from tests.components.platform_parts import RUNTIME, named
from tests.recorded_stacks import recorded_stack

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
RULE = "aws:cloudwatch/eventRule:EventRule"


@pytest.fixture(scope="module")
def prod() -> Recording:
    return recorded_stack("prod", "alarmEmail=ops@example.com")


def test_errors_throttles_and_failed_tasks_raise_an_alarm(prod: Recording) -> None:
    runtime = {
        "Operation": "InvokeAgentRuntime",
        "Name": "deep_insight_prod::live",
        "Resource": prod.one(RUNTIME).outputs["agentRuntimeArn"],
    }

    watched = {
        alarm.inputs["metricName"]: alarm.inputs["dimensions"] for alarm in prod.of_type(ALARM)
    }

    assert watched == {
        "SystemErrors": runtime,
        "Throttles": runtime,
        "UserErrors": runtime,
        "TriggeredRules": {"RuleName": "deep-insight-prod-failed-tasks"},
        "Errors": {"FunctionName": "deep-insight-prod-keeper"},
    }


def test_silence_is_not_an_alarm(prod: Recording) -> None:
    assert {a.inputs["treatMissingData"] for a in prod.of_type(ALARM)} == {"notBreaching"}


def test_alarms_reach_somebody(prod: Recording) -> None:
    topic = prod.one("aws:sns/topic:Topic").outputs["arn"]

    subscription = prod.one("aws:sns/topicSubscription:TopicSubscription").inputs
    policy = json.loads(prod.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    assert (subscription["topic"], subscription["endpoint"]) == (topic, "ops@example.com")
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_only_failures_of_our_own_executors_count(prod: Recording) -> None:
    pattern = json.loads(prod.one(RULE, "failed-tasks").inputs["eventPattern"])

    cluster = prod.one("aws:ecs/cluster:Cluster").outputs["arn"]
    assert pattern["detail"]["clusterArn"] == [cluster]
    assert pattern["detail"]["$or"] == [
        {"stopCode": ["TaskFailedToStart", "InfrastructureHealth"]},
        {"containers": {"exitCode": [{"anything-but": [0]}]}},
    ]


def test_the_reason_of_a_failure_is_kept(prod: Recording) -> None:
    target = prod.one("aws:cloudwatch/eventTarget:EventTarget", "failed-tasks")
    group = named(prod, "aws:cloudwatch/logGroup:LogGroup")["operations-failed-tasks-logs"]
    policy = prod.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")

    assert target.inputs["arn"] == group.outputs["arn"]
    assert group.inputs["name"].startswith("/aws/events/")
    assert policy.urn in target.dependencies
    streams, events = json.loads(policy.inputs["policyDocument"])["Statement"]
    assert streams["Resource"] == events["Resource"] == f"{group.outputs['arn']}:*"
    assert "Condition" not in streams
    rule = prod.one(RULE, "failed-tasks").outputs["arn"]
    assert events["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}


def test_the_dashboard_shows_errors_throttles_sessions_and_failed_tasks(prod: Recording) -> None:
    body = json.loads(prod.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"])

    shown = {series[1] for w in body["widgets"] for series in w["properties"]["metrics"]}
    assert shown >= {"SystemErrors", "Throttles", "Sessions", "TriggeredRules"}
    places = {(widget["x"], widget["y"]) for widget in body["widgets"]}
    assert len(places) == len(body["widgets"])
    assert prod.exports["dashboard_url"].endswith("dashboard/deep-insight-prod")
