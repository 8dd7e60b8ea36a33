"""Parts that component tests start from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.binding import Binding
from components.container_definition import HealthCheck
from components.container_image import ContainerImage, ContainerImageArgs
from components.container_workload import ContainerWorkload, ContainerWorkloadArgs
from components.deployment import Deployment
from components.network_tier import NetworkTier, NetworkTierArgs
from plan.recording import Recording, Resource

DIGEST = "sha256:" + "0" * 64
PREBUILT = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web@{DIGEST}"

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGETS = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
REPOSITORY = "aws:ecr/repository:Repository"
RUNTIME = "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime"


def network(deployment: Deployment, **changes: Any) -> NetworkTier:
    return NetworkTier("network", NetworkTierArgs(deployment=deployment, **changes))


def prebuilt_image(deployment: Deployment, **changes: Any) -> ContainerImage:
    args = ContainerImageArgs(
        deployment=deployment,
        role="web",
        context=Path("web"),
        builder="prebuilt",
        prebuilt=PREBUILT,
        **changes,
    )
    return ContainerImage("web-image", args)


def workload(
    deployment: Deployment, tier: NetworkTier, uses: Sequence[Binding] = (), **changes: Any
) -> ContainerWorkload:
    values: dict[str, Any] = {
        "deployment": deployment,
        "network": tier,
        "image": changes.pop("image", None) or prebuilt_image(deployment),
        "role": "web",
        "port": 8000,
        "health_check": HealthCheck(path="/health"),
        "user": "1000:1000",
        "uses": uses,
        **changes,
    }
    return ContainerWorkload("web", ContainerWorkloadArgs(**values))


def named(recording: Recording, type_: str) -> dict[str, Resource]:
    """The resources of a type by logical name."""
    return {resource.name: resource for resource in recording.of_type(type_)}
