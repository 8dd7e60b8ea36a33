from __future__ import annotations

import os
import signal
import uuid

import pytest

from tests.executor.running_executor import RunningExecutor, eventually


@pytest.mark.parametrize("code", ["import sys; sys.exit()", "import sys; sys.exit(3)", "exit()"])
def test_sys_exit_ends_the_cell_and_keeps_the_kernel(executor: RunningExecutor, code: str) -> None:
    executor.run("kept = 1")
    run = executor.run(code)
    assert run.status == "error"
    assert run.error["name"] == "SystemExit"
    assert run.finished["kernel_restarted"] is False
    assert executor.run("kept").result == "1"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os._exit(5)", "exited with code 5"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("import os; os.abort()", "killed by SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ],
)
def test_a_dead_kernel_is_said_and_replaced(
    executor: RunningExecutor, code: str, said: str
) -> None:
    before = executor.describe()["kernel"]["generation"]
    run = executor.run(f"print('printed before')\n{code}")
    assert run.status == "kernel_died"
    assert run.stdout == "printed before\n"
    assert run.error["name"] == "KernelDied"
    assert said in run.error["message"]
    assert run.finished["kernel_restarted"] is True
    after = executor.run("1 + 1")
    assert after.result == "2"
    assert after.one("started")["kernel_generation"] == before + 1


def test_a_kernel_killed_from_outside_while_it_runs_code(executor: RunningExecutor) -> None:
    pid, identity = executor.kernel_pid(), uuid.uuid4().hex
    stream = executor.open_stream(
        "import time; print('runs', flush=True); time.sleep(60)", id=identity
    )
    executor.wait_for_output(identity, "runs")
    os.kill(pid, signal.SIGKILL)
    assert b'"kernel_died"' in stream.read().splitlines()[-1]
    stream.close()


def test_a_kernel_killed_while_idle_is_replaced_and_the_loss_is_said(
    executor: RunningExecutor,
) -> None:
    generation, pid = executor.describe()["kernel"]["generation"], executor.kernel_pid()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: executor.describe()["kernel"]["generation"] > generation, "a new generation")
    assert executor.run("1").finished["kernel_restarted"] is True
    assert executor.run("1").finished["kernel_restarted"] is False


def test_a_killed_template_process_is_replaced(executor: RunningExecutor) -> None:
    template = int(executor.run("import os; os.getppid()").result)
    generation = executor.describe()["kernel"]["generation"]
    os.kill(template, signal.SIGKILL)
    eventually(lambda: executor.describe()["kernel"]["generation"] > generation, "a new generation")
    assert executor.run("import os; os.getppid()").result != str(template)


def test_what_code_writes_into_the_control_socket_ends_the_kernel_alone(
    executor: RunningExecutor,
) -> None:
    code = """
import os, stat
for number in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, b"\\xff" * 64)
    except OSError:
        pass
"""
    run = executor.run(code)
    assert run.status == "kernel_died"
    assert executor.run("2").result == "2"


def test_a_forked_child_that_returns_into_the_kernel_ends(executor: RunningExecutor) -> None:
    run = executor.run(
        "import os; pid = os.fork()\nif pid: os.waitpid(pid, 0)\nprint('x' if pid else 'y')"
    )
    assert run.status == "ok"
    assert sorted(run.stdout.split()) == ["x", "y"]
    assert executor.run("3").result == "3"
