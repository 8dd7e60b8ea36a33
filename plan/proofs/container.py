"""Part of proof 5: what a task definition's JSON text must say, which no schema looks into.

The way out of most findings is a key of the container definition. Source of the keys and their
defaults: "Task definition parameters for Fargate", Amazon ECS Developer Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.fargate import INCLUDED_STORAGE_GIB, MEMORY_BY_CPU, MOST_STORAGE_GIB
from plan.platform import LOG_GROUP, Platform
from plan.proofs.finding import Findings

# Longest on Fargate. Source: StopTask, Amazon ECS API reference.
_LONGEST_STOP = 120
_ROOT = (None, "", "0", "root", "0:0", "root:root")

Container = Mapping[str, Any]


def check_task(findings: Findings, platform: Platform) -> None:
    """The executor's task definition and its containers."""
    task = platform.task_definition
    _check_fargate(findings, platform)
    cpu, memory = int(task.inputs.get("cpu", 0)), int(task.inputs.get("memory", 0))
    for container in platform.containers:
        _check_rights(findings, task.name, container)
        _check_life(findings, task.name, container)
        _check_logs(findings, platform, container)
        if int(container.get("memory") or 0) > memory or int(container.get("cpu") or 0) > cpu:
            findings.add(
                "container-size", task.name, "the container asks for more than the task has."
            )


def _check_fargate(findings: Findings, platform: Platform) -> None:
    """What Fargate asks of a whole task."""
    given, name = platform.task_definition.inputs, platform.task_definition.name
    cpu, memory = int(given.get("cpu", 0)), int(given.get("memory", 0))
    if memory not in MEMORY_BY_CPU.get(cpu, ()):
        findings.add("fargate-size", name, f"Fargate has no {cpu} CPU units with {memory} MiB.")
    if given.get("networkMode") != "awsvpc":
        findings.add(
            "task-network",
            name,
            f"Fargate gives each task an address of its own; the network mode must be awsvpc, not "
            f"{given.get('networkMode', 'the default')}.",
        )
    if "FARGATE" not in (given.get("requiresCompatibilities") or []):
        findings.add(
            "task-fargate", name, "RunTask refuses it on Fargate; add FARGATE to what it requires."
        )
    storage = (given.get("ephemeralStorage") or {}).get("sizeInGib")
    if storage is not None and not INCLUDED_STORAGE_GIB < int(storage) <= MOST_STORAGE_GIB:
        findings.add(
            "task-storage",
            name,
            f"Fargate refuses {storage} GiB of ephemeral storage; set {INCLUDED_STORAGE_GIB + 1} "
            f"to {MOST_STORAGE_GIB}, or leave it out for {INCLUDED_STORAGE_GIB}.",
        )


def _check_rights(findings: Findings, name: str, container: Container) -> None:
    """User code runs here, so whatever it is not given, it cannot misuse."""
    who = f"container {container.get('name')}"
    if container.get("user") in _ROOT:
        findings.add("root-user", name, f"{who} runs as root; set user.")
    if container.get("readonlyRootFilesystem") is not True:
        findings.add(
            "root-writable", name, f"{who} can change its root; set readonlyRootFilesystem."
        )
    if container.get("privileged"):
        findings.add("privileged", name, f"{who} is privileged; Fargate refuses that.")
    capabilities = (container.get("linuxParameters") or {}).get("capabilities") or {}
    if "ALL" not in (capabilities.get("drop") or []) or capabilities.get("add"):
        findings.add(
            "capabilities",
            name,
            f"{who} keeps Linux capabilities that user code has no use for; drop ALL and add none.",
        )


def _check_life(findings: Findings, name: str, container: Container) -> None:
    """Start, health and end."""
    who = f"container {container.get('name')}"
    if not (container.get("linuxParameters") or {}).get("initProcessEnabled"):
        findings.add("no-init", name, f"{who} keeps dead processes; set initProcessEnabled.")
    if not container.get("healthCheck"):
        findings.add("no-health-check", name, f"{who} hangs unnoticed; set healthCheck.")
    if not container.get("portMappings"):
        findings.add("no-port", name, f"{who} cannot be reached; set portMappings.")
    if not 1 <= int(container.get("stopTimeout") or 0) <= _LONGEST_STOP:
        findings.add(
            "stop-timeout",
            name,
            f"{who} is killed while it hands over its artifacts (30 s unless told otherwise); set "
            f"a stopTimeout of at most {_LONGEST_STOP}.",
        )


def _check_logs(findings: Findings, platform: Platform, container: Container) -> None:
    name, logs = platform.task_definition.name, container.get("logConfiguration") or {}
    if logs.get("logDriver") != "awslogs":
        findings.add(
            "no-logs", name, f"container {container.get('name')} fails in silence; use awslogs."
        )
    options = logs.get("options") or {}
    groups = {item.text("name") for item in platform.recording.of_type(LOG_GROUP)}
    if options and options.get("awslogs-group") not in groups:
        findings.add(
            "log-group", name, f"{options.get('awslogs-group')} is no log group of the program."
        )
    if options and options.get("awslogs-region") != platform.recording.region:
        findings.add("log-region", name, f"logs go to {options.get('awslogs-region')}.")
