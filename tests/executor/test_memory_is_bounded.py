from __future__ import annotations

import os
import signal

from tests.executor.running_executor import RunningExecutor, eventually

CHILDREN = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        hog = b'x' * (200 * 2**20)
        time.sleep(50)
        os._exit(0)
time.sleep(55)
"""


def test_a_memory_hog_gets_a_memory_error_and_keeps_the_state(executor: RunningExecutor) -> None:
    executor.run("kept = 1")
    run = executor.run("hog = []\nwhile True:\n    hog.append(bytearray(50_000_000))")
    assert run.status == "error"
    assert run.error["name"] == "MemoryError"
    assert run.finished["kernel_restarted"] is False
    assert executor.run("del hog; kept").result == "1"


def test_a_numpy_hog_gets_a_memory_error(executor: RunningExecutor) -> None:
    run = executor.run("import numpy as np; np.ones(10**10)")
    assert "MemoryError" in run.error["name"]


def test_processes_that_take_too_much_together_are_stopped(executor: RunningExecutor) -> None:
    run = executor.run(CHILDREN)
    assert run.status == "kernel_died"
    assert run.error["name"] == "MemoryLimitExceeded"
    assert str(768 * 2**20) in run.error["message"]
    assert len(executor.processes()) == 3
    assert executor.run("1").result == "1"


def test_they_are_stopped_below_a_replaced_template_process_too(executor: RunningExecutor) -> None:
    template = int(executor.run("import os; os.getppid()").result)
    generation = executor.describe()["kernel"]["generation"]
    os.kill(template, signal.SIGKILL)
    eventually(lambda: executor.describe()["kernel"]["generation"] > generation, "a new generation")
    assert executor.run(CHILDREN).error["name"] == "MemoryLimitExceeded"
