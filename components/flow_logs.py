"""VPC flow logs into a log group with retention."""

import pulumi
import pulumi_aws as aws

from components.deployment import Deployment
from components.grant import Grant
from components.policy import permission_policy, trust_policy


def record_flows(
    name: str,
    *,
    deployment: Deployment,
    vpc_id: pulumi.Input[str],
    parent: pulumi.Resource,
) -> aws.ec2.FlowLog:
    """Record every accepted and rejected flow of the VPC in ten-minute records."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.cloudwatch.LogGroup(
        f"{name}-flow-logs",
        name=f"/{deployment.prefix}/flow-logs",
        retention_in_days=deployment.log_retention_days,
        opts=child,
    )
    role = aws.iam.Role(
        f"{name}-flow-logs",
        name=deployment.name("flow-logs"),
        assume_role_policy=trust_policy(
            "vpc-flow-logs.amazonaws.com",
            {
                "StringEquals": {"aws:SourceAccount": deployment.account_id},
                "ArnLike": {"aws:SourceArn": deployment.arn("ec2", "vpc-flow-log/*")},
            },
        ),
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-flow-logs",
        name="write",
        role=role.id,
        policy=permission_policy(
            [
                Grant(
                    sid="WriteFlowLogs",
                    actions=[
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                        "logs:DescribeLogStreams",
                    ],
                    resources=[pulumi.Output.concat(group.arn, ":*")],
                )
            ]
        ),
        opts=child,
    )
    return aws.ec2.FlowLog(
        f"{name}-flow-log",
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=600,
        tags={"Name": deployment.prefix},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
