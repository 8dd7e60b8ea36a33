"""ExecutorCluster: where the agents' code runs, one isolated Fargate task per session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.binding import Binding, BindingError, InternetReach, ServiceReach, merge
from components.bucket import DataBucket, DataBucketArgs
from components.claim_key import ClaimKey, ClaimKeyArgs
from components.container_definition import HealthCheck
from components.container_image import Architecture, Builder, ContainerImage, ContainerImageArgs
from components.container_workload import ContainerWorkload, ContainerWorkloadArgs
from components.deployment import Deployment
from components.executor_access import ExecutorTasks, alb_route, direct_route
from components.executor_environment import execution_limits, executor_environment
from components.fargate import INCLUDED_STORAGE_GIB
from components.front_door import FrontDoor, FrontDoorArgs
from components.keeper import Keeper, KeeperArgs
from components.network_tier import NetworkTier
from components.teardown import ExecutorShutdown
from keeper.permissions import Resource as KeeperResource

Route: TypeAlias = Literal["alb", "direct"]
Capacity: TypeAlias = Literal["on_demand", "spot"]

ROLE = "executor"
PORT = 8080
# The user that executor/Dockerfile makes.
USER = "10001:10001"
WRITABLE = {"workspace": "/workspace", "tmp": "/tmp"}  # noqa: S108
# Key prefixes in the artifacts bucket, without the slash that ends them.
SESSIONS = "sessions"
# Longest idle timeout of a load balancer, and how much it exceeds the longest execution.
LONGEST_IDLE_SECONDS, IDLE_MARGIN_SECONDS = 4000, 60


@dataclass(frozen=True, kw_only=True)
class ExecutorClusterArgs:
    """The executors of one stack."""

    deployment: Deployment
    network: NetworkTier
    # The image: executor/ and how it is built.
    context: Path
    # The folder of the keeper, and how many executors it keeps started and unclaimed.
    keeper: Path
    warm: int = 0
    builder: Builder = "docker"
    prebuilt: str | None = None
    architecture: Architecture = "arm64"
    # How the runtime reaches a task: through a load balancer, or at its own address.
    route: Route = "alb"
    capacity: Capacity = "on_demand"
    # CPU units, MiB and GiB of a task.
    cpu: int = 1024
    memory: int = 4096
    storage_gib: int = INCLUDED_STORAGE_GIB
    # Limits in seconds, see executor/settings.py.
    longest_execution_seconds: int = 600
    idle_seconds: int = 1800
    lifetime_seconds: int = 28800
    # Whether code may connect to the internet.
    internet: bool = False
    # Days after which sessions' artifacts and uploaded inputs expire.
    artifact_days: int = 30
    access_logs: bool = False


class ExecutorCluster(pulumi.ComponentResource):
    """ECS cluster, task definition without an AWS identity, artifacts bucket, and the route.

    Raises:
        BindingError: an execution longer than a load balancer can wait.
    """

    cluster_arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    artifacts: DataBucket
    workload: ContainerWorkload
    front_door: FrontDoor | None
    claim_key: ClaimKey | None
    keeper: Keeper

    def __init__(
        self, name: str, args: ExecutorClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:ExecutorCluster", name, None, opts)
        self._name, self._args = name, args
        cluster, providers = self._cluster()
        self.cluster_arn, self.cluster_name = cluster.arn, cluster.name
        self.artifacts = DataBucket(
            f"{name}-artifacts",
            DataBucketArgs(
                deployment=args.deployment,
                role="artifacts",
                expiry_days={f"{SESSIONS}/": args.artifact_days},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.workload = self._workload()
        self.front_door = self._front_door() if args.route == "alb" else None
        self._ready = (cluster, providers, *self.workload.ready)
        self.claim_key = self._claim_key() if args.warm else None
        self.keeper = self._keeper()
        self.register_outputs({"clusterArn": self.cluster_arn})

    def run(self) -> Binding:
        """Start, watch and stop executors, reach them, and keep their artifacts."""
        door = self.front_door
        route = alb_route(door) if door else direct_route(self.workload)
        executors = Binding(
            provider="executor cluster",
            environment={**self._environment(), **route.environment},
            grants=(*self._tasks().grants(), *route.grants, *self._artifact_access().grants),
            reach=(
                ServiceReach(service="ecs"),
                *route.reach,
                *self._artifact_access().reach,
            ),
            ready=(*self._ready, *route.ready, *self._artifact_access().ready),
        )
        return merge([executors, *self._warm_claims()], consumer="executor cluster")

    def _claim_key(self) -> ClaimKey:
        return ClaimKey(
            f"{self._name}-claim-key",
            ClaimKeyArgs(deployment=self._args.deployment),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _cluster(self) -> tuple[aws.ecs.Cluster, aws.ecs.ClusterCapacityProviders]:
        shutdown = ExecutorShutdown(self._name, deployment=self._args.deployment)
        cluster = aws.ecs.Cluster(
            f"{self._name}-cluster",
            name=self._args.deployment.name(ROLE),
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enabled")],
            opts=pulumi.ResourceOptions(parent=self, hooks=shutdown.hooks),
        )
        providers = aws.ecs.ClusterCapacityProviders(
            f"{self._name}-capacity",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider="FARGATE", weight=1
                )
            ],
            # Providers of running tasks cannot be taken from the cluster, and go before it.
            opts=pulumi.ResourceOptions(parent=self, hooks=shutdown.hooks),
        )
        return cluster, providers

    def _workload(self) -> ContainerWorkload:
        args = self._args
        image = ContainerImage(
            f"{self._name}-image",
            ContainerImageArgs(
                deployment=args.deployment,
                role=ROLE,
                context=args.context,
                architecture=args.architecture,
                builder=args.builder,
                prebuilt=args.prebuilt,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        internet = InternetReach(reason="user code may use the internet")
        settings = Binding(
            provider="executor settings",
            environment=executor_environment(
                port=PORT,
                workspace=WRITABLE["workspace"],
                internet=args.internet,
                task_memory_mib=args.memory,
                longest_execution_seconds=args.longest_execution_seconds,
                idle_seconds=args.idle_seconds,
                lifetime_seconds=args.lifetime_seconds,
            ),
            reach=(internet,) if args.internet else (),
        )
        return ContainerWorkload(
            f"{self._name}-task",
            ContainerWorkloadArgs(
                deployment=args.deployment,
                network=args.network,
                image=image,
                role=ROLE,
                port=PORT,
                health_check=HealthCheck(path="/health"),
                user=USER,
                cpu=args.cpu,
                memory=args.memory,
                storage_gib=args.storage_gib,
                uses=[settings],
                identity=False,
                writable=WRITABLE,
                # Long enough to hand over the last artifacts.
                stop_timeout_seconds=120,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _front_door(self) -> FrontDoor:
        args = self._args
        idle = args.longest_execution_seconds + IDLE_MARGIN_SECONDS
        if idle > LONGEST_IDLE_SECONDS:
            raise BindingError(
                f"executor: an execution of {args.longest_execution_seconds} s is longer than a "
                f"load balancer waits; allow at most {LONGEST_IDLE_SECONDS - IDLE_MARGIN_SECONDS} "
                "s, or use the direct route."
            )
        return FrontDoor(
            f"{self._name}-front-door",
            FrontDoorArgs(
                deployment=args.deployment,
                network=args.network,
                workload=self.workload,
                role=ROLE,
                health_path="/health",
                stickiness_seconds=args.lifetime_seconds,
                idle_timeout_seconds=idle,
                access_logs=args.access_logs,
                access_log_days=args.artifact_days,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _environment(self) -> Mapping[str, pulumi.Input[str]]:
        args, workload = self._args, self.workload
        return {
            "DEEP_INSIGHT_EXECUTOR": "ecs",
            "DEEP_INSIGHT_STACK": args.deployment.prefix,
            "DEEP_INSIGHT_ECS_CLUSTER_ARN": self.cluster_arn,
            "DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN": workload.task_definition_arn,
            "DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME": workload.container_name,
            "DEEP_INSIGHT_EXECUTOR_SUBNET_IDS": self._subnet_ids(),
            "DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS": workload.security_group_id,
            "DEEP_INSIGHT_EXECUTOR_PORT": str(workload.port),
            "DEEP_INSIGHT_EXECUTOR_CAPACITY": args.capacity,
            "DEEP_INSIGHT_EXECUTOR_ROUTE": args.route,
            "DEEP_INSIGHT_EXECUTOR_LIFETIME_SECONDS": str(args.lifetime_seconds),
            **execution_limits(args.longest_execution_seconds),
            "DEEP_INSIGHT_ARTIFACTS_BUCKET": self.artifacts.name,
            "DEEP_INSIGHT_ARTIFACTS_PREFIX": SESSIONS,
        }

    def _artifact_access(self) -> Binding:
        return self.artifacts.use(sid="Artifacts", write=[f"{SESSIONS}/"])

    def _tasks(self) -> ExecutorTasks:
        return ExecutorTasks(
            deployment=self._args.deployment,
            family=self._args.deployment.name(ROLE),
            cluster_arn=self.cluster_arn,
            execution_role_arn=self.workload.execution_role_arn,
        )

    def _subnet_ids(self) -> pulumi.Output[str]:
        subnets = pulumi.Output.all(*self._args.network.private_subnet_ids.values())
        return subnets.apply(lambda ids: ",".join(map(str, ids)))

    def _warm_claims(self) -> Sequence[Binding]:
        """What it takes to claim a warm executor; nothing without a pool."""
        if self.claim_key is None:
            return ()
        claims = Binding(provider="warm executors", grants=self._tasks().claim_grants())
        return claims, self.claim_key.read("DEEP_INSIGHT_WARM_CLAIM_KEY_ARN")

    def _keeper(self) -> Keeper:
        args, tasks, door = self._args, self._tasks(), self.front_door
        environment: dict[str, pulumi.Input[str]] = {
            "KEEPER_LIFETIME_SECONDS": str(args.lifetime_seconds),
            "KEEPER_WARM_POOL_SIZE": str(args.warm),
        }
        resources: dict[KeeperResource, pulumi.Input[str]] = {
            "tasks": tasks.tasks,
            "task_definition": tasks.definition,
            "start_roles": tasks.execution_role_arn,
        }
        if door is not None:
            environment["KEEPER_TARGET_GROUP_ARN"] = door.target_group_arn
            resources["target_group"] = door.target_group_arn
        if self.claim_key is not None:
            environment |= {
                "KEEPER_TASK_DEFINITION_ARN": self.workload.task_definition_arn,
                "KEEPER_CONTAINER_NAME": self.workload.container_name,
                "KEEPER_SUBNET_IDS": self._subnet_ids(),
                "KEEPER_SECURITY_GROUP_IDS": self.workload.security_group_id,
                "KEEPER_CAPACITY": args.capacity,
                "KEEPER_CLAIM_KEY_ARN": self.claim_key.arn,
            }
            resources["claim_key"] = self.claim_key.arn
        return Keeper(
            f"{self._name}-keeper",
            KeeperArgs(
                deployment=args.deployment,
                code=args.keeper,
                cluster_arn=self.cluster_arn,
                environment=environment,
                resources=resources,
                alb=door is not None,
                warm=self.claim_key is not None,
                ready=[
                    *self._ready,
                    *(door.ready if door else ()),
                    *([self.claim_key.ready] if self.claim_key else ()),
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
