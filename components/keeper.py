"""Keeper: the scheduled function that leaves nothing of an executor behind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.deployment import Deployment
from components.grant import Grant
from components.keeper_environment import checked_environment, keeper_grants
from components.policy import permission_policy, trust_policy
from keeper.permissions import Resource

ROLE = "keeper"
SERVICE = "lambda.amazonaws.com"
EVENTS = "events.amazonaws.com"
HANDLER, RUNTIME = "keeper.handler.handle", "python3.13"
MEMORY_MIB, TIMEOUT_SECONDS = 256, 120
# A claim raises no event, so a pool is looked after more often.
SCHEDULE, SCHEDULE_WITH_POOL = "rate(5 minutes)", "rate(1 minute)"
# The next scheduled run does everything that a lost one would have done.
RETRIES, OLDEST_EVENT_SECONDS = 1, 300


@dataclass(frozen=True, kw_only=True)
class KeeperArgs:
    """What the keeper looks after."""

    deployment: Deployment
    # The folder keeper/.
    code: Path
    cluster_arn: pulumi.Input[str]
    # Variables of keeper/settings.py besides the stack, the cluster and the region.
    environment: Mapping[str, pulumi.Input[str]]
    # What the rights of keeper/permissions.py are on.
    resources: Mapping[Resource, pulumi.Input[str]]
    alb: bool
    warm: bool
    # What must exist before the first run.
    ready: Sequence[pulumi.Resource] = ()


class Keeper(pulumi.ComponentResource):
    """A Lambda function with its role and logs, run by a schedule and by each stopped executor.

    It is outside the VPC: it calls AWS APIs only, never an executor, so it needs neither a route
    to one nor endpoints of its own.

    Raises:
        BindingError: variables that the keeper would refuse.
    """

    function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: KeeperArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:Keeper", name, None, opts)
        self._name, self._args = name, args
        deployment = args.deployment
        environment = checked_environment(
            {
                "KEEPER_STACK": deployment.prefix,
                "KEEPER_CLUSTER_ARN": args.cluster_arn,
                **args.environment,
            },
            region=deployment.region,
        )
        group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{deployment.name(ROLE)}",
            retention_in_days=deployment.log_retention_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role, policy = self._role(group)
        self._function = self._make_function(environment, role, [group, policy, *args.ready])
        self._run_on("schedule", "Runs the keeper", schedule=self._schedule)
        self._run_on("stopped", "Runs the keeper after an executor", pattern=self._stopped())
        self.function_name, self.log_group_name = self._function.name, group.name
        self.register_outputs({"functionName": self.function_name})

    @property
    def _schedule(self) -> str:
        return SCHEDULE_WITH_POOL if self._args.warm else SCHEDULE

    def _role(self, group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args, deployment = self._args, self._args.deployment
        role = aws.iam.Role(
            f"{self._name}-role",
            name=deployment.name(ROLE),
            description="What the keeper may do to executors",
            assume_role_policy=trust_policy(
                SERVICE,
                # Lambda promises no aws:SourceArn when it takes a function's role.
                {"StringEquals": {"aws:SourceAccount": deployment.account_id}},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        logs = Grant(
            sid="WriteLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[pulumi.Output.concat(group.arn, ":log-stream:*")],
        )
        grants = keeper_grants(
            args.resources,
            cluster_arn=args.cluster_arn,
            stack=deployment.prefix,
            alb=args.alb,
            warm=args.warm,
        )
        policy = aws.iam.RolePolicy(
            f"{self._name}-policy",
            name="executors",
            role=role.id,
            policy=permission_policy([*grants, logs]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role, policy

    def _make_function(
        self,
        environment: Mapping[str, pulumi.Input[str]],
        role: aws.iam.Role,
        ready: Sequence[pulumi.Resource],
    ) -> aws.lambda_.Function:
        args = self._args
        function = aws.lambda_.Function(
            f"{self._name}-function",
            name=args.deployment.name(ROLE),
            description=f"Leaves nothing of an executor behind ({args.deployment.prefix})",
            runtime=RUNTIME,
            architectures=["arm64"],
            handler=HANDLER,
            code=_archive(args.code),
            role=role.arn,
            memory_size=MEMORY_MIB,
            timeout=TIMEOUT_SECONDS,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=environment),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(ready)),
        )
        aws.lambda_.FunctionEventInvokeConfig(
            f"{self._name}-retries",
            function_name=function.name,
            maximum_retry_attempts=RETRIES,
            maximum_event_age_in_seconds=OLDEST_EVENT_SECONDS,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return function

    def _stopped(self) -> pulumi.Output[str]:
        return pulumi.Output.from_input(
            {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Task State Change"],
                "detail": {"clusterArn": [self._args.cluster_arn], "lastStatus": ["STOPPED"]},
            }
        ).apply(json.dumps)

    def _run_on(
        self,
        key: str,
        description: str,
        *,
        schedule: str | None = None,
        pattern: pulumi.Input[str] | None = None,
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-{key}",
            name=self._args.deployment.name(f"{ROLE}-{key}"),
            description=description,
            schedule_expression=schedule,
            event_pattern=pattern,
            state="ENABLED",
            opts=child,
        )
        permission = aws.lambda_.Permission(
            f"{self._name}-{key}-permission",
            statement_id=f"events-{key}",
            action="lambda:InvokeFunction",
            function=self._function.name,
            principal=EVENTS,
            source_arn=rule.arn,
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-{key}-target",
            rule=rule.name,
            target_id=ROLE,
            arn=self._function.arn,
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_retry_attempts=RETRIES,
                maximum_event_age_in_seconds=OLDEST_EVENT_SECONDS,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )


def _archive(folder: Path) -> pulumi.AssetArchive:
    """The package alone, file by file: caches and leftovers never change its hash."""
    files = sorted(folder.rglob("*.py"))
    return pulumi.AssetArchive(
        {
            f"{ROLE}/{path.relative_to(folder).as_posix()}": pulumi.FileAsset(path.as_posix())
            for path in files
        }
    )
