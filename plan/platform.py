"""The parts of the platform inside a recording: runtime, executor, front door, and their settings.

Proofs, cost, picture and report all look the parts up here, by what the resources say about each
other and never by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plan.network import Network, Party, network
from plan.recording import Recording, Resource, document
from plan.roles import FUNCTION, RUNTIME, TASK_DEFINITION

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
CLUSTER = "aws:ecs/cluster:Cluster"
BUCKET = "aws:s3/bucket:Bucket"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
REPOSITORY = "aws:ecr/repository:Repository"
RUNTIME_ENDPOINT = "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint"


class MissingPartError(Exception):
    """The recording lacks a part without which it is no platform."""


@dataclass(frozen=True)
class Platform:
    """One recording and the parts found in it."""

    recording: Recording

    def _only(self, type_: str, what: str) -> Resource:
        found = self.recording.of_type(type_)
        if len(found) != 1:
            raise MissingPartError(f"The program declares {len(found)} {what}; it must be one.")
        return found[0]

    @cached_property
    def adopted_services(self) -> frozenset[str]:
        """Services whose endpoints an existing VPC has already, by their short names."""
        adopted = self.recording.setting("existingVpc") or {}
        return frozenset(adopted.get("existingServices") or ())

    @cached_property
    def runtime(self) -> Resource:
        """The AgentCore runtime."""
        return self._only(RUNTIME, "agent runtimes")

    @cached_property
    def task_definition(self) -> Resource:
        """The executor's task definition: the one that the runtime's environment names."""
        named = self.environment.get("DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN", "")
        for item in self.recording.of_type(TASK_DEFINITION):
            if named.startswith(item.text("arnWithoutRevision") or item.text("arn")):
                return item
        return self._only(TASK_DEFINITION, "task definitions")

    @cached_property
    def containers(self) -> list[Mapping[str, Any]]:
        """The executor's container definitions."""
        return list(document(self.task_definition.inputs.get("containerDefinitions", "[]")))

    @cached_property
    def environment(self) -> dict[str, str]:
        """The runtime's environment variables."""
        values = self.runtime.inputs.get("environmentVariables") or {}
        return {str(key): str(value) for key, value in values.items()}

    @property
    def route(self) -> str:
        """``alb`` or ``direct``, as the runtime is told."""
        return self.environment.get("DEEP_INSIGHT_EXECUTOR_ROUTE", "")

    @cached_property
    def keeper(self) -> Resource | None:
        """The function that looks after executors."""
        found = self.recording.of_type(FUNCTION)
        return found[0] if found else None

    @cached_property
    def keeper_environment(self) -> dict[str, str]:
        """The keeper's variables."""
        given = (self.keeper.inputs.get("environment") or {}) if self.keeper else {}
        return {str(k): str(v) for k, v in (given.get("variables") or {}).items()}

    @cached_property
    def load_balancer(self) -> Resource | None:
        """The load balancer in front of executors, if there is one."""
        found = self.recording.of_type(LOAD_BALANCER)
        return found[0] if found else None

    @cached_property
    def target_group(self) -> Resource | None:
        """The target group that executors register in."""
        named = self.environment.get("DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN", "")
        found = self.recording.of_type(TARGET_GROUP)
        return next((item for item in found if item.text("arn") == named), None)

    @cached_property
    def listeners(self) -> list[Resource]:
        """The listeners of the load balancer."""
        return self.recording.of_type(LISTENER)

    def _list(self, variable: str) -> tuple[str, ...]:
        text = self.environment.get(variable, "")
        return tuple(part for part in text.split(",") if part)

    @cached_property
    def runtime_party(self) -> Party:
        """Where the runtime's interfaces are."""
        config = self.runtime.inputs.get("networkConfiguration") or {}
        mode = config.get("networkModeConfig") or {}
        if isinstance(mode, list):
            mode = mode[0] if mode else {}
        return Party(
            "runtime",
            tuple(mode.get("securityGroups") or ()),
            tuple(mode.get("subnets") or ()),
        )

    @cached_property
    def executor_party(self) -> Party:
        """Where executors run, as the runtime is told to start them."""
        return Party(
            "executor",
            self._list("DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS"),
            self._list("DEEP_INSIGHT_EXECUTOR_SUBNET_IDS"),
        )

    @cached_property
    def front_party(self) -> Party | None:
        """Where the load balancer is."""
        if self.load_balancer is None:
            return None
        given = self.load_balancer.inputs
        groups, subnets = given.get("securityGroups") or (), given.get("subnets") or ()
        return Party("load balancer", tuple(groups), tuple(subnets))

    @cached_property
    def network(self) -> Network:
        """The network graph."""
        used = [*self.runtime_party.subnets, *self.executor_party.subnets]
        if self.front_party:
            used += self.front_party.subnets
        return network(self.recording, used)

    @cached_property
    def executor_port(self) -> int:
        """The port that the executor's container listens on."""
        for container in self.containers:
            for mapping in container.get("portMappings") or []:
                return int(mapping["containerPort"])
        return 0

    def executor_setting(self, variable: str) -> str:
        """A variable of the executor's container definition; empty when it is not set."""
        for container in self.containers:
            for entry in container.get("environment") or []:
                if entry.get("name") == variable:
                    return str(entry.get("value", ""))
        return ""

    def buckets(self) -> list[Resource]:
        """Every bucket of the program."""
        return self.recording.of_type(BUCKET, "aws:s3/bucketV2:BucketV2")

    @cached_property
    def artifacts_bucket(self) -> Resource | None:
        """The bucket that the runtime is told to use."""
        named = self.environment.get("DEEP_INSIGHT_ARTIFACTS_BUCKET", "")
        return next((item for item in self.buckets() if item.text("bucket") == named), None)

    @property
    def runtime_image(self) -> str:
        """The runtime's image reference."""
        artifact = self.runtime.inputs.get("agentRuntimeArtifact") or {}
        return str((artifact.get("containerConfiguration") or {}).get("containerUri", ""))

    @property
    def executor_image(self) -> str:
        """The executor's image reference."""
        return str(self.containers[0].get("image", "")) if self.containers else ""

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The model and inference-profile ids that the runtime is told to use, sorted."""
        prefix = "DEEP_INSIGHT_MODEL_ID_"
        return tuple(sorted({v for k, v in self.environment.items() if k.startswith(prefix)}))
