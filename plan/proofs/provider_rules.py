"""Part of proof 5: what the AWS provider refuses before it calls an API.

The rules are those of the provider's schemas (terraform-provider-aws, the validators of each
resource); botocore's models carry none of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from components.deployment import RETENTION_DAYS
from plan.proofs.finding import Findings
from plan.recording import Recording, Resource

_EC2_WORDS = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")

_SHORT_PERIODS = (10, 20, 30)
_FLOW_LOG_INTERVALS = (60, 600)
_PEERS = ("referencedSecurityGroupId", "cidrIpv4", "cidrIpv6", "prefixListId")

# Whole numbers: the type, where the input sits, the least and the largest value.
_RANGES = (
    ("aws:lb/loadBalancer:LoadBalancer", ("idleTimeout",), 1, 4000),
    ("aws:lb/targetGroup:TargetGroup", ("deregistrationDelay",), 0, 3600),
    ("aws:lb/targetGroup:TargetGroup", ("stickiness", "cookieDuration"), 0, 604_800),
    ("aws:lb/targetGroup:TargetGroup", ("healthCheck", "interval"), 5, 300),
    ("aws:lb/targetGroup:TargetGroup", ("healthCheck", "timeout"), 2, 120),
)

_GROUPS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)


def _check_words(findings: Findings, recording: Recording) -> None:
    for item in recording.of_type(*_GROUPS):
        words = str(item.inputs.get("description", ""))
        if not _EC2_WORDS.fullmatch(words):
            findings.add("group-words", item.name, f"EC2 refuses the description {words!r}.")


def _check_peers(findings: Findings, recording: Recording) -> None:
    for item in recording.of_type(*_GROUPS[1:]):
        given = [name for name in _PEERS if item.inputs.get(name)]
        if len(given) != 1:
            told = ", ".join(given) or "none"
            findings.add("rule-peer", item.name, f"a rule names exactly one peer, not {told}.")


def _check_ranges(findings: Findings, recording: Recording) -> None:
    for type_, path, low, high in _RANGES:
        for item in recording.of_type(type_):
            value = _at(item, path)
            if value is not None and not low <= value <= high:
                name = ".".join(path)
                findings.add("range", item.name, f"{name}={value} is not within {low} to {high}.")


def _at(item: Resource, path: tuple[str, ...]) -> int | None:
    value: object = item.inputs
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else None


def _check_periods(findings: Findings, recording: Recording) -> None:
    for item in recording.of_type("aws:cloudwatch/logGroup:LogGroup"):
        days = item.inputs.get("retentionInDays", 0)
        if days not in (0, *RETENTION_DAYS):  # 0 is for ever
            findings.add("retention-days", item.name, f"no log group is kept for {days} days.")
    for item in recording.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
        period = int(item.inputs.get("period") or 60)
        if period % 60 and period not in _SHORT_PERIODS:
            findings.add("alarm-period", item.name, f"{period} s is no multiple of 60.")
    for item in recording.of_type("aws:ec2/flowLog:FlowLog"):
        interval = item.inputs.get("maxAggregationInterval", 600)
        if interval not in _FLOW_LOG_INTERVALS:
            findings.add("flow-log-interval", item.name, f"{interval} s; 60 and 600 are allowed.")


def _check_endpoints(findings: Findings, recording: Recording) -> None:
    for item in recording.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        gateway = item.inputs.get("vpcEndpointType", "Gateway") == "Gateway"
        foreign = (
            ("subnetIds", "securityGroupIds", "privateDnsEnabled")
            if gateway
            else ("routeTableIds",)
        )
        for name in foreign:
            if item.inputs.get(name):
                kind = "a gateway" if gateway else "an interface"
                findings.add("endpoint-pair", item.name, f"{kind} endpoint takes no {name}.")


def check_provider_rules(findings: Findings, recording: Recording) -> None:
    """Descriptions, peers, ranges, periods and endpoints of every resource."""
    _check_words(findings, recording)
    _check_peers(findings, recording)
    _check_ranges(findings, recording)
    _check_periods(findings, recording)
    _check_endpoints(findings, recording)
