"""Every bomb here is bounded by itself: at most 400 forks of children that end after seconds."""

from __future__ import annotations

from tests.executor.running_executor import RunningExecutor, eventually

LIMIT = 40

FORKS = """
import os, time
made = 0
for _ in range(400):
    try:
        pid = os.fork()
    except OSError as error:
        reason = error.errno
        break
    if pid == 0:
        time.sleep(5)
        os._exit(0)
    made += 1
print(made, reason)
"""

GRANDCHILDREN = """
import os, time
reader, writer = os.pipe()
for _ in range(20):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        os.setsid()
        for _ in range(20):
            try:
                if os.fork() == 0:
                    os.write(writer, b'x')
                    time.sleep(5)
                    os._exit(0)
            except OSError:
                break
        os.write(writer, b'x')
        time.sleep(5)
        os._exit(0)
os.close(writer)
time.sleep(0.2)
print(len(os.read(reader, 10_000)))
"""

THREADS = """
import threading, time
made = 0
try:
    for _ in range(400):
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
        made += 1
except RuntimeError as error:
    print(made, error)
"""


def test_forks_beyond_the_limit_fail_and_the_server_answers(executor: RunningExecutor) -> None:
    run = executor.run(FORKS)
    made, reason = map(int, run.stdout.split())
    assert 1 <= made <= LIMIT
    assert reason == 11
    assert len(executor.processes()) <= LIMIT + 3
    assert executor.request("GET", "/health", authorized=False).status == 200
    executor.run("import os; os._exit(0)")
    eventually(lambda: len(executor.processes()) == 3, "no process of the bomb is left")


def test_forks_of_forks_in_sessions_of_their_own_count_too(executor: RunningExecutor) -> None:
    run = executor.run(GRANDCHILDREN)
    assert 1 <= int(run.stdout) <= LIMIT
    executor.run("import os; os._exit(0)")
    eventually(lambda: len(executor.processes()) == 3, "no process of the bomb is left")


def test_bash_in_a_full_table_is_an_error_and_keeps_the_kernel(executor: RunningExecutor) -> None:
    executor.run(FORKS)
    run = executor.run("echo runs", "bash")
    assert run.status == "error"
    assert "bash cannot be started" in run.error["message"]
    assert executor.run("1 + 1").result == "2"


def test_a_bomb_of_bash_ends_with_its_execution(executor: RunningExecutor) -> None:
    code = "for i in $(seq 100); do sleep 5 & done 2>/dev/null; echo never"
    run = executor.run(code, "bash", timeout_seconds=0.5)
    assert run.status in ("timeout", "error")
    eventually(lambda: len(executor.processes()) == 3, "no process of the bomb is left")
    assert executor.run("echo runs", "bash").stdout == "runs\n"


def test_threads_count_as_processes(executor: RunningExecutor) -> None:
    run = executor.run(THREADS)
    made = int(run.stdout.split()[0])
    assert 1 <= made <= LIMIT
    assert "can't start new thread" in run.stdout


def test_the_limit_cannot_be_raised_from_inside(executor: RunningExecutor) -> None:
    code = "import resource as r; r.setrlimit(r.RLIMIT_NPROC, (r.RLIM_INFINITY,) * 2)"
    assert executor.run(code).status == "error"


def test_orphans_become_no_zombies(executor: RunningExecutor) -> None:
    executor.run("for i in 1 2 3 4 5; do (setsid true &) ; done", "bash")

    def zombies() -> list[str]:
        found = []
        with open(f"/proc/{executor.process.pid}/task/{executor.process.pid}/children") as file:
            for pid in file.read().split():
                try:
                    with open(f"/proc/{pid}/stat") as stat:
                        if stat.read().rpartition(")")[2].split()[0] == "Z":
                            found.append(pid)
                except OSError:
                    continue
        return found

    eventually(lambda: not zombies(), "orphans are reaped")
