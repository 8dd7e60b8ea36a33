"""Values that mocks, schemas and service models accept and the AWS provider does not."""

from typing import Any

import pytest

from plan.proofs.finding import Findings
from plan.proofs.provider_rules import check_provider_rules
from plan.recording import Recording
from tests.recorded_stacks import recorded_stack


def rules(recording: Recording) -> set[str]:
    findings = Findings("placement")
    check_provider_rules(findings, recording)
    return {item.rule for item in findings.found}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_program_has_none_of_them(stack: str) -> None:
    assert rules(recorded_stack(stack)) == set()


@pytest.mark.parametrize(
    ("type_", "part", "inputs", "rule"),
    [
        ("ec2/securityGroup", "front-door-group", {"description": "Ärger"}, "group-words"),
        ("ec2/securityGroup", "front-door-group", {"description": "x" * 256}, "group-words"),
        ("vpc/securityGroupIngressRule", "ecr.api", {"cidrIpv4": "10.0.0.0/8"}, "rule-peer"),
        ("lb/loadBalancer", "", {"idleTimeout": 4001}, "range"),
        ("lb/targetGroup", "", {"stickiness": {"cookieDuration": 700_000}}, "range"),
        ("lb/targetGroup", "", {"healthCheck": {"interval": 2}}, "range"),
        ("cloudwatch/logGroup", "flow-logs", {"retentionInDays": 10}, "retention-days"),
        ("cloudwatch/metricAlarm", "throttles", {"period": 90}, "alarm-period"),
        ("ec2/flowLog", "", {"maxAggregationInterval": 300}, "flow-log-interval"),
        ("ec2/vpcEndpoint", "endpoint-s3", {"subnetIds": ["subnet-1"]}, "endpoint-pair"),
        ("ec2/vpcEndpoint", "endpoint-logs", {"routeTableIds": ["rtb-1"]}, "endpoint-pair"),
    ],
)
def test_a_refused_value_is_found(type_: str, part: str, inputs: dict[str, Any], rule: str) -> None:
    recording = recorded_stack("prod")
    kind = type_.rsplit("/", 1)[1]
    token = f"aws:{type_}:{kind[0].upper()}{kind[1:]}"
    item = next(item for item in recording.of_type(token) if part in item.name)
    assert rules(recording.change_inputs(item.urn, **inputs)) == {rule}
