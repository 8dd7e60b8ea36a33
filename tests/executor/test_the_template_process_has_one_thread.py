from __future__ import annotations

from pathlib import Path

from tests.executor.running_executor import RunningExecutor


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_a_kernel_is_forked_from_a_process_with_one_thread(executor: RunningExecutor) -> None:
    """Other threads would be lost in the fork, with whatever they held locked."""
    kernel = int(executor.run("import os; os.getpid()").result)
    template = int(status(kernel)["PPid"])
    assert status(template)["Threads"] == "1"
