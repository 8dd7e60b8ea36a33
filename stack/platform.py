"""The platform: every component of a stack, wired by bindings."""

import os
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.agent_runtime import AgentRuntime, AgentRuntimeArgs
from components.bedrock_models import model_access, parse_model
from components.binding import Binding
from components.deployment import Deployment
from components.executor_cluster import SESSIONS, ExecutorCluster, ExecutorClusterArgs
from components.network_tier import ExistingNetworkArgs, NetworkTier, NetworkTierArgs
from components.operations import Operations, OperationsArgs
from stack.config import StackConfig
from stack.model_rules import AGENTS, MODEL_VARIABLE

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The components of one stack and what a client needs to know about them."""

    network: NetworkTier
    executor: ExecutorCluster
    runtime: AgentRuntime
    operations: Operations | None
    outputs: dict[str, pulumi.Input[str]]


def build(config: StackConfig) -> Platform:
    """Declare everything the configuration asks for.

    Raises:
        BindingError, ZoneError, AddressError, GrantError: what the components refuse.
    """
    provider = _provider(config)
    opts = pulumi.ResourceOptions(providers=[provider])
    deployment = _deployment(config, provider)

    network = NetworkTier("network", _network(config, deployment), opts)
    executor = ExecutorCluster("executor", _executor(config, deployment, network), opts)
    models = _models(config, deployment)
    runtime = AgentRuntime(
        "agent-runtime", _runtime(config, deployment, network, [executor.run(), models]), opts
    )
    operations = None
    if config.alarms:
        watched = OperationsArgs(
            deployment=deployment, runtime=runtime, executor=executor, email=config.alarm_email
        )
        operations = Operations("operations", watched, opts)

    return Platform(
        network=network,
        executor=executor,
        runtime=runtime,
        operations=operations,
        outputs=_outputs(config, deployment, executor, runtime, operations),
    )


def _provider(config: StackConfig) -> aws.Provider:
    return aws.Provider(
        "aws",
        region=config.region,
        allowed_account_ids=list(config.allowed_account_ids) or None,
        default_tags=aws.ProviderDefaultTagsArgs(
            tags={
                **config.tags,
                "Application": "deep-insight",
                "Environment": config.stack,
                "Owner": config.owner,
                "Project": pulumi.get_project(),
                "ManagedBy": "pulumi",
            }
        ),
    )


def _deployment(config: StackConfig, provider: aws.Provider) -> Deployment:
    identity = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=provider))
    return Deployment(
        prefix=config.prefix,
        region=config.region,
        account_id=identity.account_id,
        log_retention_days=config.log_retention_days,
        interface_release_minutes=config.interface_release_minutes,
        protected=config.protected,
    )


def _network(config: StackConfig, deployment: Deployment) -> NetworkTierArgs | ExistingNetworkArgs:
    existing = config.existing_vpc
    if existing is not None:
        return ExistingNetworkArgs(
            deployment=deployment,
            vpc_id=existing.vpc_id,
            private_subnet_ids=existing.private_subnet_ids,
            public_subnet_ids=existing.public_subnet_ids,
            private_route_table_ids=existing.private_route_table_ids,
            internet=existing.internet,
            existing_services=existing.existing_services,
            endpoint_security_group_id=existing.endpoint_security_group_id,
            agentcore_zone_ids=config.agentcore_zone_ids,
            endpoint_zones=config.endpoint_zones,
            endpoint_zone_gaps=config.endpoint_zone_gaps,
        )
    return NetworkTierArgs(
        deployment=deployment,
        cidr=config.vpc_cidr,
        zone_ids=config.availability_zone_ids,
        agentcore_zone_ids=config.agentcore_zone_ids,
        nat=config.nat,
        endpoint_zones=config.endpoint_zones,
        endpoint_zone_gaps=config.endpoint_zone_gaps,
        flow_logs=config.flow_logs,
    )


def _executor(
    config: StackConfig, deployment: Deployment, network: NetworkTier
) -> ExecutorClusterArgs:
    return ExecutorClusterArgs(
        deployment=deployment,
        network=network,
        context=_context("executor"),
        keeper=_context("keeper"),
        warm=config.warm,
        builder=config.image_builder,
        prebuilt=config.executor_image,
        architecture=config.executor_architecture,
        route=config.executor_route,
        capacity=config.executor_capacity,
        cpu=config.executor_cpu,
        memory=config.executor_memory,
        storage_gib=config.executor_storage,
        longest_execution_seconds=config.executor_longest_execution_seconds,
        idle_seconds=config.executor_idle_seconds,
        lifetime_seconds=config.executor_lifetime_seconds,
        internet=config.executor_internet,
        artifact_days=config.artifact_days,
        access_logs=config.access_logs,
    )


def _models(config: StackConfig, deployment: Deployment) -> Binding:
    return model_access(
        {
            f"{MODEL_VARIABLE}{agent.upper()}": parse_model(
                config.model_of(agent), region=config.region, direct=config.direct_model_ids
            )
            for agent in AGENTS
        },
        deployment=deployment,
        environment={"DEEP_INSIGHT_MODEL_PROVIDER": "bedrock"},
    )


def _runtime(
    config: StackConfig, deployment: Deployment, network: NetworkTier, uses: list[Binding]
) -> AgentRuntimeArgs:
    return AgentRuntimeArgs(
        deployment=deployment,
        network=network,
        runtime_name=config.full_runtime_name,
        context=_context("agent_runtime"),
        builder=config.image_builder,
        prebuilt=config.agent_image,
        uses=uses,
        platform_version=config.runtime_platform_version,
        idle_seconds=config.runtime_idle_seconds,
        lifetime_seconds=config.runtime_lifetime_seconds,
        pinned_endpoint=config.pinned_endpoint,
        traces=config.traces,
    )


def _context(application: str) -> Path:
    """Relative, so that the state of a stack does not name one person's folders."""
    return Path(os.path.relpath(ROOT / application))


def _outputs(
    config: StackConfig,
    deployment: Deployment,
    executor: ExecutorCluster,
    runtime: AgentRuntime,
    operations: Operations | None,
) -> dict[str, pulumi.Input[str]]:
    """What a client of the stack needs; nothing here is secret."""
    outputs: dict[str, pulumi.Input[str]] = {
        "region": config.region,
        "account_id": deployment.account_id,
        "runtime_arn": runtime.arn,
        "runtime_endpoint": runtime.endpoint_name,
        "artifacts_bucket": executor.artifacts.name,
        "artifacts_prefix": SESSIONS,
        "executor_cluster": executor.cluster_name,
        "executor_log_group": executor.workload.log_group_name,
        "executor_cpu": str(config.executor_cpu),
        "executor_memory": str(config.executor_memory),
        "executor_architecture": config.executor_architecture,
        "keeper_log_group": executor.keeper.log_group_name,
        "runtime_log_group": runtime.log_group_name,
        "application_log_group": runtime.application_log_group_name,
    }
    if executor.front_door is not None:
        outputs["executor_url"] = executor.front_door.url
    if operations is not None:
        outputs["dashboard_url"] = operations.dashboard_url
        outputs["alarm_topic_arn"] = operations.topic_arn
    return outputs
