"""A trivial stateful execution through HTTP, beside its floors and the field's usual server."""

import time
from collections.abc import Callable
from contextlib import ExitStack

from bench import kernel_gateway
from bench.executor_process import ExecutorProcess
from bench.figure import Figure, at_least, at_most, median_percentile
from bench.pipe_floor import PipeFloor

GROUP = "Round trip of `x += 1` (medians over interleaved rounds)"
ROUNDS = 5
START, CODE = "x = 0", "x += 1"
COUNTS = {"pipe": 1000, "null": 400, "executor": 400, "quickack": 100, "shipped": 30}
"""Executions of each design in a round; slower ones fewer, so that a round takes seconds."""

Rounds = dict[str, list[list[float]]]


def measure() -> list[Figure]:
    """Every figure of this group."""
    rounds: Rounds = {}
    with ExitStack() as stack:
        pipe = stack.enter_context(PipeFloor())
        null = stack.enter_context(ExecutorProcess("bench.null_executor")).client()
        executor = stack.enter_context(ExecutorProcess()).client()
        runs: dict[str, Callable[[str], object]] = {
            "pipe": pipe.run,
            "null": null.run,
            "executor": executor.run,
        }
        gateway = None
        if kernel_gateway.is_installed():
            gateway = stack.enter_context(kernel_gateway.KernelGateway())
            for kind in ("quickack", "shipped"):
                gateway.times(kind, 1, START)
        for run in runs.values():
            run(START)
            _times(run, 50)
        for _ in range(ROUNDS):
            for name, run in runs.items():
                rounds.setdefault(name, []).append(_times(run, COUNTS[name]))
            for kind in ("quickack", "shipped") if gateway else ():
                assert gateway is not None
                rounds.setdefault(kind, []).append(gateway.times(kind, COUNTS[kind], CODE))
    return _figures(rounds)


def _times(run: Callable[[str], object], count: int) -> list[float]:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        run(CODE)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _figures(rounds: Rounds) -> list[Figure]:
    p50 = median_percentile(rounds["executor"], 50)
    p99 = median_percentile(rounds["executor"], 99)
    figures = [
        at_most(GROUP, "executor, p50", p50, "ms", 2.0),
        Figure(group=GROUP, name="executor, p99", value=p99, unit="ms"),
        *_both("floor: the same server, a kernel that does nothing", rounds["null"]),
        *_both("floor: a pipe to a Python process, no capture", rounds["pipe"]),
    ]
    yardsticks = (
        ("shipped", "Jupyter Kernel Gateway as shipped", 20.0),
        ("quickack", "Jupyter Kernel Gateway, client with TCP_QUICKACK", 3.0),
    )
    for kind, name, ratio in yardsticks:
        if kind in rounds:
            other = median_percentile(rounds[kind], 50)
            figures += _both(name, rounds[kind])
            figures.append(at_least(GROUP, "  executor is faster by", other / p50, "times", ratio))
        else:
            note = "not installed: make bench-extras"
            figures.append(Figure(group=GROUP, name=name, value=None, unit="ms", note=note))
    return figures


def _both(name: str, rounds: list[list[float]]) -> list[Figure]:
    return [
        Figure(
            group=GROUP,
            name=f"{name}, p{percent}",
            value=median_percentile(rounds, percent),
            unit="ms",
        )
        for percent in (50, 99)
    ]
