"""The executor's static environment, checked against the executor's own settings.

The session's id and token digest are missing on purpose: RunTask gives them to each task.
"""

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from agent_runtime.settings import Settings as RuntimeSettings
from components.binding import BindingError
from executor.settings import MIB, Settings

# What the task needs besides the kernel: the server, its template process and the init process.
SERVER_MIB = 512
STEP_SECONDS = int(RuntimeSettings.model_fields["limit_step_seconds"].default)
JOB_SECONDS = int(RuntimeSettings.model_fields["limit_job_seconds"].default)
# A session of AgentCore ends then; both limits may be as long.
MOST_SECONDS = 28_800
# What an agent does in its step besides one such execution.
STEP_MARGIN_SECONDS = 600
PER_SESSION = {"SESSION_ID": "per-task", "SESSION_TOKEN_SHA256": "0" * 64}


class _Declared(Settings):
    """The executor's settings, read from what is declared here and not from this process."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def executor_environment(
    *,
    port: int,
    workspace: str,
    internet: bool,
    task_memory_mib: int,
    longest_execution_seconds: int,
    idle_seconds: int,
    lifetime_seconds: int,
) -> dict[str, str]:
    """Variables of the executor that are the same for every session.

    Raises:
        BindingError: the executor would refuse to start with them; every problem is listed.
    """
    environment = {
        "HOST": "0.0.0.0",  # noqa: S104 - the task's own network interface
        "PORT": str(port),
        "WORKSPACE": workspace,
        "KERNEL_NETWORK": "full" if internet else "none",
        "LIMIT_MEMORY_BYTES": str((task_memory_mib - SERVER_MIB) * MIB),
        "LIMIT_TIMEOUT_MAX_SECONDS": str(longest_execution_seconds),
        "LIMIT_IDLE_SECONDS": str(idle_seconds),
        "LIMIT_LIFETIME_SECONDS": str(lifetime_seconds),
    }
    check_executor_environment(environment)
    return environment


def execution_limits(longest_seconds: int) -> dict[str, str]:
    """The runtime's limits for executions of this length: it asks for no longer ones, and a step
    and a job, which hold executions, are given more where their defaults are too short for one."""
    step = max(STEP_SECONDS, min(longest_seconds + STEP_MARGIN_SECONDS, MOST_SECONDS))
    job = max(JOB_SECONDS, min(2 * step, MOST_SECONDS))
    limits = {"DEEP_INSIGHT_LIMIT_EXECUTION_SECONDS": longest_seconds}
    if step > STEP_SECONDS:
        limits |= {"DEEP_INSIGHT_LIMIT_STEP_SECONDS": step, "DEEP_INSIGHT_LIMIT_JOB_SECONDS": job}
    return {name: str(seconds) for name, seconds in limits.items()}


def check_executor_environment(environment: dict[str, str]) -> None:
    """Refuse variables that the executor does not know or whose values it does not accept.

    Raises:
        BindingError: with every problem.
    """
    known = {name.upper(): name for name in Settings.model_fields}
    problems = [
        f"{name} is not a variable of the executor" for name in environment.keys() - known.keys()
    ]
    values = {known[k]: v for k, v in {**PER_SESSION, **environment}.items() if k in known}
    try:
        _Declared.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            name = ".".join(str(part) for part in detail["loc"]).upper() or "settings"
            problems.append(f"{name}: {detail['msg']}")
    if problems:
        raise BindingError(f"executor: {'; '.join(sorted(problems))}.")
