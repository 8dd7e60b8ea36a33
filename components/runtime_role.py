"""The execution role of an AgentCore runtime: whom it trusts and the least it needs to run.

Source: "IAM permissions for AgentCore Runtime",
docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html, narrowed to one
repository and one runtime's log groups. Left out: workload tokens on behalf of users and JWT
callers, because callers are IAM principals and the runtime acts for itself.
"""

import pulumi

from components.binding import Binding, ServiceReach
from components.deployment import Deployment
from components.grant import Grant

SERVICE = "bedrock-agentcore.amazonaws.com"
METRIC_NAMESPACE = "bedrock-agentcore"
LOG_GROUPS = "/aws/bedrock-agentcore/runtimes"


def runtime_trust(
    deployment: Deployment,
) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Conditions that keep other accounts' runtimes from using the role."""
    return {
        "StringEquals": {"aws:SourceAccount": deployment.account_id},
        "ArnLike": {"aws:SourceArn": deployment.arn("bedrock-agentcore", "*")},
    }


def image_pull(repository_arn: pulumi.Input[str]) -> Binding:
    """AgentCore pulls the image with the role, through the VPC."""
    return Binding(
        provider="AgentCore image pull",
        grants=(
            Grant(sid="RegistryLogin", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            Grant(
                sid="PullImage",
                actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=[repository_arn],
            ),
        ),
        reach=tuple(ServiceReach(service=s) for s in ("ecr.api", "ecr.dkr", "s3")),
    )


def identity(deployment: Deployment, runtime_name: str) -> Binding:
    """The runtime's own workload identity: the right to ask for its token, and the way there."""
    directory = deployment.arn("bedrock-agentcore", "workload-identity-directory/default")
    return Binding(
        provider="AgentCore identity",
        grants=(
            Grant(
                sid="WorkloadToken",
                actions=["bedrock-agentcore:GetWorkloadAccessToken"],
                resources=[
                    directory,
                    pulumi.Output.concat(directory, f"/workload-identity/{runtime_name}-*"),
                ],
            ),
        ),
        reach=(ServiceReach(service="bedrock-agentcore"),),
    )


def telemetry(deployment: Deployment, runtime_name: str) -> Binding:
    """Logs, traces and metrics, and the variables that turn the OpenTelemetry launcher on."""
    groups = deployment.arn("logs", f"log-group:{LOG_GROUPS}/{runtime_name}-*")
    return Binding(
        provider="AgentCore telemetry",
        environment={
            "AGENT_OBSERVABILITY_ENABLED": "true",
            "OTEL_PYTHON_DISTRO": "aws_distro",
            "OTEL_PYTHON_CONFIGURATOR": "aws_configurator",
            "OTEL_SERVICE_NAME": runtime_name,
            "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment={deployment.prefix}",
        },
        grants=(
            Grant(
                sid="FindLogGroups",
                actions=["logs:DescribeLogGroups"],
                resources=[deployment.arn("logs", "log-group:*")],
            ),
            Grant(
                sid="OwnLogGroups",
                actions=[
                    "logs:CreateLogGroup",
                    "logs:DescribeLogStreams",
                    "logs:PutResourcePolicy",
                ],
                resources=[groups],
            ),
            Grant(
                sid="WriteLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(groups, ":log-stream:*")],
            ),
            Grant(
                sid="WriteTraces",
                actions=[
                    "xray:PutTraceSegments",
                    "xray:PutTelemetryRecords",
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                ],
                resources=["*"],
            ),
            Grant(
                sid="WriteMetrics",
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}},
            ),
        ),
        reach=tuple(ServiceReach(service=s) for s in ("logs", "xray", "monitoring")),
    )
