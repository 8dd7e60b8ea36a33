"""Whole jobs as `make demo` runs them: what the machinery adds to the code, and peak memory."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.executor_process import ROOT, BenchError
from bench.figure import Figure, at_most
from bench.large_table import ROWS, write_large_table
from bench.process_memory import MIB, PeakMemory, tree_bytes

GROUP = "Jobs with the offline analyst"
SAMPLE = ROOT / "samples/orders.csv"
SAMPLE_PROMPT = "지역별 금액 합계와 월별 추이를 보여줘"
LARGE_PROMPT = "Show total amount by region and the monthly trend of amount"
RUNS = 3
JOB_SECONDS = 240
CODE_TOOLS = frozenset(
    {
        "inspect_data",
        "run_python",
        "run_bash",
        "verify_calculations",
        "read_results",
        "write_report",
        "audit_report",
    }
)
"""Tools whose time is spent in the executor (docs/contracts.md, 3.4)."""


@dataclass(frozen=True)
class Job:
    """One finished job; seconds, and bytes of all its processes together."""

    wall: float
    in_job: float
    in_code: float
    peak_bytes: int


def measure() -> list[Figure]:
    """Every figure of this group."""
    jobs = [_run(SAMPLE, SAMPLE_PROMPT, "ko") for _ in range(RUNS)]
    with tempfile.TemporaryDirectory(prefix="deep-insight-bench-") as folder:
        large = Path(folder) / "sales.csv"
        write_large_table(large)
        large_job = _run(large, LARGE_PROMPT, "en")
    added = statistics.median(job.wall - job.in_code for job in jobs)
    return [
        _seconds("demo job, from the command to its end", [job.wall for job in jobs]),
        _seconds("  of it between the job's first and last event", [job.in_job for job in jobs]),
        _seconds("  of it in tools that execute code", [job.in_code for job in jobs]),
        at_most(GROUP, "  what everything else adds", added, "s", 3.0),
        Figure(
            group=GROUP,
            name="demo job, peak memory of all processes",
            value=statistics.median(job.peak_bytes for job in jobs) / MIB,
            unit="MiB",
            note="client, runtime, executor, kernel",
        ),
        _seconds(f"job on {ROWS:,} rows, from the command to its end", [large_job.wall]),
        at_most(
            GROUP,
            f"job on {ROWS:,} rows, peak memory of all processes",
            large_job.peak_bytes / MIB,
            "MiB",
            2048.0,
            "completed",
        ),
    ]


def _seconds(name: str, values: list[float]) -> Figure:
    return Figure(group=GROUP, name=name, value=statistics.median(values), unit="s")


def _run(data: Path, prompt: str, language: str) -> Job:
    with tempfile.TemporaryDirectory(prefix="deep-insight-bench-") as folder:
        out = Path(folder) / "out"
        argv = [sys.executable, "-m", "client", "analyze", "--prompt", prompt]
        argv += ["--out", str(out), "--language", language, "--", str(data)]
        log = Path(folder) / "log"
        started = time.perf_counter()
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        try:
            with PeakMemory(lambda: tree_bytes(process.pid), interval=0.25) as memory:
                code = process.wait(timeout=JOB_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.terminate()
            process.wait()
            raise BenchError(f"The job on {data.name} took over {JOB_SECONDS} s.") from error
        wall = time.perf_counter() - started
        if code != 0:
            raise BenchError(f"The job on {data.name} ended with {code}: {log.read_text()[-500:]}")
        lines = (out / "events.ndjson").read_text().splitlines()
        events = [json.loads(line) for line in lines]
        return Job(
            wall, _seconds_between(events[0], events[-1]), _in_code(events), memory.peak_bytes
        )


def _in_code(events: list[dict[str, Any]]) -> float:
    """Seconds in the tools that execute code, without the wait for the executor to start."""
    ready = next(event for event in events if event.get("phase") == "executor_ready")
    started: dict[str, dict[str, Any]] = {}
    total = 0.0
    for event in events:
        if event["type"] == "tool_started" and event["tool"] in CODE_TOOLS:
            started[event["call_id"]] = event
        elif event["type"] == "tool_finished" and event["call_id"] in started:
            begin = max(started[event["call_id"]], ready, key=_moment)
            total += max(0.0, _seconds_between(begin, event))
    return total


def _moment(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


def _seconds_between(first: dict[str, Any], last: dict[str, Any]) -> float:
    return (_moment(last) - _moment(first)).total_seconds()
