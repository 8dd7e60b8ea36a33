"""Rules about executors, the runtime's times, logs and operations."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.deployment import RETENTION_DAYS
from components.executor_cluster import IDLE_MARGIN_SECONDS, LONGEST_IDLE_SECONDS
from components.fargate import FargateSizeError, check_size
from stack.problem import Problem, shown

if TYPE_CHECKING:
    from stack.config import StackConfig

SMALLEST_MEMORY = 1024
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _architecture(config: "StackConfig") -> Iterator[Problem]:
    if config.agent_architecture != "arm64":
        yield Problem(
            "agentArchitecture",
            f"AgentCore runs linux/arm64 images only, not {shown(config.agent_architecture)}; "
            "set it to arm64 or leave it out",
        )


def _retention(config: "StackConfig") -> Iterator[Problem]:
    if config.log_retention_days not in RETENTION_DAYS:
        yield Problem(
            "logRetentionDays",
            f"CloudWatch Logs does not offer {config.log_retention_days} days; choose one of "
            f"{', '.join(map(str, RETENTION_DAYS))}",
        )


def _email(config: "StackConfig") -> Iterator[Problem]:
    if config.alarm_email is not None and not EMAIL.fullmatch(config.alarm_email):
        yield Problem(
            "alarmEmail",
            f"{shown(config.alarm_email)} is not an e-mail address; write one like "
            "team@example.com",
        )


def _email_without_alarms(config: "StackConfig") -> Iterator[Problem]:
    if config.alarm_email is not None and not config.alarms:
        yield Problem(
            "alarmEmail", "only counts with alarms: true; set alarms to true, or leave it out"
        )


def _size(config: "StackConfig") -> Iterator[Problem]:
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


def _execution_behind_load_balancer(config: "StackConfig") -> Iterator[Problem]:
    longest = LONGEST_IDLE_SECONDS - IDLE_MARGIN_SECONDS
    if config.executor_route == "alb" and config.executor_longest_execution_seconds > longest:
        yield Problem(
            "executorLongestExecutionSeconds",
            f"a load balancer waits for at most {LONGEST_IDLE_SECONDS} s; use at most {longest}, "
            "or executorRoute direct",
        )


def _execution_in_its_executor(config: "StackConfig") -> Iterator[Problem]:
    if config.executor_longest_execution_seconds > config.executor_lifetime_seconds:
        yield Problem(
            "executorLongestExecutionSeconds",
            "an execution cannot outlive its executor; raise executorLifetimeSeconds",
        )


def _executor_times(config: "StackConfig") -> Iterator[Problem]:
    yield from _idle("executor", config.executor_idle_seconds, config.executor_lifetime_seconds)


def _runtime_times(config: "StackConfig") -> Iterator[Problem]:
    yield from _idle("runtime", config.runtime_idle_seconds, config.runtime_lifetime_seconds)


def _idle(who: str, idle: int, lifetime: int) -> Iterator[Problem]:
    if idle > lifetime:
        yield Problem(
            f"{who}IdleSeconds",
            f"{idle} is longer than {who}LifetimeSeconds ({lifetime}); lower it, or raise "
            f"{who}LifetimeSeconds",
        )


def _access_logs(config: "StackConfig") -> Iterator[Problem]:
    if config.access_logs and config.executor_route == "direct":
        yield Problem("accessLogs", "the direct route has no load balancer; set it to false")


ONE_KEY = (_architecture, _retention, _email)
SEVERAL_KEYS = (
    _size,
    _execution_behind_load_balancer,
    _execution_in_its_executor,
    _executor_times,
    _runtime_times,
    _email_without_alarms,
    _access_logs,
)
