"""AgentRuntime: the agents on Bedrock AgentCore, in the VPC, with what their bindings give."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.binding import Binding, BindingError, ServiceReach, merge
from components.container_image import Builder, ContainerImage, ContainerImageArgs
from components.deployment import Deployment
from components.grant import Grant
from components.log_delivery import deliver_application_logs, deliver_traces, keep_endpoint_logs
from components.network_tier import NetworkTier
from components.policy import permission_policy, trust_policy
from components.runtime_environment import checked_environment
from components.runtime_role import SERVICE, identity, image_pull, runtime_trust, telemetry
from components.security_group import empty_group

PlatformVersion: TypeAlias = Literal["V1", "V2"]

ROLE = "agent-runtime"
PORT = 8080
DEFAULT_ENDPOINT, PINNED_ENDPOINT = "DEFAULT", "live"
# Source: CreateAgentRuntime in the bedrock-agentcore-control service model.
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
# Source: AgentCore quotas; a session lives for at most 8 h.
SHORTEST_SECONDS, LONGEST_SECONDS = 60, 28800
MOST_SUBNETS = 16


@dataclass(frozen=True, kw_only=True)
class AgentRuntimeArgs:
    """The runtime of one stack."""

    deployment: Deployment
    network: NetworkTier
    # Letters, digits and underscores, at most 48; unique in account and region.
    runtime_name: str
    # The image: agent_runtime/ and how it is built. AgentCore runs linux/arm64 only.
    context: Path
    builder: Builder = "docker"
    prebuilt: str | None = None
    # Everything the agents are told, may do and may reach.
    uses: Sequence[Binding] = ()
    # How instances start; always explicit, because the service's default changed.
    platform_version: PlatformVersion = "V1"
    # A session without work ends after the first, and in any case after the second.
    idle_seconds: int = 900
    lifetime_seconds: int = LONGEST_SECONDS
    # True: an endpoint that stays on the deployed version; otherwise clients use DEFAULT.
    pinned_endpoint: bool = False
    # The service's spans go to X-Ray, which the account must have opened for that once.
    traces: bool = True


class AgentRuntime(pulumi.ComponentResource):
    """Image, role, security group, runtime, endpoint, and delivery of its logs and traces.

    Raises:
        BindingError: a name or a time the service refuses, or an environment that is not exactly
        what agent_runtime/settings.py asks for.
    """

    arn: pulumi.Output[str]
    id: pulumi.Output[str]
    runtime_name: str
    endpoint_name: str
    security_group_id: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    application_log_group_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: AgentRuntimeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:AgentRuntime", name, None, opts)
        _check(args)
        self._name, self._args = name, args
        self.runtime_name = args.runtime_name
        image = ContainerImage(
            f"{name}-image",
            ContainerImageArgs(
                deployment=args.deployment,
                role=ROLE,
                context=args.context,
                architecture="arm64",
                builder=args.builder,
                prebuilt=args.prebuilt,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        used = merge(self._bindings(image), consumer="agent runtime")
        if used.secrets:
            raise BindingError(
                f"agent runtime: AgentCore injects no secrets ({', '.join(used.secrets)}); use "
                "the secret's read binding, which passes its ARN and the right to read it."
            )
        environment = checked_environment(used.environment, platform_version=args.platform_version)
        group = empty_group(
            f"{name}-group",
            prefix=args.deployment.name(ROLE),
            vpc_id=args.network.vpc_id,
            description="AgentCore runtime; outlives it while its network interfaces are released",
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.network.ground),
                hooks=args.network.release.hooks,
            ),
        )
        self.security_group_id = group.id
        connections = args.network.connect(ROLE, group.id, used.reach, parent=self)
        role, policy = self._role(used)
        self._runtime = self._make_runtime(
            image, role, environment, [policy, *connections, *used.ready]
        )
        self.arn, self.id = self._runtime.agent_runtime_arn, self._runtime.agent_runtime_id
        self._endpoint = self._pin() if args.pinned_endpoint else None
        self.endpoint_name = PINNED_ENDPOINT if self._endpoint else DEFAULT_ENDPOINT
        self._deliver()
        self.register_outputs({"arn": self.arn, "endpointName": self.endpoint_name})

    def invoke(self) -> Binding:
        """Invoke the runtime for a user and stop its sessions; for clients in this network."""
        return Binding(
            provider="agent runtime",
            environment={
                "DEEP_INSIGHT_RUNTIME_ARN": self.arn,
                "DEEP_INSIGHT_RUNTIME_ENDPOINT": self.endpoint_name,
            },
            grants=(
                Grant(
                    sid="InvokeRuntime",
                    actions=[
                        "bedrock-agentcore:InvokeAgentRuntime",
                        "bedrock-agentcore:InvokeAgentRuntimeForUser",
                        "bedrock-agentcore:StopRuntimeSession",
                    ],
                    resources=[
                        self.arn,
                        pulumi.Output.concat(self.arn, f"/runtime-endpoint/{self.endpoint_name}"),
                    ],
                ),
            ),
            reach=(ServiceReach(service="bedrock-agentcore"),),
            ready=(self._runtime, *([self._endpoint] if self._endpoint else [])),
        )

    def _bindings(self, image: ContainerImage) -> list[Binding]:
        args = self._args
        own = Binding(
            provider="AgentCore container contract",
            environment={
                "AWS_REGION": args.deployment.region,
                "HOST": "0.0.0.0",  # noqa: S104 - required by the container contract
                "PORT": str(PORT),
            },
        )
        return [
            own,
            image_pull(image.repository_arn),
            identity(args.deployment, args.runtime_name),
            telemetry(args.deployment, args.runtime_name),
            *args.uses,
        ]

    def _role(self, used: Binding) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        deployment = self._args.deployment
        role = aws.iam.Role(
            f"{self._name}-role",
            name=deployment.name(ROLE),
            description="Execution role of the agent runtime",
            assume_role_policy=trust_policy(SERVICE, runtime_trust(deployment)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = aws.iam.RolePolicy(
            f"{self._name}-policy",
            name="bindings",
            role=role.id,
            policy=permission_policy(used.grants),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role, policy

    def _make_runtime(
        self,
        image: ContainerImage,
        role: aws.iam.Role,
        environment: dict[str, pulumi.Input[str]],
        ready: Sequence[pulumi.Resource],
    ) -> aws.bedrock.AgentcoreAgentRuntime:
        args = self._args
        return aws.bedrock.AgentcoreAgentRuntime(
            f"{self._name}-runtime",
            agent_runtime_name=args.runtime_name,
            description=f"Deep Insight agents ({args.deployment.prefix})",
            role_arn=role.arn,
            agent_runtime_artifact=aws.bedrock.AgentcoreAgentRuntimeAgentRuntimeArtifactArgs(
                container_configuration=(
                    aws.bedrock.AgentcoreAgentRuntimeAgentRuntimeArtifactContainerConfigurationArgs(
                        container_uri=image.reference
                    )
                )
            ),
            network_configuration=aws.bedrock.AgentcoreAgentRuntimeNetworkConfigurationArgs(
                network_mode="VPC",
                network_mode_config=(
                    aws.bedrock.AgentcoreAgentRuntimeNetworkConfigurationNetworkModeConfigArgs(
                        subnets=list(args.network.private_subnet_ids.values()),
                        security_groups=[self.security_group_id],
                    )
                ),
            ),
            protocol_configuration=aws.bedrock.AgentcoreAgentRuntimeProtocolConfigurationArgs(
                server_protocol="HTTP"
            ),
            lifecycle_configurations=[
                aws.bedrock.AgentcoreAgentRuntimeLifecycleConfigurationArgs(
                    idle_runtime_session_timeout=args.idle_seconds,
                    max_lifetime=args.lifetime_seconds,
                )
            ],
            platform_version=args.platform_version,
            environment_variables=environment,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(ready)),
        )

    def _pin(self) -> aws.bedrock.AgentcoreAgentRuntimeEndpoint:
        """Passing the version is what moves an endpoint to it; it stays behind otherwise."""
        return aws.bedrock.AgentcoreAgentRuntimeEndpoint(
            f"{self._name}-endpoint-{PINNED_ENDPOINT}",
            name=PINNED_ENDPOINT,
            description="The deployed version",
            agent_runtime_id=self._runtime.agent_runtime_id,
            agent_runtime_version=self._runtime.agent_runtime_version,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _deliver(self) -> None:
        deployment = self._args.deployment
        groups = {
            endpoint: keep_endpoint_logs(
                self._name,
                deployment=deployment,
                runtime_id=self.id,
                endpoint=endpoint,
                parent=self,
            )
            for endpoint in dict.fromkeys((DEFAULT_ENDPOINT, self.endpoint_name))
        }
        self.log_group_name = groups[self.endpoint_name].name
        self.application_log_group_name = deliver_application_logs(
            self._name, deployment=deployment, runtime_arn=self.arn, parent=self
        ).name
        if self._args.traces:
            deliver_traces(self._name, deployment=deployment, runtime_arn=self.arn, parent=self)


def runtime_name_problem(name: str) -> str | None:
    """Why AgentCore would refuse this runtime name, or None."""
    if NAME.fullmatch(name):
        return None
    repaired = re.sub(r"[^a-zA-Z0-9_]", "_", name).lstrip("_0123456789")[:48] or "deep_insight"
    return (
        f"{name!r} is not a runtime name: AgentCore takes 1 to 48 letters, digits and underscores, "
        f"starting with a letter (no hyphens); use {repaired!r}"
    )


def _check(args: AgentRuntimeArgs) -> None:
    problem = runtime_name_problem(args.runtime_name)
    if problem:
        raise BindingError(f"agent runtime: {problem}.")
    idle, lifetime = args.idle_seconds, args.lifetime_seconds
    if not SHORTEST_SECONDS <= idle <= lifetime <= LONGEST_SECONDS:
        raise BindingError(
            f"agent runtime: an idle time of {idle} s and a lifetime of {lifetime} s do not work; "
            f"both are {SHORTEST_SECONDS}-{LONGEST_SECONDS} s and the first is not longer."
        )
    if len(args.network.private_subnet_ids) > MOST_SUBNETS:
        raise BindingError(f"agent runtime: more than {MOST_SUBNETS} subnets.")
