"""StackConfig: every key of a stack's configuration, typed, documented and checked.

A key's type, default, allowed values and cost effect are in its field; docs/configuration.md is
generated from them. `stack.loading` reports every problem of a configuration at once.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel

from components.container_image import Architecture, Builder
from components.deployment import RETENTION_DAYS
from components.executor_cluster import Capacity, Route
from components.fabric import Nat
from components.fargate import INCLUDED_STORAGE_GIB, MOST_STORAGE_GIB
from components.service_endpoints import EndpointZones
from components.teardown import LONGEST_RELEASE_MINUTES
from keeper.settings import MOST_WARM
from stack.existing_vpc import ExistingVpc
from stack.model_rules import AGENTS
from stack.naming_rules import MOST_OWN_TAGS
from stack.problem import Problem, shown
from stack.rules import problems_of

NO_COST = "none"
# In the context of a validation: keys whose values cannot be used, so that the model has defaults.
BROKEN = "broken"


class RuleProblems(ValueError):
    """Rules that several keys break together; each problem names its key."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.key}: {p.text}" for p in problems))
        self.problems = problems


class StackProblems(ValueError):
    """Everything that is wrong with a configuration, one line for each problem."""

    def __init__(self, stack: str, problems: list[str]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the configuration of stack {shown(stack)} has problems:\n{lines}")
        self.problems = problems


def _key(default: Any, description: str, cost: str = NO_COST, **constraints: Any) -> Any:
    """A configuration key; `cost` says what a change of it costs."""
    return Field(default, description=description, json_schema_extra={"cost": cost}, **constraints)


def _unset(value: Any) -> Any:
    """Pulumi.yaml has no way to say "nothing": an empty text or object stands for it."""
    return None if value in ("", {}) else value


OptionalText = Annotated[str | None, BeforeValidator(_unset)]


class StackConfig(BaseModel):
    """The whole configuration of one stack; frozen once it is checked."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    # Not keys: where the stack is and what it is called.
    stack: str = Field("dev", exclude=True)
    region: str = Field("us-east-1", exclude=True)

    name_prefix: str = _key(
        "deep-insight", "Start of every physical name; the stack's name follows it."
    )
    owner: str = _key("data-platform", "Tag Owner of every resource.", min_length=1)
    tags: Mapping[str, str] = _key({}, f"More tags for every resource, at most {MOST_OWN_TAGS}.")
    allowed_account_ids: tuple[str, ...] = _key(
        (), "Accounts this stack may be deployed to; empty: any."
    )

    vpc_cidr: str = _key("10.0.0.0/16", "Network of the VPC, a private one of /16 to /22.")
    reserved_cidrs: tuple[str, ...] = _key(
        (), "Networks the VPC must not overlap: peers, on-premises, VPN."
    )
    availability_zone_ids: tuple[str, ...] = _key(
        (), "Zones by ID, at least two; empty: the first two that AgentCore supports."
    )
    agentcore_zone_ids: tuple[str, ...] = _key(
        (),
        "Zones AgentCore supports in the region, at least two, instead of the built-in table.",
    )
    nat: Nat = _key(
        "none",
        "NAT gateways; none is enough for everything the platform calls.",
        cost="single: about 37 USD a month; per-az: that for each zone; traffic on top",
    )
    endpoint_zones: EndpointZones = _key(
        "all",
        "Zones of each interface endpoint; one serves all zones, without surviving its loss.",
        cost="about 7 USD a month for each endpoint and zone",
    )
    endpoint_zone_gaps: Mapping[str, tuple[str, ...]] = _key(
        {}, "Service -> zones without its endpoint, in addition to the built-in table."
    )
    flow_logs: bool = _key(False, "Record the VPC's flows.", cost="0.50 USD for each GB of records")
    existing_vpc: Annotated[ExistingVpc | None, BeforeValidator(_unset)] = _key(
        None, "Use this VPC instead of making one; vpcCidr, nat and flowLogs then do not count."
    )

    image_builder: Builder = _key(
        "docker", "How images are built; prebuilt takes executorImage and agentImage."
    )
    executor_image: OptionalText = _key(None, "Executor image by digest, with prebuilt.")
    agent_image: OptionalText = _key(None, "Agent image by digest, with prebuilt.")
    agent_architecture: str = _key(
        "arm64", "Platform of the agent image; AgentCore runs arm64 only."
    )

    executor_architecture: Architecture = _key(
        "arm64",
        "Platform of the executor's image and task.",
        cost="arm64 is about 20 % cheaper than x86_64",
    )
    executor_cpu: int = _key(1024, "CPU units of an executor.", cost="per running task and second")
    executor_memory: int = _key(
        4096,
        "MiB of an executor; 512 of them are the server's.",
        cost="per running task and second",
    )
    executor_storage: int = _key(
        INCLUDED_STORAGE_GIB,
        "GiB of disk of an executor.",
        cost="per running task and second above 20 GiB",
        ge=INCLUDED_STORAGE_GIB,
        le=MOST_STORAGE_GIB,
    )
    executor_route: Route = _key(
        "alb",
        "How the runtime reaches an executor: load balancer, or the task's address.",
        cost="alb: about 17 USD a month",
    )
    executor_capacity: Capacity = _key(
        "on_demand", "Capacity to ask for first.", cost="spot is about 70 % cheaper"
    )
    executor_internet: bool = _key(
        False, "Whether user code may use the internet; needs nat.", cost="NAT traffic"
    )
    executor_longest_execution_seconds: int = _key(
        600, "Longest execution; agents ask for no longer one.", ge=120, le=28800
    )
    executor_idle_seconds: int = _key(
        1800,
        "An executor without requests exits after this, which a review of a plan must not take.",
        cost="running time",
        ge=600,
        le=28800,
    )
    executor_lifetime_seconds: int = _key(
        28800, "An executor exits after this in any case.", ge=300, le=28800
    )

    warm: int = _key(
        0,
        "Executors kept started and unclaimed, so that a session has one in less than a second.",
        cost="each as much as an executor that runs all the time; an endpoint of secretsmanager",
        ge=0,
        le=MOST_WARM,
    )

    runtime_name: str = _key(
        "deep_insight", "Start of the runtime's name; the stack's name follows it."
    )
    runtime_platform_version: Literal["V1", "V2"] = _key(
        "V1", "How AgentCore starts instances: V1 a container, V2 a snapshot."
    )
    runtime_idle_seconds: int = _key(
        900,
        "A session without work ends after this.",
        cost="memory of idle sessions",
        ge=60,
        le=28800,
    )
    runtime_lifetime_seconds: int = _key(
        28800, "A session ends after this in any case.", ge=60, le=28800
    )
    pinned_endpoint: bool = _key(
        False, "Whether clients use an endpoint that stays on the deployed version."
    )

    model: str = _key(
        "global.anthropic.claude-sonnet-5",
        "Bedrock model id or inference profile of every agent.",
        cost="per token",
    )
    agent_models: Mapping[str, str] = _key(
        {}, f"Agent -> another model; agents: {', '.join(AGENTS)}.", cost="per token"
    )
    direct_model_ids: tuple[str, ...] = _key(
        (), "Model ids that work without an inference profile although their family does not."
    )

    log_retention_days: int = _key(
        30,
        f"Days that logs are kept: {', '.join(map(str, RETENTION_DAYS))}.",
        cost="0.03 USD for each GB and month",
    )
    artifact_days: int = _key(
        30, "Days that artifacts and uploads are kept.", cost="S3 storage", ge=1, le=3650
    )
    traces: bool = _key(
        True,
        "Whether AgentCore's spans are delivered; AWS refuses it where Transaction Search is off.",
        cost="by span ingested",
    )
    access_logs: bool = _key(False, "Access logs of the load balancer.", cost="S3 storage")
    alarms: bool = _key(False, "Alarms, topic and dashboard.", cost="about 3.50 USD a month")
    alarm_email: OptionalText = _key(None, "Address that alarms are sent to.")
    interface_release_minutes: int = _key(
        30,
        "Minutes that a destroy waits for AgentCore's network interfaces, which may stay for 8 "
        "hours; afterwards, or at once with 0, it says how to go on.",
        ge=0,
        le=LONGEST_RELEASE_MINUTES,
    )
    protected: bool = _key(
        False,
        "Deletion protection of data, images and load balancer; `make plan` then asks for alarms, "
        "access logs and a pinned endpoint, too.",
    )

    @model_validator(mode="after")
    def _rules_hold(self, info: ValidationInfo) -> "StackConfig":
        problems = problems_of(self, (info.context or {}).get(BROKEN, frozenset()))
        if problems:
            raise RuleProblems(problems)
        return self

    @property
    def prefix(self) -> str:
        """Start of every physical name."""
        return f"{self.name_prefix}-{self.stack}"

    @property
    def full_runtime_name(self) -> str:
        """The runtime's name, which carries the stack and no hyphen."""
        return f"{self.runtime_name}_{self.stack.replace('-', '_')}"

    def model_of(self, agent: str) -> str:
        """The model id of an agent."""
        return self.agent_models.get(agent, self.model)
