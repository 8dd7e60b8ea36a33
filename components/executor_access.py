"""What a user of the executors may do to their tasks, and how it reaches them."""

from dataclasses import dataclass

import pulumi

from components.binding import Binding, ServiceReach
from components.container_workload import ContainerWorkload
from components.deployment import Deployment
from components.front_door import FrontDoor
from components.grant import Grant
from keeper.tasks import STACK


@dataclass(frozen=True, kw_only=True)
class ExecutorTasks:
    """Tasks of one family in one cluster of the same name, and of nothing else."""

    deployment: Deployment
    family: str
    cluster_arn: pulumi.Input[str]
    execution_role_arn: pulumi.Input[str]

    @property
    def tasks(self) -> pulumi.Output[str]:
        """Every task of the cluster."""
        return self.deployment.arn("ecs", f"task/{self.family}/*")

    @property
    def definition(self) -> pulumi.Output[str]:
        """Every revision of the task definition."""
        return self.deployment.arn("ecs", f"task-definition/{self.family}:*")

    def grants(self) -> tuple[Grant, ...]:
        """Start, tag, watch and stop executors."""
        here = {"ArnEquals": {"ecs:cluster": self.cluster_arn}}
        return (
            Grant(
                sid="RunExecutor",
                actions=["ecs:RunTask"],
                resources=[self.definition],
                conditions=here,
            ),
            Grant(
                sid="TagExecutor",
                actions=["ecs:TagResource"],
                resources=[self.tasks],
                conditions={"StringEquals": {"ecs:CreateAction": "RunTask"}},
            ),
            Grant(
                sid="WatchAndStopExecutor",
                actions=["ecs:DescribeTasks", "ecs:StopTask"],
                resources=[self.tasks],
                conditions=here,
            ),
            Grant(
                sid="PassExecutionRole",
                actions=["iam:PassRole"],
                resources=[self.execution_role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        )

    def claim_grants(self) -> tuple[Grant, ...]:
        """Find warm executors and mark one as claimed; only tasks that carry the stack's tag."""
        return (
            Grant(
                sid="FindWarmExecutors",
                actions=["ecs:ListTasks"],
                resources=["*"],
                conditions={"ArnEquals": {"ecs:cluster": self.cluster_arn}},
            ),
            Grant(
                sid="TagClaimedExecutor",
                actions=["ecs:TagResource"],
                resources=[self.tasks],
                conditions={"StringEquals": {f"aws:ResourceTag/{STACK}": self.deployment.prefix}},
            ),
        )


def alb_route(door: FrontDoor) -> Binding:
    """Register the task as a target and send requests to the load balancer."""
    return Binding(
        provider="executor route",
        environment={
            "DEEP_INSIGHT_EXECUTOR_URL": door.url,
            "DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN": door.target_group_arn,
        },
        grants=(
            Grant(
                sid="RegisterExecutor",
                actions=[
                    "elasticloadbalancing:RegisterTargets",
                    "elasticloadbalancing:DeregisterTargets",
                ],
                resources=[door.target_group_arn],
            ),
            Grant(
                sid="WatchExecutorHealth",
                actions=["elasticloadbalancing:DescribeTargetHealth"],
                resources=["*"],
            ),
        ),
        reach=(ServiceReach(service="elasticloadbalancing"), door.reach()),
        ready=door.ready,
    )


def direct_route(workload: ContainerWorkload) -> Binding:
    """Send requests to the task's own address."""
    return Binding(provider="executor route", reach=(workload.port_reach(),))
