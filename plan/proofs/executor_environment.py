"""The executor's part of the environment proof: its own contract, and agreement with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agent_runtime.settings import Settings as RuntimeSettings
from executor.settings import MIB
from executor.settings import Settings as ExecutorSettings
from plan.platform import Platform
from plan.proofs.finding import Findings

# Set by the runtime when it starts the task, because each session has its own; with stand-ins.
SESSION_VARIABLES: Mapping[str, str] = {"SESSION_ID": "any", "SESSION_TOKEN_SHA256": "0" * 64}


def check_executor(findings: Findings, platform: Platform) -> None:
    """The executor's variables, one by one and against what the runtime is told."""
    fields = {name.upper() for name in ExecutorSettings.model_fields}
    name = platform.task_definition.name
    for container in platform.containers:
        entries = [*(container.get("environment") or []), *(container.get("secrets") or [])]
        given = [str(entry["name"]) for entry in entries]
        for variable in sorted(set(given) - fields):
            findings.add(
                "executor-variable-unread",
                name,
                f"{variable} is set, but the executor reads no such variable.",
            )
        for variable in sorted(SESSION_VARIABLES.keys() & set(given)):
            findings.add(
                "executor-session", name, f"{variable} belongs to a session, not to the definition."
            )
        for variable in sorted({item for item in given if given.count(item) > 1}):
            findings.add("executor-variable-twice", name, f"{variable} is set twice.")
        for problem in _refused_by_executor(container):
            findings.add("executor-contract", name, f"the executor would not start: {problem}.")
        _check_agreement(findings, platform, container)
    _check_longest_execution(findings, platform)


def _refused_by_executor(container: Mapping[str, Any]) -> list[str]:
    """What the executor's own settings say to the container's plain variables."""
    told = {str(item["name"]): item.get("value") for item in container.get("environment") or []}
    secret = {str(item["name"]) for item in container.get("secrets") or []}
    values = {name.lower(): value for name, value in {**told, **SESSION_VARIABLES}.items()}
    try:
        ExecutorSettings.model_validate(values)
    except ValidationError as error:
        return [
            f"{variable or 'the limits'}: {detail['msg']}"
            for detail in error.errors(include_url=False, include_context=False)
            if (variable := "".join(str(part) for part in detail["loc"]).upper()) not in secret
        ]
    return []


def _check_agreement(findings: Findings, platform: Platform, container: Mapping[str, Any]) -> None:
    """Address, port, memory and lifetime are each told to two parties."""
    name = platform.task_definition.name
    host = platform.executor_setting("HOST") or "0.0.0.0"  # noqa: S104 - as the image says
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - as above
        findings.add("executor-listens", name, f"HOST={host} admits no connection; set 0.0.0.0.")
    port = platform.executor_setting("PORT") or str(ExecutorSettings.model_fields["port"].default)
    if port != str(platform.executor_port):
        findings.add(
            "executor-listens",
            name,
            f"the executor listens on {port}, its container opens {platform.executor_port}.",
        )
    memory = platform.executor_setting("LIMIT_MEMORY_BYTES")
    whole = int(container.get("memory") or platform.task_definition.inputs.get("memory") or 0) * MIB
    if memory.isdigit() and int(memory) >= whole:
        findings.add(
            "executor-memory",
            name,
            f"user code may use {memory} of {whole} bytes, so that Fargate ends the task instead "
            "of the execution; leave memory for the server.",
        )
    lifetime = _lifetime(platform.executor_setting("LIMIT_LIFETIME_SECONDS"))
    told = _lifetime(platform.environment.get("DEEP_INSIGHT_EXECUTOR_LIFETIME_SECONDS", ""))
    if lifetime != told:
        findings.add(
            "executor-lifetime",
            name,
            f"an executor exits after {lifetime} s, the runtime is told {told} s; both must be "
            "told the same.",
        )


def _check_longest_execution(findings: Findings, platform: Platform) -> None:
    """The executor refuses an execution that is asked to take longer than it allows."""
    default = RuntimeSettings.model_fields["limit_execution_seconds"].default
    asked = float(platform.environment.get("DEEP_INSIGHT_LIMIT_EXECUTION_SECONDS") or default)
    allowed = platform.executor_setting("LIMIT_TIMEOUT_MAX_SECONDS")
    most = float(allowed or ExecutorSettings.model_fields["limit_timeout_max_seconds"].default)
    if asked > most:
        findings.add(
            "execution-refused",
            platform.task_definition.name,
            f"agents ask for {asked:g} s an execution, the executor allows {most:g} s, so every "
            "execution is refused; tell both the same.",
        )


def _lifetime(text: str) -> float | None:
    """Seconds; both contracts have the same default. ``None``: no number, told elsewhere."""
    try:
        return float(text or ExecutorSettings.model_fields["limit_lifetime_seconds"].default)
    except ValueError:
        return None
