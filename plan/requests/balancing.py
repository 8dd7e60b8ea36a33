"""The calls that make a load balancer, its targets and its listener."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plan.recording import Resource
from plan.requests.parameters import Parameters, Steps, capital, pairs, pick


def _load_balancer(resource: Resource) -> Parameters:
    given = resource.inputs
    parameters = pick(given, capital("subnets", "securityGroups", "ipAddressType"))
    parameters["Name"] = resource.text("name")
    parameters["Scheme"] = "internal" if given.get("internal") else "internet-facing"
    parameters["Type"] = given.get("loadBalancerType", "application")
    return parameters


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attributes(values: Mapping[str, Any]) -> list[dict[str, str]]:
    told = {key: _text(value) for key, value in values.items()}
    return pairs(told, "Key", "Value")


def _load_balancer_attributes(resource: Resource) -> Parameters:
    given = resource.inputs
    names = {
        "enableDeletionProtection": "deletion_protection.enabled",
        "idleTimeout": "idle_timeout.timeout_seconds",
        "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
        "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    }
    logs = {"enabled": "access_logs.s3.enabled", "bucket": "access_logs.s3.bucket"}
    logs["prefix"] = "access_logs.s3.prefix"
    values = {**pick(given, names), **pick(given.get("accessLogs") or {}, logs)}
    return {"LoadBalancerArn": resource.id, "Attributes": _attributes(values)}


def _target_group(resource: Resource) -> Parameters:
    given = resource.inputs
    names = capital("protocol", "port", "vpcId", "targetType", "protocolVersion")
    parameters = pick(given, names)
    parameters["Name"] = resource.text("name")
    check = given.get("healthCheck") or {}
    parameters |= pick(
        check,
        {
            "path": "HealthCheckPath",
            "interval": "HealthCheckIntervalSeconds",
            "timeout": "HealthCheckTimeoutSeconds",
            "healthyThreshold": "HealthyThresholdCount",
            "unhealthyThreshold": "UnhealthyThresholdCount",
            "protocol": "HealthCheckProtocol",
            "port": "HealthCheckPort",
            "enabled": "HealthCheckEnabled",
        },
    )
    if check.get("matcher"):
        parameters["Matcher"] = {"HttpCode": check["matcher"]}
    return parameters


def _target_group_attributes(resource: Resource) -> Parameters:
    given = resource.inputs
    names = {
        "deregistrationDelay": "deregistration_delay.timeout_seconds",
        "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    }
    sticky = {
        "enabled": "stickiness.enabled",
        "type": "stickiness.type",
        "cookieDuration": "stickiness.lb_cookie.duration_seconds",
    }
    values = {**pick(given, names), **pick(given.get("stickiness") or {}, sticky)}
    return {"TargetGroupArn": resource.id, "Attributes": _attributes(values)}


def _listener(resource: Resource) -> Parameters:
    given = resource.inputs
    actions = [
        pick(action, capital("type", "targetGroupArn"))
        for action in given.get("defaultActions") or []
    ]
    names = capital("loadBalancerArn", "protocol", "port", "sslPolicy")
    return {**pick(given, names), "DefaultActions": actions}


STEPS: Steps = {
    "aws:lb/loadBalancer:LoadBalancer": (
        ("elbv2", "CreateLoadBalancer", _load_balancer),
        ("elbv2", "ModifyLoadBalancerAttributes", _load_balancer_attributes),
    ),
    "aws:lb/targetGroup:TargetGroup": (
        ("elbv2", "CreateTargetGroup", _target_group),
        ("elbv2", "ModifyTargetGroupAttributes", _target_group_attributes),
    ),
    "aws:lb/listener:Listener": (("elbv2", "CreateListener", _listener),),
}
