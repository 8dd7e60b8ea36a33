"""Rules of a configuration that a type cannot say, each with the way out in its message.

Every rule looks at values that have the right type already and yields all its problems.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from agent_runtime.settings import contract
from components.address_plan import AddressError, parse_network
from components.agent_runtime import runtime_name_problem
from components.bedrock_models import ModelIdError, parse_model
from components.container_image import ImageError, parse_prebuilt
from components.deployment import partition_of
from components.executor_cluster import IDLE_MARGIN_SECONDS, LONGEST_IDLE_SECONDS
from components.fargate import FargateSizeError, check_size
from components.network_tier import adoption_problem
from components.zones import ZONE_ID, ZoneError, choose_zones

if TYPE_CHECKING:
    from stack.config import StackConfig

PREFIX = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
STACK = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_PREFIX, LONGEST_STACK = 20, 20
SMALLEST_MEMORY = 1024
X86_MARKS = ("amd64", "x86_64", "x86-64")
MODEL_VARIABLE = "DEEP_INSIGHT_MODEL_ID_"
# The agents are those that the runtime's settings ask a model for.
AGENTS = tuple(
    spec.name.removeprefix(MODEL_VARIABLE).lower()
    for spec in contract()
    if spec.name.startswith(MODEL_VARIABLE)
)
# Values CloudWatch Logs accepts. Source: PutRetentionPolicy in the CloudWatch Logs API reference.
RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)
RESERVED_TAGS = ("Application", "Environment", "Owner", "Project", "ManagedBy")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a key, and the way out."""

    key: str
    text: str


def problems_of(config: "StackConfig") -> list[Problem]:
    """Every rule that the configuration breaks."""
    rules = (_names, _network, _zones, _internet, _sizes, _times, _images, _models, _operations)
    return [problem for rule in rules for problem in rule(config)]


def _names(config: "StackConfig") -> Iterator[Problem]:
    if not PREFIX.fullmatch(config.name_prefix) or len(config.name_prefix) > LONGEST_PREFIX:
        yield Problem(
            "namePrefix",
            f"{config.name_prefix!r}: use at most {LONGEST_PREFIX} lower-case letters, digits and "
            "single hyphens, starting with a letter",
        )
    if not STACK.fullmatch(config.stack) or len(config.stack) > LONGEST_STACK:
        yield Problem(
            "stack",
            f"the stack's name {config.stack!r} becomes part of every name; use at most "
            f"{LONGEST_STACK} lower-case letters, digits and single hyphens, and a letter first",
        )
    elif config.name_prefix.startswith(("sg-", "internal-")):
        yield Problem("namePrefix", "AWS reserves names that start with sg- or internal-")
    if problem := runtime_name_problem(config.runtime_name):
        yield Problem("runtimeName", problem)
    elif runtime_name_problem(config.full_runtime_name):
        longest = 48 - len(config.stack) - 1
        yield Problem(
            "runtimeName",
            f"{config.full_runtime_name!r} is longer than 48 characters; use at most {longest}",
        )
    for tag in sorted(config.tags.keys() & set(RESERVED_TAGS)):
        yield Problem("tags", f"{tag} is set by the program; choose another tag")
    for tag in sorted(t for t in config.tags if t.lower().startswith("aws:")):
        yield Problem("tags", f"{tag}: AWS reserves tags that start with aws:")
    for account in config.allowed_account_ids:
        if not re.fullmatch(r"\d{12}", account):
            yield Problem("allowedAccountIds", f"{account!r} is not an account id of 12 digits")


def _network(config: "StackConfig") -> Iterator[Problem]:
    existing = config.existing_vpc
    if existing is not None:
        problem = adoption_problem(
            private_zones=list(existing.private_subnet_ids),
            route_table_zones=list(existing.private_route_table_ids),
            existing_services=existing.existing_services,
            has_endpoint_group=existing.endpoint_security_group_id is not None,
        )
        if problem:
            yield Problem("existingVpc", problem)
        return
    try:
        network = parse_network(config.vpc_cidr)
    except AddressError as error:
        yield Problem("vpcCidr", str(error))
        return
    for text in config.reserved_cidrs:
        try:
            reserved = IPv4Network(text)
        except ValueError as error:
            yield Problem("reservedCidrs", f"{text!r} is not an IPv4 network ({error})")
            continue
        if network.overlaps(reserved):
            yield Problem(
                "vpcCidr",
                f"{network} overlaps {reserved} of reservedCidrs; choose a network outside it",
            )


def _zones(config: "StackConfig") -> Iterator[Problem]:
    for key, zones in (
        ("availabilityZoneIds", config.availability_zone_ids),
        ("agentcoreZoneIds", config.agentcore_zone_ids),
    ):
        for zone in zones:
            if not ZONE_ID.fullmatch(zone):
                yield Problem(
                    key,
                    f"{zone!r} is not a zone ID; zone names like us-east-1a differ between "
                    "accounts, write the ID like use1-az1",
                )
    wanted = config.availability_zone_ids
    key = "availabilityZoneIds"
    if config.existing_vpc is not None:
        wanted, key = tuple(config.existing_vpc.private_subnet_ids), "existingVpc"
    try:
        choose_zones(config.region, wanted, config.agentcore_zone_ids)
    except ZoneError as error:
        known_region = "no AgentCore availability zones" not in str(error)
        yield Problem(key if known_region else "aws:region", str(error))


def _internet(config: "StackConfig") -> Iterator[Problem]:
    if not config.executor_internet:
        return
    existing = config.existing_vpc
    if existing is not None and not existing.internet:
        yield Problem(
            "executorInternet",
            "the existing VPC has no route to the internet; set existingVpc.internet if it has, "
            "or executorInternet to false",
        )
    elif existing is None and config.nat == "none":
        yield Problem(
            "executorInternet",
            "user code cannot reach the internet with nat: none; set nat to single or per-az, or "
            "executorInternet to false",
        )


def _sizes(config: "StackConfig") -> Iterator[Problem]:
    try:
        check_size(config.executor_cpu, config.executor_memory)
    except FargateSizeError as error:
        yield Problem("executorCpu, executorMemory", str(error))
        return
    if config.executor_memory < SMALLEST_MEMORY:
        yield Problem(
            "executorMemory",
            f"{config.executor_memory} MiB leave nothing for user code; use at least "
            f"{SMALLEST_MEMORY}",
        )


def _times(config: "StackConfig") -> Iterator[Problem]:
    longest = LONGEST_IDLE_SECONDS - IDLE_MARGIN_SECONDS
    if config.executor_route == "alb" and config.executor_longest_execution_seconds > longest:
        yield Problem(
            "executorLongestExecutionSeconds",
            f"a load balancer waits for at most {LONGEST_IDLE_SECONDS} s; use at most {longest}, "
            "or executorRoute direct",
        )
    for idle, lifetime, what in (
        (config.executor_idle_seconds, config.executor_lifetime_seconds, "executor"),
        (config.runtime_idle_seconds, config.runtime_lifetime_seconds, "runtime"),
    ):
        if idle > lifetime:
            yield Problem(
                f"{what}IdleSeconds", f"{idle} is longer than {what}LifetimeSeconds ({lifetime})"
            )
    if config.executor_longest_execution_seconds > config.executor_lifetime_seconds:
        yield Problem(
            "executorLongestExecutionSeconds",
            "an execution cannot outlive its executor; raise executorLifetimeSeconds",
        )


def _images(config: "StackConfig") -> Iterator[Problem]:
    if config.agent_architecture != "arm64":
        yield Problem(
            "agentArchitecture",
            f"AgentCore runs linux/arm64 images only, not {config.agent_architecture!r}; "
            "set it to arm64 or leave it out",
        )
    images = (("executorImage", config.executor_image), ("agentImage", config.agent_image))
    for key, reference in images:
        if config.image_builder != "prebuilt":
            if reference is not None:
                yield Problem(key, "only counts with imageBuilder: prebuilt; leave it out")
            continue
        if reference is None:
            yield Problem(key, "imageBuilder: prebuilt needs it; give an ECR image by digest")
            continue
        try:
            parts = parse_prebuilt(reference)
        except ImageError as error:
            yield Problem(key, str(error))
            continue
        if parts["region"] != config.region:
            yield Problem(
                key,
                f"it is in {parts['region']}, but private subnets only reach ECR in "
                f"{config.region}; replicate the repository",
            )
        if key == "agentImage" and any(mark in reference for mark in X86_MARKS):
            yield Problem(key, "it is an x86 image; AgentCore runs linux/arm64 images only")


def _models(config: "StackConfig") -> Iterator[Problem]:
    for agent in config.agent_models.keys() - set(AGENTS):
        yield Problem(
            "agentModels", f"there is no agent {agent!r}; the agents are {', '.join(AGENTS)}"
        )
    models = {"model": config.model}
    models |= {f"agentModels.{agent}": model for agent, model in config.agent_models.items()}
    for key, model in models.items():
        try:
            parse_model(model, region=config.region, direct=config.direct_model_ids)
        except ModelIdError as error:
            yield Problem(key, str(error))


def _operations(config: "StackConfig") -> Iterator[Problem]:
    if config.log_retention_days not in RETENTION_DAYS:
        yield Problem(
            "logRetentionDays",
            f"CloudWatch Logs does not offer {config.log_retention_days} days; choose one of "
            f"{', '.join(map(str, RETENTION_DAYS))}",
        )
    if config.alarm_email is not None:
        if not config.alarms:
            yield Problem("alarmEmail", "only counts with alarms: true")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", config.alarm_email):
            yield Problem("alarmEmail", f"{config.alarm_email!r} is not an e-mail address")
    if config.access_logs and config.executor_route == "direct":
        yield Problem("accessLogs", "the direct route has no load balancer; set it to false")
    if partition_of(config.region) == "aws-us-gov" and config.model.startswith("global."):
        yield Problem("model", "global inference profiles do not exist in us-gov regions")
