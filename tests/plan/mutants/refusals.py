"""Failures of values that a service or the provider refuses, or that send requests astray."""

import json
from typing import Any

from plan.network import ENDPOINT, GROUP, INGRESS, SUBNET, VPC
from plan.platform import LISTENER, LOAD_BALANCER, LOG_GROUP, TARGET_GROUP
from plan.proofs.watch import ALARM
from plan.recording import Recording
from plan.roles import FLOW_LOG, ROLE_POLICY
from tests.plan.mutants.mutation import Mutant, inputs, without

REVIEW = "review of November 2026: prod mutated by hand"
REFUSED = "provider refusals that mocks accept"
REFERENCE = "reference system, ALB"


def _health(recording: Recording, **changes: Any) -> Recording:
    given = recording.one(TARGET_GROUP).inputs["healthCheck"]
    return inputs(recording, TARGET_GROUP, healthCheck={**given, **changes})


def _short_cookie(recording: Recording) -> Recording:
    given = recording.one(TARGET_GROUP).inputs["stickiness"]
    return inputs(recording, TARGET_GROUP, stickiness={**given, "cookieDuration": 600})


def _long_policy(recording: Recording) -> Recording:
    policy = recording.one(ROLE_POLICY, "agent-runtime")
    document = json.loads(policy.inputs["policy"])
    document["Statement"][0]["Resource"] = [f"arn:aws:s3:::bucket-{n:04d}" for n in range(500)]
    return recording.change_inputs(policy.urn, policy=json.dumps(document))


def _gateway_in_gap(recording: Recording) -> Recording:
    """The endpoint of AgentCore's gateway, which use1-az1 lacks."""
    service = f"com.amazonaws.{recording.region}.bedrock-agentcore.gateway"
    return inputs(
        recording, ENDPOINT, "endpoint-bedrock-agentcore", serviceName=service,
        subnetIds=[recording.one(SUBNET, "private-use1-az1").id],
    )  # fmt: skip


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "targets are in another VPC than the load balancer", REVIEW, "placement", "target-vpc",
        lambda r: inputs(r, TARGET_GROUP, vpcId="vpc-0defaultdefault00"), stack="prod",
    ),
    Mutant(
        "executors are behind a group of another VPC than their targets", REVIEW,
        "placement", "target-vpc",
        lambda r: inputs(r, GROUP, "executor-task", vpcId="vpc-0defaultdefault00"),
    ),
    Mutant(
        "a session's later requests go to another task", REVIEW, "placement", "stickiness-short",
        _short_cookie, stack="prod",
    ),
    Mutant(
        "targets are instances, which Fargate tasks are not", REFERENCE, "placement", "target-type",
        lambda r: inputs(r, TARGET_GROUP, targetType="instance"),
    ),
    Mutant(
        "targets are asked at another port than the container's", REFERENCE,
        "placement", "target-port", lambda r: inputs(r, TARGET_GROUP, port=80),
    ),
    Mutant(
        "the listener forwards to another target group", REFERENCE,
        "placement", "listener-target",
        lambda r: inputs(r, LISTENER, defaultActions=[{"type": "forward", "targetGroupArn": "x"}]),
    ),
    Mutant(
        "smuggled headers reach the executor", REFERENCE, "placement", "invalid-headers",
        lambda r: inputs(r, LOAD_BALANCER, dropInvalidHeaderFields=False),
    ),
    Mutant(
        "a health check that outlasts its interval", REFUSED, "placement", "health-timeout",
        lambda r: _health(r, timeout=5),
    ),
    Mutant(
        "a target group's name that AWS refuses", "CreateTargetGroup",
        "placement", "target-group-name",
        lambda r: inputs(r, TARGET_GROUP, name="deep-insight-with-a-name-that-is-too-long"),
    ),
    Mutant(
        "the runtime is told of a load balancer that nobody makes", REFERENCE,
        "placement", "route", lambda r: without(r, LOAD_BALANCER),
    ),
    Mutant(
        "51 tags", "AWS tagging limits", "placement", "tag-count",
        lambda r: inputs(r, VPC, tags={f"key-{number}": "x" for number in range(51)}),
    ),
    Mutant(
        "a tag without a key", "AWS tagging limits", "placement", "tag-text",
        lambda r: inputs(r, VPC, tags={"": "x"}),
    ),
    Mutant(
        "a tag that AWS keeps for itself", "AWS tagging limits", "placement", "tag-text",
        lambda r: inputs(r, VPC, tags={"aws:owner": "x"}),
    ),
    Mutant(
        "a policy longer than IAM takes", "IAM quotas", "placement", "policy-size", _long_policy
    ),
    Mutant(
        "a subnet outside its VPC", REFUSED, "placement", "subnet-outside",
        lambda r: inputs(r, SUBNET, "private-use1-az1", cidrBlock="192.168.0.0/24"),
    ),
    Mutant(
        "an endpoint in a zone that does not offer it", "AgentCore's endpoint zones",
        "placement", "endpoint-zone", _gateway_in_gap, stack="prod",
    ),
    Mutant(
        "words that EC2 refuses", REFUSED, "placement", "group-words",
        lambda r: inputs(r, GROUP, "front-door-group", description="Ärger"),
    ),
    Mutant(
        "a rule for two peers", REFUSED, "placement", "rule-peer",
        lambda r: inputs(r, INGRESS, "agent-runtime-to-ecr.api", cidrIpv4="10.0.0.0/8"),
    ),
    Mutant(
        "an idle timeout that AWS refuses", REFUSED, "placement", "range",
        lambda r: inputs(r, LOAD_BALANCER, idleTimeout=4001),
    ),
    Mutant(
        "a retention that the provider refuses", REFUSED, "placement", "retention-days",
        lambda r: inputs(r, LOG_GROUP, "executor-task", retentionInDays=10),
    ),
    Mutant(
        "a period that CloudWatch refuses", REFUSED, "placement", "alarm-period",
        lambda r: inputs(r, ALARM, "throttles", period=90), stack="prod",
    ),
    Mutant(
        "an interval that flow logs lack", REFUSED, "placement", "flow-log-interval",
        lambda r: inputs(r, FLOW_LOG, maxAggregationInterval=300), stack="prod",
    ),
    Mutant(
        "a gateway endpoint in subnets", REFUSED, "placement", "endpoint-pair",
        lambda r: inputs(r, ENDPOINT, "endpoint-s3", subnetIds=["subnet-0123456789abcdef1"]),
    ),
)  # fmt: skip
