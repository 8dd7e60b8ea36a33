"""The environment contract: every variable the agent runtime reads, checked when it starts.

`load_settings()` reads the environment, `contract()` lists the variables for whoever provides
them. Nothing else in the package reads the environment.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from agent_runtime.environment import Conditions, VariableSpec, spec_of, unknown_names, variable
from agent_runtime.limits import Limits
from agent_runtime.roles import Role

PREFIX = "DEEP_INSIGHT_"
ECS: Conditions = ({"DEEP_INSIGHT_EXECUTOR": "ecs"},)
ECS_ALB: Conditions = ({"DEEP_INSIGHT_EXECUTOR": "ecs", "DEEP_INSIGHT_EXECUTOR_ROUTE": "alb"},)
BEDROCK: Conditions = ({"DEEP_INSIGHT_MODEL_PROVIDER": "bedrock"},)

_URL = re.compile(r"^https?://[A-Za-z0-9.\-\[\]:]+(/\S*)?$")


def _split(separator: str) -> BeforeValidator:
    def split(value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(separator) if part.strip())
        return value

    return BeforeValidator(split)


def _url(value: Any) -> Any:
    if isinstance(value, str) and not _URL.match(value):
        raise ValueError("must be a URL with its scheme, such as http://executor.example")
    return value.rstrip("/") if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], _split(",")]
Paths = Annotated[tuple[Path, ...], _split(os.pathsep)]
Url = Annotated[str, BeforeValidator(_url)]


class SettingsError(Exception):
    """The environment is not acceptable; `problems` lists one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(Limits):
    """All settings; made by `load_settings`, which also checks what each mode requires."""

    host: str = variable(
        "HOST", "Address to listen on; 0.0.0.0 in a container.", default="127.0.0.1"
    )
    port: int = variable("PORT", "Port to listen on.", default=8080, ge=0, le=65535)
    executor: Literal["local", "ecs"] = variable(
        "DEEP_INSIGHT_EXECUTOR",
        "Where a session's executor runs: a child process here, or a Fargate task.",
        default="local",
    )
    model_provider: Literal["offline", "bedrock"] = variable(
        "DEEP_INSIGHT_MODEL_PROVIDER",
        "Who plays the agents: the deterministic offline analyst, or Bedrock models.",
        default="offline",
    )

    local_data_roots: Paths = variable(
        "DEEP_INSIGHT_LOCAL_DATA_ROOTS",
        "Files or folders, separated by ':', that file: inputs may come from; none by default.",
        default=(),
    )
    local_artifacts: Path = variable(
        "DEEP_INSIGHT_LOCAL_ARTIFACTS",
        "Folder for artifacts of the local executor, one folder a session below it.",
        default=Path("out/sessions"),
    )
    local_events: Path | None = variable(
        "DEEP_INSIGHT_LOCAL_EVENTS",
        "Folder where each session's events are also written, as SESSION.ndjson.",
    )

    aws_region: str | None = variable(
        "AWS_REGION", "Region of every AWS call.", required_when=ECS + BEDROCK
    )
    ecs_cluster_arn: str | None = variable(
        "DEEP_INSIGHT_ECS_CLUSTER_ARN", "Cluster that runs executors.", required_when=ECS
    )
    executor_task_definition_arn: str | None = variable(
        "DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN",
        "Task definition of an executor, with its revision.",
        required_when=ECS,
        pattern=r"^arn:[^:]+:ecs:[^:]+:\d{12}:task-definition/[^:]+:\d+$",
    )
    executor_container_name: str | None = variable(
        "DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME",
        "Container in the task definition that takes the session's variables.",
        required_when=ECS,
    )
    executor_subnet_ids: Names = variable(
        "DEEP_INSIGHT_EXECUTOR_SUBNET_IDS",
        "Subnets of executors, comma-separated.",
        default=(),
        required_when=ECS,
    )
    executor_security_group_ids: Names = variable(
        "DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS",
        "Security groups of executors, comma-separated.",
        default=(),
        required_when=ECS,
    )
    executor_port: int | None = variable(
        "DEEP_INSIGHT_EXECUTOR_PORT",
        "Port an executor listens on.",
        required_when=ECS,
        ge=1,
        le=65535,
    )
    executor_capacity: Literal["on_demand", "spot"] | None = variable(
        "DEEP_INSIGHT_EXECUTOR_CAPACITY", "Capacity to ask for first.", required_when=ECS
    )
    executor_route: Literal["alb", "direct"] | None = variable(
        "DEEP_INSIGHT_EXECUTOR_ROUTE",
        "How an executor is reached: through the load balancer, or at its own address.",
        required_when=ECS,
    )
    executor_url: Url | None = variable(
        "DEEP_INSIGHT_EXECUTOR_URL",
        "URL of the load balancer, with its scheme.",
        required_when=ECS_ALB,
        is_url=True,
    )
    executor_target_group_arn: str | None = variable(
        "DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN",
        "Target group that executors register in.",
        required_when=ECS_ALB,
    )
    artifacts_bucket: str | None = variable(
        "DEEP_INSIGHT_ARTIFACTS_BUCKET", "Bucket for artifacts.", required_when=ECS
    )
    artifacts_prefix: str | None = variable(
        "DEEP_INSIGHT_ARTIFACTS_PREFIX", "Key prefix for artifacts.", required_when=ECS
    )

    stack: str | None = variable(
        "DEEP_INSIGHT_STACK",
        "Value of the tag deep-insight:stack on tasks; by default the cluster's name.",
        pattern=r"^[A-Za-z0-9_-]{1,128}$",
    )
    warm_claim_key_arn: str | None = variable(
        "DEEP_INSIGHT_WARM_CLAIM_KEY_ARN",
        "Secret with the key that claims an executor of the warm pool; unset: no pool.",
    )
    executor_lifetime_seconds: float = variable(
        "DEEP_INSIGHT_EXECUTOR_LIFETIME_SECONDS",
        "The executor's own LIMIT_LIFETIME_SECONDS; after it the keeper stops its task.",
        default=28_800,
        gt=0,
    )

    model_id_coordinator: str | None = variable(
        "DEEP_INSIGHT_MODEL_ID_COORDINATOR", "Coordinator's model.", required_when=BEDROCK
    )
    model_id_planner: str | None = variable(
        "DEEP_INSIGHT_MODEL_ID_PLANNER", "Planner's model.", required_when=BEDROCK
    )
    model_id_coder: str | None = variable(
        "DEEP_INSIGHT_MODEL_ID_CODER", "Coder's model.", required_when=BEDROCK
    )
    model_id_validator: str | None = variable(
        "DEEP_INSIGHT_MODEL_ID_VALIDATOR", "Validator's model.", required_when=BEDROCK
    )
    model_id_reporter: str | None = variable(
        "DEEP_INSIGHT_MODEL_ID_REPORTER", "Reporter's model.", required_when=BEDROCK
    )
    model_id_auditor: str | None = variable(
        "DEEP_INSIGHT_MODEL_ID_AUDITOR", "Auditor's model.", required_when=BEDROCK
    )

    otel_service_name: str | None = variable("OTEL_SERVICE_NAME", "Service name in telemetry.")
    otel_resource_attributes: str | None = variable(
        "OTEL_RESOURCE_ATTRIBUTES", "Resource attributes in telemetry."
    )
    otel_exporter_otlp_endpoint: str | None = variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "URL of a telemetry collector.", is_url=True
    )
    otel_exporter_otlp_headers: str | None = variable(
        "OTEL_EXPORTER_OTLP_HEADERS", "Headers for the collector.", secret=True
    )
    otel_python_distro: str | None = variable(
        "OTEL_PYTHON_DISTRO", "Distribution the launcher configures: aws_distro."
    )
    otel_python_configurator: str | None = variable(
        "OTEL_PYTHON_CONFIGURATOR", "Configurator the launcher uses: aws_configurator."
    )
    agent_observability_enabled: str | None = variable(
        "AGENT_OBSERVABILITY_ENABLED", "Set to true by AgentCore when telemetry is on."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` passes, so that it alone decides what is read."""
        return (init_settings,)

    def model_id(self, role: Role) -> str:
        """The Bedrock model or inference profile that plays `role`."""
        return str(getattr(self, f"model_id_{role}"))


def contract() -> list[VariableSpec]:
    """Every variable the runtime reads, in the order of the model."""
    return [spec_of(field) for field in Settings.model_fields.values()]


def check_environment(environ: Mapping[str, str]) -> list[str]:
    """Every problem of these variables as one sentence each; empty when they are acceptable."""
    try:
        load_settings(environ)
    except SettingsError as error:
        return error.problems
    return []


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environ` (default: this process's); `SettingsError` lists every problem.

    Variables that are set but empty count as unset, as container definitions often have them.
    """
    given = {k: v for k, v in (os.environ if environ is None else environ).items() if v.strip()}
    specs = contract()
    names = [spec.name for spec in specs]
    problems = unknown_names(given, names, PREFIX)
    effective = {spec.name: spec.default for spec in specs if spec.default is not None} | given
    for spec in specs:
        if spec.name not in given and spec.is_required(effective):
            problems.append(f"{spec.name} is missing: {spec.description}")
    values: dict[str, Any] = {name: given[name] for name in names if name in given}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        secrets = {spec.name for spec in specs if spec.secret}
        problems += [_sentence(problem, secrets) for problem in error.errors()]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _sentence(problem: Any, secrets: set[str]) -> str:
    name = str(problem["loc"][0])
    value = "(secret)" if name in secrets else repr(problem["input"])[:80]
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{name}={value}: {reason[:1].lower()}{reason[1:]}."
