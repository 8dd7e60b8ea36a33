"""What the Pulumi program makes for executors, made in the account by its API."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from tests.fargate.stand_ins.account import ACCOUNT_ID, Account

PORT = 8080
CONTAINER = "executor"
PREFIX = "sessions/"
DEPLOYER = "deployer"


@dataclass(frozen=True)
class DeployedStack:
    """Names and ARNs that the program would hand to the runtime and the keeper."""

    name: str
    region: str
    cluster_arn: str
    task_definition_arn: str
    subnet_ids: tuple[str, ...]
    security_group_id: str
    target_group_arn: str
    load_balancer_arn: str
    bucket: str
    claim_key_arn: str

    def runtime_environment(
        self, *, route: str, url: str | None = None, capacity: str = "on_demand"
    ) -> dict[str, str]:
        """The runtime's variables (docs/contracts.md 3.5); `url` is the load balancer's."""
        variables = {
            "AWS_REGION": self.region,
            "DEEP_INSIGHT_EXECUTOR": "ecs",
            "DEEP_INSIGHT_ECS_CLUSTER_ARN": self.cluster_arn,
            "DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN": self.task_definition_arn,
            "DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME": CONTAINER,
            "DEEP_INSIGHT_EXECUTOR_SUBNET_IDS": ",".join(self.subnet_ids),
            "DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS": self.security_group_id,
            "DEEP_INSIGHT_EXECUTOR_PORT": str(PORT),
            "DEEP_INSIGHT_EXECUTOR_CAPACITY": capacity,
            "DEEP_INSIGHT_EXECUTOR_ROUTE": route,
            "DEEP_INSIGHT_ARTIFACTS_BUCKET": self.bucket,
            "DEEP_INSIGHT_ARTIFACTS_PREFIX": PREFIX,
        }
        if route == "alb":
            variables["DEEP_INSIGHT_EXECUTOR_URL"] = url or ""
            variables["DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN"] = self.target_group_arn
        return variables


def deploy(account: Account, name: str = "deep-insight-test", **limits: str) -> DeployedStack:
    """Make a stack; `limits` are further variables of the executor's container definition."""
    subnets, group, vpc = _network(account, name)
    ecs = account.client("ecs", DEPLOYER)
    cluster = ecs.create_cluster(clusterName=name, capacityProviders=["FARGATE", "FARGATE_SPOT"])[
        "cluster"
    ]["clusterArn"]
    definition = _task_definition(ecs, name, limits)
    balancer, targets = _load_balancer(account, name, vpc, subnets, group)
    bucket = f"{name}-artifacts-{ACCOUNT_ID}"
    s3 = account.client("s3", DEPLOYER)
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    claim_key = account.client("secretsmanager", DEPLOYER).create_secret(
        Name=f"{name}/claim-key", SecretString=secrets.token_hex(32)
    )["ARN"]
    return DeployedStack(
        name, account.region, cluster, definition, subnets, group, targets, balancer, bucket,
        claim_key,
    )  # fmt: skip


def _network(account: Account, name: str) -> tuple[tuple[str, ...], str, str]:
    ec2 = account.client("ec2", DEPLOYER)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = tuple(
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.20.{index}.0/24", AvailabilityZone=f"{account.region}{zone}"
        )["Subnet"]["SubnetId"]
        for index, zone in enumerate("ab")
    )
    group = ec2.create_security_group(GroupName=name, Description="executor", VpcId=vpc)
    return subnets, group["GroupId"], vpc


def _task_definition(ecs: Any, name: str, limits: dict[str, str]) -> str:
    variables = {"PORT": str(PORT), **limits}
    container = {
        "name": CONTAINER,
        "image": f"{name}@sha256:{'0' * 64}",
        "memory": 4096,
        "essential": True,
        "stopTimeout": 120,
        "portMappings": [{"containerPort": PORT}],
        "environment": [{"name": key, "value": value} for key, value in variables.items()],
    }
    definition = ecs.register_task_definition(
        family=f"{name}-executor", networkMode="awsvpc", cpu="1024", memory="4096",
        requiresCompatibilities=["FARGATE"], containerDefinitions=[container],
    )  # fmt: skip
    return str(definition["taskDefinition"]["taskDefinitionArn"])


def _load_balancer(
    account: Account, name: str, vpc: str, subnets: tuple[str, ...], group: str
) -> tuple[str, str]:
    elbv2 = account.client("elbv2", DEPLOYER)
    balancer = elbv2.create_load_balancer(
        Name=name, Subnets=list(subnets), SecurityGroups=[group], Scheme="internal"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    targets = elbv2.create_target_group(
        Name=name, Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip",
        HealthCheckPath="/health", HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=4,
        HealthyThresholdCount=2, UnhealthyThresholdCount=2, Matcher={"HttpCode": "200"},
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    elbv2.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
    )  # fmt: skip
    return balancer, targets


def stopped_event(description: dict[str, Any]) -> dict[str, Any]:
    """The EventBridge event of a task that stopped."""
    detail = json.loads(json.dumps(description))
    return {
        "version": "0",
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "account": ACCOUNT_ID,
        "resources": [description["taskArn"]],
        "detail": detail,
    }
