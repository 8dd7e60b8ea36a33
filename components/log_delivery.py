"""Vended logs and traces of a runtime, delivered to a log group with retention and to X-Ray."""

import pulumi
import pulumi_aws as aws

from components.deployment import Deployment
from components.runtime_role import LOG_GROUPS

# Log groups with this prefix admit the delivery service without a resource policy of their own.
VENDED = "/aws/vendedlogs/bedrock-agentcore/runtime"
# Source: PutDeliverySource and PutDeliveryDestination in the CloudWatch Logs service model.
NAME_LIMIT = 60


def keep_endpoint_logs(
    name: str,
    *,
    deployment: Deployment,
    runtime_id: pulumi.Output[str],
    endpoint: str,
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogGroup:
    """The group that AgentCore writes an endpoint's output to.

    The service makes it on first use, without retention; making it first sets the retention.
    """
    return aws.cloudwatch.LogGroup(
        f"{name}-logs-{endpoint.lower()}",
        name=pulumi.Output.concat(f"{LOG_GROUPS}/", runtime_id, f"-{endpoint}"),
        retention_in_days=deployment.log_retention_days,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def deliver_application_logs(
    name: str,
    *,
    deployment: Deployment,
    runtime_arn: pulumi.Output[str],
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogGroup:
    """One record of each invocation, with its request and answer, in a group of this stack."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.cloudwatch.LogGroup(
        f"{name}-application-logs",
        name=f"{VENDED}/{deployment.prefix}",
        retention_in_days=deployment.log_retention_days,
        opts=child,
    )
    destination = aws.cloudwatch.LogDeliveryDestination(
        f"{name}-application-logs-destination",
        name=deployment.name("application-logs", limit=NAME_LIMIT),
        output_format="json",
        delivery_destination_configuration=(
            aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                destination_resource_arn=group.arn
            )
        ),
        opts=child,
    )
    _deliver(
        name, "application-logs", "APPLICATION_LOGS", deployment, runtime_arn, destination, parent
    )
    return group


def deliver_traces(
    name: str,
    *,
    deployment: Deployment,
    runtime_arn: pulumi.Output[str],
    parent: pulumi.Resource,
) -> None:
    """The service's own spans, to X-Ray.

    AWS refuses the delivery in an account whose trace segments do not go to CloudWatch Logs
    (Transaction Search), which is one setting of the account and region.
    """
    destination = aws.cloudwatch.LogDeliveryDestination(
        f"{name}-traces-destination",
        name=deployment.name("traces", limit=NAME_LIMIT),
        delivery_destination_type="XRAY",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    _deliver(name, "traces", "TRACES", deployment, runtime_arn, destination, parent)


def _deliver(
    name: str,
    role: str,
    log_type: str,
    deployment: Deployment,
    runtime_arn: pulumi.Output[str],
    destination: aws.cloudwatch.LogDeliveryDestination,
    parent: pulumi.Resource,
) -> None:
    source = aws.cloudwatch.LogDeliverySource(
        f"{name}-{role}-source",
        name=deployment.name(role, limit=NAME_LIMIT),
        log_type=log_type,
        resource_arn=runtime_arn,
        # A runtime has one source of a type, and a source keeps its runtime: both must go first.
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )
    aws.cloudwatch.LogDelivery(
        f"{name}-{role}-delivery",
        delivery_source_name=source.name,
        delivery_destination_arn=destination.arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )
