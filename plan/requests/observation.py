"""The calls that make logs, alarms, events and notifications."""

from __future__ import annotations

from plan.recording import Resource
from plan.requests.parameters import (
    Parameters,
    Steps,
    capital,
    capitalized,
    pairs,
    pick,
    picking,
    same,
)


def _log_group(resource: Resource) -> Parameters:
    return {"logGroupName": resource.text("name"), **pick(resource.inputs, same("tags"))}


def _retention(resource: Resource) -> Parameters:
    days = pick(resource.inputs, same("retentionInDays"))
    return {"logGroupName": resource.text("name"), **days}


def _delivery_source(resource: Resource) -> Parameters:
    names = same("resourceArn", "logType", "tags")
    return {"name": resource.text("name"), **pick(resource.inputs, names)}


def _delivery_destination(resource: Resource) -> Parameters:
    names = same("outputFormat", "deliveryDestinationType", "tags")
    names |= same("deliveryDestinationConfiguration")
    return {"name": resource.text("name"), **pick(resource.inputs, names)}


def _alarm(resource: Resource) -> Parameters:
    given = resource.inputs
    names = capital("comparisonOperator", "evaluationPeriods", "metricName", "namespace")
    names |= capital("period", "statistic", "threshold", "treatMissingData", "datapointsToAlarm")
    names |= {**capital("alarmActions", "alarmDescription"), "okActions": "OKActions"}
    parameters = pick(given, names)
    parameters["AlarmName"] = resource.text("name")
    parameters["Dimensions"] = pairs(given.get("dimensions"), "Name", "Value")
    return parameters


def _event_rule(resource: Resource) -> Parameters:
    names = capital("scheduleExpression", "eventPattern", "description", "state")
    return {"Name": resource.text("name"), **pick(resource.inputs, names)}


def _event_target(resource: Resource) -> Parameters:
    given = resource.inputs
    target = pick(given, {"targetId": "Id", **capital("arn", "roleArn", "input")})
    if given.get("retryPolicy"):
        target["RetryPolicy"] = capitalized(given["retryPolicy"])
    return {**pick(given, capital("rule")), "Targets": [target]}


def _topic(resource: Resource) -> Parameters:
    return {"Name": resource.text("name")}


def _topic_policy(resource: Resource) -> Parameters:
    names = {"arn": "TopicArn", "policy": "AttributeValue"}
    return {**pick(resource.inputs, names), "AttributeName": "Policy"}


_SUBSCRIPTION = {"topic": "TopicArn", **capital("protocol", "endpoint")}

STEPS: Steps = {
    "aws:cloudwatch/logGroup:LogGroup": (
        ("logs", "CreateLogGroup", _log_group),
        ("logs", "PutRetentionPolicy", _retention),
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": (
        ("logs", "PutResourcePolicy", picking(same("policyName", "policyDocument"))),
    ),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": (
        ("logs", "PutDeliverySource", _delivery_source),
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": (
        ("logs", "PutDeliveryDestination", _delivery_destination),
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": (
        ("logs", "CreateDelivery", picking(same("deliverySourceName", "deliveryDestinationArn"))),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (("cloudwatch", "PutMetricAlarm", _alarm),),
    "aws:cloudwatch/dashboard:Dashboard": (
        ("cloudwatch", "PutDashboard", picking(capital("dashboardName", "dashboardBody"))),
    ),
    "aws:cloudwatch/eventRule:EventRule": (("events", "PutRule", _event_rule),),
    "aws:cloudwatch/eventTarget:EventTarget": (("events", "PutTargets", _event_target),),
    "aws:sns/topic:Topic": (("sns", "CreateTopic", _topic),),
    "aws:sns/topicPolicy:TopicPolicy": (("sns", "SetTopicAttributes", _topic_policy),),
    "aws:sns/topicSubscription:TopicSubscription": (("sns", "Subscribe", picking(_SUBSCRIPTION)),),
}
