"""How soon a session answers, how soon a dead kernel is replaced, and what an idle one weighs."""

import statistics
import time

from bench.executor_process import BenchError, ExecutorClient, ExecutorProcess
from bench.figure import Figure, at_most
from bench.process_memory import MIB, descendants, proportional_bytes, tree_bytes

GROUP = "Start and memory of the executor (medians)"
STARTS = 5
DEATHS_A_START = 4
USABLE = (
    "import pandas as pd, matplotlib.pyplot as plt\n"
    "plt.close(plt.figure())\n"
    "int(pd.DataFrame({'a': [20, 22]}).a.sum())"
)


def measure() -> list[Figure]:
    """Every figure of this group."""
    first, usable, replaced, memory = [], [], [], []
    for _ in range(STARTS):
        started = time.perf_counter()
        with ExecutorProcess() as executor:
            client = executor.client()
            client.run("6 * 7")
            first.append(time.perf_counter() - started)
            client.run(USABLE)
            usable.append(time.perf_counter() - started)
            memory.append(tree_bytes(executor.pid) / MIB)
            processes = [proportional_bytes(pid) / MIB for pid in descendants(executor.pid)]
            replaced += [_replacement(client) for _ in range(DEATHS_A_START)]
            client.close()
    parts = " + ".join(f"{size:.0f}" for size in processes)
    return [
        at_most(GROUP, "process start to first result", statistics.median(first), "s", 1.2),
        Figure(
            group=GROUP,
            name="process start to pandas and matplotlib used",
            value=statistics.median(usable),
            unit="s",
        ),
        at_most(
            GROUP,
            "kernel dies to pandas and matplotlib used in the next",
            statistics.median(replaced) * 1000,
            "ms",
            100.0,
        ),
        Figure(
            group=GROUP,
            name="memory of server, template and idle kernel",
            value=statistics.median(memory),
            unit="MiB",
            note=f"PSS: {parts}",
        ),
    ]


def _replacement(client: ExecutorClient) -> float:
    """Seconds from sending code that kills its kernel to the end of code in the next kernel."""
    started = time.perf_counter()
    status = client.execute("import os; os._exit(1)")[-1]["status"]
    client.run(USABLE)
    seconds = time.perf_counter() - started
    if status != "kernel_died":
        raise BenchError(f"A kernel that exits is reported as {status}.")
    return seconds
