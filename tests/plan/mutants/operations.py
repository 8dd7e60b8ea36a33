"""Failures of names, quotas, order, retention, protection and clean-up."""

from dataclasses import replace
from typing import Any

from plan.network import ENDPOINT, ROUTE
from plan.platform import BUCKET, LISTENER, LOAD_BALANCER, LOG_GROUP, REPOSITORY, RUNTIME_ENDPOINT
from plan.proofs.buckets import PUBLIC_ACCESS
from plan.proofs.logs import DELIVERY_SOURCE
from plan.proofs.watch import ALARM
from plan.recording import Recording
from plan.roles import PROVIDER, ROLE_POLICY, TASK_DEFINITION
from tests.plan.mutants.mutation import Mutant, inputs, networking, runtime, without

REFERENCE = "reference system"


def _unordered(recording: Recording, type_: str, part: str) -> Recording:
    """Nothing waits for these resources any more."""
    gone = {item.urn for item in recording.of_type(type_) if part in item.name}
    assert gone
    resources = {
        urn: replace(item, dependencies=item.dependencies - gone)
        for urn, item in recording.resources.items()
    }
    return replace(recording, resources=resources)


def _early(type_: str, part: str = "") -> Any:
    return lambda recording: _unordered(recording, type_, part)


def _bare_lifecycle(recording: Recording) -> Recording:
    return runtime(recording, lifecycleConfigurations=[{"idleRuntimeSessionTimeout": 900}])


def _unpinned(recording: Recording) -> Recording:
    endpoint = recording.one(RUNTIME_ENDPOINT)
    kept = {k: v for k, v in endpoint.property_dependencies.items() if k != "agentRuntimeVersion"}
    changed = recording.change(endpoint.urn, property_dependencies=kept)
    return changed.change_inputs(endpoint.urn, agentRuntimeVersion=None)


MUTANTS = (
    Mutant(
        "the VPC setting is lost: PUBLIC", "diary of October 2025", "placement", "network-mode",
        lambda r: runtime(r, networkConfiguration={"networkMode": "PUBLIC"}),
    ),
    Mutant(
        "a runtime name with hyphens", "CreateAgentRuntime", "placement", "service-model",
        lambda r: runtime(r, agentRuntimeName="deep-insight-dev"),
    ),
    Mutant(
        "only one of the two lifecycle values", "terraform-provider-aws #45290",
        "placement", "lifecycle", _bare_lifecycle,
    ),
    Mutant(
        "a member that the service refuses on create", "terraform-provider-aws #47800",
        "placement", "service-s3-endpoint",
        lambda r: networking(r, requireServiceS3Endpoint=False),
    ),
    Mutant(
        "the platform version changes with the service's default", "AgentCore platform version",
        "placement", "platform-version", lambda r: runtime(r, platformVersion=None),
    ),
    Mutant(
        "17 subnets", "CreateAgentRuntime", "placement", "service-model",
        lambda r: networking(r, subnets=[f"subnet-{index:017x}" for index in range(17)]),
    ),
    Mutant(
        "Fargate has no such size", "provider refusals that mocks accept",
        "placement", "fargate-size", lambda r: inputs(r, TASK_DEFINITION, memory="5000"),
    ),
    Mutant(
        "a load balancer in one subnet", "provider refusals that mocks accept",
        "placement", "one-subnet",
        lambda r: inputs(
            r, LOAD_BALANCER, subnets=r.one(LOAD_BALANCER).inputs["subnets"][:1]
        ),
    ),
    Mutant(
        "HTTPS without a certificate", "provider refusals that mocks accept",
        "placement", "listener-certificate", lambda r: inputs(r, LISTENER, protocol="HTTPS"),
    ),
    Mutant(
        "a load balancer's name that AWS refuses", "CreateLoadBalancer",
        "placement", "load-balancer-name",
        lambda r: inputs(r, LOAD_BALANCER, name="internal-executor"),
    ),
    Mutant(
        "a bucket's name that S3 refuses", "Amazon S3 naming rules", "placement", "bucket-name",
        lambda r: inputs(r, BUCKET, "artifacts", bucket="Deep_Insight_Artifacts"),
    ),
    Mutant(
        "two groups claim one name", REFERENCE, "placement", "name-twice",
        lambda r: inputs(
            r, LOG_GROUP, "executor-task", name=r.one(LOG_GROUP, "application").inputs["name"]
        ),
    ),
    Mutant(
        "the runtime starts before its policy is attached", "commits 723b897 and 19c1f23",
        "order", "used-too-early", _early(ROLE_POLICY, "agent-runtime"),
    ),
    Mutant(
        "the runtime starts before the listener forwards", "reference system, session start",
        "order", "used-too-early", _early(LISTENER),
    ),
    Mutant(
        "the runtime pulls its image before the endpoints exist", "diary of October 2025",
        "order", "used-too-early", _early(ENDPOINT, "ecr.dkr"),
    ),
    Mutant(
        "the flow log starts before its policy is attached", "commits 723b897 and 19c1f23",
        "order", "used-too-early", _early(ROLE_POLICY, "flow"), stack="prod",
    ),
    Mutant(
        "the runtime starts before its subnets have a way out", "diary of October 2025",
        "order", "used-too-early", _early(ROUTE, "to-nat"), stack="prod",
    ),
    Mutant(
        "the NAT gateways have no way out themselves", "diary of October 2025",
        "order", "nat-route", lambda r: without(r, ROUTE, "public-to-internet"), stack="prod",
    ),
    Mutant(
        "logs never expire", "reference system, observability", "order", "retention",
        lambda r: inputs(r, LOG_GROUP, "executor-task", retentionInDays=None),
    ),
    Mutant(
        "a retention that CloudWatch does not offer", "PutRetentionPolicy", "order", "retention",
        lambda r: inputs(r, LOG_GROUP, "executor-task", retentionInDays=10),
    ),
    Mutant(
        "traces are switched off", "diary of November 2025", "order", "delivery",
        lambda r: without(r, DELIVERY_SOURCE, "traces"),
    ),
    Mutant(
        "a full bucket blocks the clean-up", "commit 0c92178", "order", "destroy-blocked",
        lambda r: inputs(r, BUCKET, "artifacts", forceDestroy=False),
    ),
    Mutant(
        "a retained repository blocks the clean-up", "reference system, clean-up",
        "order", "destroy-blocked", lambda r: inputs(r, REPOSITORY, "executor", forceDelete=None),
    ),
    Mutant(
        "a bucket lets itself be made public", "reference system, security",
        "order", "bucket-open", lambda r: inputs(r, PUBLIC_ACCESS, blockPublicPolicy=False),
    ),
    Mutant(
        "a bucket answers plain HTTP", "reference system, S3", "order", "bucket-open",
        lambda r: without(r, "aws:s3/bucketPolicy:BucketPolicy"),
    ),
    Mutant(
        "prod data can be destroyed", "reference system, S3", "order", "data-unprotected",
        lambda r: r.change(r.one(BUCKET, "artifacts").urn, protect=False), stack="prod",
    ),
    Mutant(
        "the prod load balancer can be deleted", "reference system, ALB",
        "order", "deletion-protection",
        lambda r: inputs(r, LOAD_BALANCER, enableDeletionProtection=False), stack="prod",
    ),
    Mutant(
        "the endpoint stays on an old version", "aws-ia/terraform-aws-agentcore #31",
        "order", "endpoint-version", _unpinned, stack="prod",
    ),
    Mutant(
        "an alarm tells nobody", "reference system, observability", "order", "alarms",
        lambda r: inputs(r, ALARM, "throttles", alarmActions=None), stack="prod",
    ),
    Mutant(
        "the load balancer may not write its access logs", "reference system, ALB",
        "order", "access-logs",
        lambda r: without(r, "aws:s3/bucketPolicy:BucketPolicy", "access-logs"), stack="prod",
    ),
    Mutant(
        "nobody knows whose resource it is", "reference system, tags", "order", "untagged",
        lambda r: inputs(r, PROVIDER, defaultTags=None),
    ),
    Mutant(
        "the flow log has no role that may write", "diary of November 2025",
        "rights", "call-denied",
        lambda r: without(r, ROLE_POLICY, "flow"), stack="prod",
    ),
)  # fmt: skip
