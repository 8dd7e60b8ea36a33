from __future__ import annotations

import uuid

from tests.executor.running_executor import Run, RunningExecutor, eventually, is_alive

SWALLOW = """
import time
while True:
    try:
        while True: time.sleep(0)
    except KeyboardInterrupt:
        print('swallowed', flush=True)
"""


def test_an_endless_loop_times_out_and_the_kernel_keeps_its_state(
    executor: RunningExecutor,
) -> None:
    executor.run("kept = 1")
    run = executor.run("print('begins')\nwhile True: pass", timeout_seconds=1)
    assert run.status == "timeout"
    assert run.stdout == "begins\n"
    assert run.error["name"] == "TimeLimitExceeded"
    assert "after 1 s" in run.error["message"]
    assert run.error["line"] == 2
    assert run.finished["kernel_restarted"] is False
    assert executor.run("kept").result == "1"


def test_a_sleep_times_out(executor: RunningExecutor) -> None:
    run = executor.run("import time\ntime.sleep(60)", timeout_seconds=0.1)
    assert (run.status, run.finished["kernel_restarted"]) == ("timeout", False)


def test_code_that_swallows_the_interrupt_is_killed_and_the_kernel_replaced(
    executor: RunningExecutor,
) -> None:
    executor.run("lost = 1")
    run = executor.run(SWALLOW, timeout_seconds=1)
    assert run.status == "timeout"
    assert run.stdout == "swallowed\n"
    assert "variables are lost" in run.error["message"]
    assert run.finished["kernel_restarted"] is True
    assert executor.run("lost").error["name"] == "NameError"


def test_bash_is_stopped_with_everything_it_started(executor: RunningExecutor) -> None:
    before = executor.processes()
    identity = uuid.uuid4().hex
    code = (
        "trap '' INT TERM\n(trap '' INT TERM; sleep 61) &\nsetsid sleep 62 &\n"
        "nohup sleep 63 >/dev/null 2>&1 &\necho all run\nsleep 64"
    )
    stream = executor.open_stream(code, language="bash", id=identity, timeout_seconds=1)
    executor.wait_for_output(identity, "all run")
    started = executor.processes() - before
    assert len(started) >= 4
    assert b'"timeout"' in stream.read().splitlines()[-1]
    stream.close()
    assert not any(map(is_alive, started))
    assert executor.run("1").finished["kernel_restarted"] is False


def test_bash_that_leaves_children_behind_ends_and_so_do_they(executor: RunningExecutor) -> None:
    code = "sleep 61 & setsid sleep 62 & (sleep 63 &) ; echo $! ; exit 0"
    run = executor.run(code, "bash", timeout_seconds=30)
    assert run.status == "ok"
    eventually(lambda: len(executor.processes()) == 3, "the children are gone")


def test_what_python_left_in_the_background_survives_a_bash_execution(
    executor: RunningExecutor,
) -> None:
    executor.run("import subprocess; background = subprocess.Popen(['sleep', '60'])")
    executor.run("sleep 61 & echo", "bash")
    assert executor.run("background.poll() is None").result == "True"
    executor.run("background.kill(); background.wait()")


def test_a_running_execution_can_be_interrupted(executor: RunningExecutor) -> None:
    identity = uuid.uuid4().hex
    stream = executor.open_stream("print('runs', flush=True)\nwhile True: pass", id=identity)
    executor.wait_for_output(identity, "runs")
    answer = executor.request("POST", f"/executions/{identity}/interrupt")
    assert (answer.status, answer.json["id"]) == (202, identity)
    assert b'"interrupted"' in stream.read().splitlines()[-1]
    stream.close()
    record = Run(executor.recorded(identity)["events"])
    assert record.error["name"] == "Interrupted"
    again = executor.request("POST", f"/executions/{identity}/interrupt")
    assert (again.status, again.json["status"]) == (202, "interrupted")


def test_a_waiting_execution_can_be_interrupted_and_never_runs(executor: RunningExecutor) -> None:
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    streams = [executor.open_stream("import time; time.sleep(60)", id=first)]
    eventually(lambda: executor.recorded(first)["status"] == "running", "the first runs")
    streams.append(executor.open_stream("print('ran')", id=second))
    eventually(lambda: executor.describe()["executions"]["queued"] == 1, "the second waits")
    executor.request("POST", f"/executions/{second}/interrupt")
    executor.request("POST", f"/executions/{first}/interrupt")
    for stream in streams:
        assert b'"interrupted"' in stream.read().splitlines()[-1]
        stream.close()
    record = executor.recorded(second)
    assert record["status"] == "interrupted"
    assert [event["type"] for event in record["events"]] == ["queued", "finished"]


def test_health_answers_while_code_runs(executor: RunningExecutor) -> None:
    identity = uuid.uuid4().hex
    stream = executor.open_stream("print('runs', flush=True)\nwhile True: pass", id=identity)
    executor.wait_for_output(identity, "runs")
    assert executor.request("GET", "/health", authorized=False).status == 200
    assert executor.describe()["kernel"]["state"] == "busy"
    executor.request("POST", f"/executions/{identity}/interrupt")
    stream.read()
    stream.close()


def test_heartbeats_fill_silence_and_are_not_recorded(executor: RunningExecutor) -> None:
    identity = uuid.uuid4().hex
    stream = executor.open_stream("import time; time.sleep(60)", id=identity)
    while b"heartbeat" not in stream.readline():
        pass
    executor.request("POST", f"/executions/{identity}/interrupt")
    stream.read()
    stream.close()
    kinds = {event["type"] for event in executor.recorded(identity)["events"]}
    assert "heartbeat" not in kinds
