"""AWS calls of one whole job, by operation, against what its design needs.

The bounds are written here and not taken from the product, so that polling cannot grow unnoticed.
"""

import logging
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.executor_process import BenchError
from bench.fargate_platform import running_platform
from bench.figure import Figure, at_most
from bench.job import SAMPLE, SAMPLE_PROMPT
from tests.agent_runtime.running_runtime import request
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins import Start
from tests.fargate.stand_ins.target_health import HealthCheck

GROUP = "AWS calls of one offline demo job (one input)"
TASK_START = Start(provisioning_seconds=2.0, pending_seconds=4.0)
HEALTH_SECONDS = 2.0
QUICK_LOOKS = 12
"""At a task: six fast ones before each of the two waits slows down."""
LOOK_SECONDS = {"direct": 1.0, "alb": 0.4}
"""Between the others at least, on average; a load balancer must be told soon after RUNNING."""
HEALTH_LOOK_SECONDS = 0.25
TASK_AND_TARGET = ("RunTask", "StopTask", "RegisterTargets", "DeregisterTargets")
RECORD_WRITES = 4
"""job.json with the request, with the task's ARN, with the end; events.ndjson."""
LISTINGS = 3
"""Of artifacts: before the executor is closed, after that, and for the last event."""


@dataclass(frozen=True)
class FinishedJob:
    """What one job did. `granted`: requests that the executor made with presigned grants."""

    calls: Counter[str]
    granted: Counter[str]
    artifacts: int
    versions: int
    start_seconds: float


def measure() -> list[Figure]:
    """Every figure of this group."""
    figures: list[Figure] = []
    logging.disable(logging.INFO)
    try:
        with running_platform(TASK_START, HealthCheck(interval_seconds=HEALTH_SECONDS)) as platform:
            for route in ("direct", "alb"):
                figures += _figures(route, _run_job(platform, route))
    finally:
        logging.disable(logging.NOTSET)
    return figures


def _run_job(platform: Platform, route: str) -> FinishedJob:
    """One job in the runtime's real server."""
    with (
        tempfile.TemporaryDirectory(prefix="deep-insight-bench-") as folder,
        platform.runtime(Path(folder), None, route) as runtime,
    ):
        session = runtime.session()
        uri = runtime.upload(session, SAMPLE.name, SAMPLE.read_bytes())
        platform.account.calls.clear()
        events = session.events(**request([uri], prompt=SAMPLE_PROMPT, language="ko"))
    if events[-1]["type"] != "completed":
        raise BenchError(f"The job on the route {route} ended with {events[-1]}.")
    calls = platform.account.calls.by("runtime")
    return FinishedJob(
        calls=Counter(call.operation for call in calls if not call.presigned),
        granted=Counter(call.operation for call in calls if call.presigned),
        artifacts=len(events[-1]["artifacts"]),
        versions=sum(event["type"] == "artifact" for event in events),
        start_seconds=_moment(events, "executor_ready") - _moment(events, "executor_starting"),
    )


def _moment(events: list[dict[str, Any]], phase: str) -> float:
    event = next(event for event in events if event.get("phase") == phase)
    return datetime.fromisoformat(event["time"]).timestamp()


def _figures(route: str, job: FinishedJob) -> list[Figure]:
    looks = QUICK_LOOKS + job.start_seconds / LOOK_SECONDS[route]
    health_looks = 4 + HEALTH_SECONDS / HEALTH_LOOK_SECONDS
    seconds = f"a start of {job.start_seconds:.1f} s"
    rows = [
        ("task and target", TASK_AND_TARGET, 2 if route == "direct" else 4, "each once"),
        ("looks at the task", ("DescribeTasks",), looks, f"until it is ready, {seconds}"),
        ("looks at its health", ("DescribeTargetHealth",), health_looks, "until it is healthy"),
        ("record of the job", ("PutObject",), RECORD_WRITES, "request, task, end, events"),
        ("lists of artifacts", ("ListObjectsV2",), LISTINGS, "before and after the close, at last"),
        ("looks at objects", ("HeadObject",), 1 + job.artifacts, "the input, each artifact"),
    ]
    figures = [
        at_most(GROUP, f"{route}: {name}", _sum(job.calls, operations), "", round(limit), note)
        for name, operations, limit, note in rows
        if route == "alb" or name != "looks at its health"
    ]
    named = [operation for _, operations, _, _ in rows for operation in operations]
    others = job.calls.total() - _sum(job.calls, named)
    transfers = 1 + job.versions
    return [
        *figures,
        at_most(GROUP, f"{route}: any others", others, "", 0),
        Figure(group=GROUP, name=f"{route}: all calls", value=job.calls.total(), unit=""),
        at_most(
            GROUP,
            f"{route}: the executor's own, by grants",
            job.granted.total(),
            "",
            transfers,
            f"the input, each of {job.versions} versions of {job.artifacts} artifacts",
        ),
    ]


def _sum(calls: Counter[str], operations: list[str] | tuple[str, ...]) -> int:
    return sum(calls[operation] for operation in operations)
