"""Part of proof 5: what a task definition's JSON text must say, which no schema looks into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.fargate import MEMORY_BY_CPU
from plan.platform import LOG_GROUP, Platform
from plan.proofs.finding import Findings

# Longest on Fargate. Source: StopTask, Amazon ECS API reference.
_LONGEST_STOP = 120


def check_task(findings: Findings, platform: Platform) -> None:
    """The executor's task definition and its containers."""
    task = platform.task_definition
    cpu, memory = int(task.inputs.get("cpu", 0)), int(task.inputs.get("memory", 0))
    if memory not in MEMORY_BY_CPU.get(cpu, ()):
        findings.add(
            "fargate-size", task.name, f"Fargate has no {cpu} CPU units with {memory} MiB."
        )
    declared = {str(item.get("name")) for item in task.inputs.get("volumes") or []}
    for container in platform.containers:
        _check_container(findings, platform, container, declared)
        if int(container.get("memory") or 0) > memory or int(container.get("cpu") or 0) > cpu:
            findings.add(
                "container-size", task.name, "the container asks for more than the task has."
            )


def _check_container(
    findings: Findings, platform: Platform, container: Mapping[str, Any], volumes: set[str]
) -> None:
    name = platform.task_definition.name
    rules = {
        "root-user": container.get("user") in (None, "", "0", "root", "0:0", "root:root"),
        "root-writable": container.get("readonlyRootFilesystem") is not True,
        "privileged": bool(container.get("privileged")),
        "no-init": not (container.get("linuxParameters") or {}).get("initProcessEnabled"),
        "no-health-check": not container.get("healthCheck"),
        "no-logs": (container.get("logConfiguration") or {}).get("logDriver") != "awslogs",
        "no-port": not container.get("portMappings"),
        "stop-timeout": not 1 <= int(container.get("stopTimeout") or 30) <= _LONGEST_STOP,
    }
    for rule, broken in rules.items():
        if broken:
            findings.add(
                rule, name, f"container {container.get('name')}: {rule.replace('-', ' ')}."
            )
    for mount in container.get("mountPoints") or []:
        if mount.get("sourceVolume") not in volumes:
            findings.add("volume", name, f"the volume {mount.get('sourceVolume')} is not declared.")
    options = (container.get("logConfiguration") or {}).get("options") or {}
    groups = {item.text("name") for item in platform.recording.of_type(LOG_GROUP)}
    if options and options.get("awslogs-group") not in groups:
        findings.add(
            "log-group", name, f"{options.get('awslogs-group')} is no log group of the program."
        )
    if options and options.get("awslogs-region") != platform.recording.region:
        findings.add("log-region", name, f"logs go to {options.get('awslogs-region')}.")
