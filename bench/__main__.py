"""`python -m bench [GROUP...]`: measures, prints a table and writes `out/bench.json`."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    fargate_calls,
    fargate_claim,
    fargate_cookie,
    fargate_sessions,
    fargate_start,
    fargate_transfer,
    files,
    job,
    round_trip,
    start_up,
)
from bench.executor_process import BenchError
from bench.figure import Figure, table, write_json
from bench.machine import describe_machine, load_figure, machine_line

MEASUREMENTS: dict[str, Callable[[], list[Figure]]] = {
    "start_up": start_up.measure,
    "round_trip": round_trip.measure,
    "files": files.measure,
    "job": job.measure,
    "fargate_start": fargate_start.measure,
    "fargate_claim": fargate_claim.measure,
    "fargate_cookie": fargate_cookie.measure,
    "fargate_calls": fargate_calls.measure,
    "fargate_transfer": fargate_transfer.measure,
    "fargate_sessions": fargate_sessions.measure,
}
OUT = Path("out/bench.json")


def main(names: list[str]) -> int:
    """The command: 0 when all was measured, 1 when something could not be, 2 for a wrong name."""
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"There is no group {unknown[0]!r}; choose from {', '.join(MEASUREMENTS)}.")
        return 2
    machine = describe_machine()
    print(machine_line(machine), flush=True)
    figures: list[Figure] = []
    failures = []
    for name in names or MEASUREMENTS:
        started = time.monotonic()
        print(f"measuring {name} ...", end=" ", flush=True)
        try:
            figures += MEASUREMENTS[name]()
        except Exception as error:  # noqa: BLE001 - one group must not cost the others' figures
            reason = str(error) if isinstance(error, BenchError) else repr(error)
            failures.append(f"{name} could not be measured: {reason}")
        print(f"{time.monotonic() - started:.0f} s", flush=True)
    figures.append(load_figure())
    print(f"\n{table(figures)}\n")
    write_json(OUT, machine, figures)
    missed = sum(figure.met is False for figure in figures)
    met = sum(figure.met is True for figure in figures)
    print(f"{met} targets met, {missed} not met; all figures: {OUT}")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
