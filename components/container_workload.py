"""ContainerWorkload: what runs, as whom, what it may do and whom it may reach.

A workload is a task definition and everything it needs to start. Whether a service keeps it
running or somebody runs a task from it is the caller's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.binding import Binding, BindingError, PortReach, ServiceReach, merge
from components.container_definition import ContainerDefinition, HealthCheck
from components.container_image import ContainerImage
from components.deployment import Deployment
from components.fargate import CPU_ARCHITECTURES, INCLUDED_STORAGE_GIB, check_size
from components.grant import Grant
from components.network_tier import NetworkTier
from components.policy import permission_policy, trust_policy
from components.security_group import empty_group

# What Fargate itself does through the task's network interface before the container starts.
START_SERVICES = ("ecr.api", "ecr.dkr", "s3", "logs")
TASKS_SERVICE = "ecs-tasks.amazonaws.com"
# Longest on Fargate. Source: StopTask in the Amazon ECS API reference.
LONGEST_STOP_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class ContainerWorkloadArgs:
    """One container on Fargate."""

    deployment: Deployment
    network: NetworkTier
    image: ContainerImage
    role: str
    port: int
    health_check: HealthCheck
    # User and group ids in the image; not root.
    user: str
    # CPU units and MiB; a pair that Fargate offers.
    cpu: int = 1024
    memory: int = 2048
    storage_gib: int = INCLUDED_STORAGE_GIB
    # Everything the container is told, may do and may reach.
    uses: Sequence[Binding] = ()
    # False: bindings with grants are refused, the container has no AWS identity.
    identity: bool = True
    # Volume name -> path, writable; the rest of the file system is not.
    writable: Mapping[str, str] = field(default_factory=lambda: {"tmp": "/tmp"})  # noqa: S108
    stop_timeout_seconds: int = 30


class ContainerWorkload(pulumi.ComponentResource):
    """Task definition, roles, log group, security group and rules of one container.

    Raises:
        FargateSizeError: an odd size; BindingError: conflicting bindings, or grants although
        the container has no identity.
    """

    task_definition_arn: pulumi.Output[str]
    task_family_arn: pulumi.Output[str]
    container_name: str
    port: int
    security_group_id: pulumi.Output[str]
    execution_role_arn: pulumi.Output[str]
    task_role_arn: pulumi.Output[str] | None
    log_group_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ContainerWorkloadArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:ContainerWorkload", name, None, opts)
        check_size(args.cpu, args.memory)
        if args.user.split(":")[0] in ("0", "root", ""):
            raise BindingError(f"{args.role}: the container must not run as root; set user.")
        if not 1 <= args.stop_timeout_seconds <= LONGEST_STOP_SECONDS:
            raise BindingError(
                f"{args.role}: a stop timeout of {args.stop_timeout_seconds} s is not within "
                f"1-{LONGEST_STOP_SECONDS}."
            )
        used = merge(args.uses, consumer=args.role)
        if used.grants and not args.identity:
            raise BindingError(
                f"{args.role}: it has no AWS identity, but {', '.join(g.sid for g in used.grants)} "
                "would give it rights; leave those bindings out of uses."
            )
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        self.container_name = args.role
        self.port = args.port
        group = empty_group(
            f"{name}-group",
            prefix=args.deployment.name(args.role),
            vpc_id=args.network.vpc_id,
            description=f"Tasks of {args.role}",
            opts=child,
        )
        self.security_group_id = group.id
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/{args.deployment.prefix}/{args.role}",
            retention_in_days=args.deployment.log_retention_days,
            opts=child,
        )
        self.log_group_name = self.log_group.name
        start = tuple(ServiceReach(service=service) for service in START_SERVICES)
        secrets = (ServiceReach(service="secretsmanager"),) if used.secrets else ()
        connections = args.network.connect(
            args.role,
            group.id,
            merge(
                [used, Binding(provider="Fargate", reach=(*start, *secrets))], consumer=args.role
            ).reach,
            parent=self,
        )
        execution_role, execution_policy = self._execution_role(used)
        self.execution_role_arn = execution_role.arn
        self.task_role_arn, task_policies = self._task_role(used)
        self._definition = self._task_definition(used, (execution_policy, *task_policies))
        self.task_definition_arn = self._definition.arn
        self.task_family_arn = self._definition.arn_without_revision
        self.ready: tuple[pulumi.Resource, ...] = (
            self._definition,
            execution_policy,
            *task_policies,
            *connections,
            *used.ready,
        )
        self.register_outputs(
            {
                "taskDefinitionArn": self.task_definition_arn,
                "securityGroupId": self.security_group_id,
                "logGroupName": self.log_group_name,
            }
        )

    def port_reach(self) -> PortReach:
        """The port the container listens on, as somebody else's reach."""
        return PortReach(
            peer=self._args.role, security_group_id=self.security_group_id, port=self.port
        )

    def _trust(self) -> pulumi.Output[str]:
        """Source: "Amazon ECS task IAM role", creating the role; ECS takes both roles alike."""
        deployment = self._args.deployment
        return trust_policy(
            TASKS_SERVICE,
            {
                "StringEquals": {"aws:SourceAccount": deployment.account_id},
                "ArnLike": {"aws:SourceArn": deployment.arn("ecs", "*")},
            },
        )

    def _execution_role(self, used: Binding) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """The role that Fargate itself takes: this image, this log group, these secrets."""
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-execution-role",
            name=args.deployment.name(f"{args.role}-execution"),
            description=f"Fargate pulls the image of {args.role} and writes its logs",
            assume_role_policy=self._trust(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        grants = [
            Grant(sid="RegistryLogin", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            Grant(
                sid="PullImage",
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                resources=[args.image.repository_arn],
            ),
            Grant(
                sid="WriteLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(self.log_group.arn, ":log-stream:*")],
            ),
        ]
        if used.secrets:
            grants.append(
                Grant(
                    sid="ReadSecrets",
                    actions=["secretsmanager:GetSecretValue"],
                    resources=list(used.secrets.values()),
                )
            )
        policy = aws.iam.RolePolicy(
            f"{self._name}-execution-policy",
            name="start",
            role=role.id,
            policy=permission_policy(grants),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role, policy

    def _task_role(
        self, used: Binding
    ) -> tuple[pulumi.Output[str] | None, tuple[aws.iam.RolePolicy, ...]]:
        """The container's own identity; none when its bindings grant nothing."""
        if not used.grants:
            return None, ()
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-task-role",
            name=args.deployment.name(f"{args.role}-task"),
            description=f"What {args.role} may do",
            assume_role_policy=self._trust(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = aws.iam.RolePolicy(
            f"{self._name}-task-policy",
            name="bindings",
            role=role.id,
            policy=permission_policy(used.grants),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role.arn, (policy,)

    def _task_definition(
        self, used: Binding, policies: Sequence[pulumi.Resource]
    ) -> aws.ecs.TaskDefinition:
        args = self._args
        container = ContainerDefinition(
            name=args.role,
            image=args.image.reference,
            port=args.port,
            cpu=args.cpu,
            memory=args.memory,
            user=args.user,
            environment=used.environment,
            secrets=used.secrets,
            writable=args.writable,
            health_check=args.health_check,
            stop_timeout_seconds=args.stop_timeout_seconds,
            log_group=self.log_group.name,
            region=args.deployment.region,
        )
        return aws.ecs.TaskDefinition(
            f"{self._name}-task",
            family=args.deployment.name(args.role),
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu),
            memory=str(args.memory),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture=CPU_ARCHITECTURES[args.image.architecture],
                operating_system_family="LINUX",
            ),
            ephemeral_storage=None
            if args.storage_gib == INCLUDED_STORAGE_GIB
            else aws.ecs.TaskDefinitionEphemeralStorageArgs(size_in_gib=args.storage_gib),
            execution_role_arn=self.execution_role_arn,
            task_role_arn=self.task_role_arn,
            volumes=[aws.ecs.TaskDefinitionVolumeArgs(name=v) for v in sorted(args.writable)],
            container_definitions=container.render(),
            # Sessions and versions that name an older revision can still start tasks of it.
            skip_destroy=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(policies)),
        )
