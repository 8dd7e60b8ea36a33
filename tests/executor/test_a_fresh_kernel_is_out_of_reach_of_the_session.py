from __future__ import annotations

import json
from typing import Any

from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import Run, RunningExecutor


def fresh(executor: RunningExecutor, code: str, language: str = "python", **fields: Any) -> Run:
    return executor.run(code, language, kernel="fresh", **fields)


def test_variables_are_neither_seen_nor_left_and_the_session_goes_on(
    executor: RunningExecutor,
) -> None:
    executor.run("kept = 41")
    generation = executor.describe()["kernel"]["generation"]
    assert fresh(executor, "kept").error["name"] == "NameError"
    fresh(executor, "kept = 'changed'; import os; os._exit(0)")
    assert executor.run("kept + 1").result == "42"
    assert executor.describe()["kernel"]["generation"] == generation


def test_what_the_session_replaced_in_modules_does_not_reach_it(executor: RunningExecutor) -> None:
    executor.run(
        "from executor import toolkit\nimport pandas, json\n"
        "toolkit.verify = lambda: 'all verified'\npandas.read_csv = json.dumps = None"
    )
    run = fresh(
        executor,
        "from executor import toolkit\nimport pandas, json\n"
        "callable(toolkit.verify) and toolkit.verify.__module__, "
        "pandas.read_csv is None, json.dumps is None",
    )
    assert run.result == "('executor.toolkit.verification', False, False)"
    executor.run("import os; os._exit(0)")


def test_modules_of_the_workspace_are_not_imported(executor: RunningExecutor) -> None:
    executor.run("open('duckdb.py', 'w').write('raise SystemExit')\nopen('mine.py', 'w').close()")
    assert executor.run("import mine").status == "ok"
    assert fresh(executor, "import mine").error["name"] == "ModuleNotFoundError"
    assert fresh(executor, "import duckdb; callable(duckdb.connect)").result == "True"
    executor.run("rm -r duckdb.py mine.py __pycache__", "bash")


def test_processes_that_the_session_left_are_stopped_meanwhile_and_then_go_on(
    executor: RunningExecutor,
) -> None:
    executor.run(
        "import subprocess\n"
        "meddler = subprocess.Popen(['sh', '-c', "
        "'while :; do date +%s%N > data/meddled; done'])\n"
        "import os, time\nwhile not os.path.exists('data/meddled'): time.sleep(0.01)"
    )
    watch = (
        "import os, time\n"
        "def state(): return os.stat('data/meddled').st_mtime_ns\n"
        "first = state(); time.sleep(0.3); state() == first"
    )
    assert fresh(executor, watch).result == "True"
    moves = (
        "first = os.stat('data/meddled').st_mtime_ns\n"
        "while os.stat('data/meddled').st_mtime_ns == first: time.sleep(0.01)\n"
        "meddler.poll() is None, meddler.kill(), meddler.wait()"
    )
    assert executor.run(moves).result == "(True, None, -9)"


def test_the_fresh_kernel_is_confined_and_cannot_be_inspected(executor: RunningExecutor) -> None:
    run = fresh(executor, "import socket; socket.socket()")
    assert run.error["name"] == "PermissionError"
    run = fresh(executor, "import os; os.kill(os.getppid(), 0)")
    assert run.error["name"] == "PermissionError"
    run = fresh(executor, "import ctypes; ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)")
    assert run.result == "0"


def test_files_it_changes_are_reported_and_what_it_started_ends_with_it(
    executor: RunningExecutor,
) -> None:
    run = fresh(
        executor,
        "import subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "open('artifacts/made', 'w').close(); print('printed')",
    )
    assert [change["path"] for change in run.finished["files_changed"]] == ["artifacts/made"]
    assert run.stdout == "printed\n"
    assert (run.status, run.finished["kernel_restarted"]) == ("ok", False)
    assert fresh(executor, "rm artifacts/made; sleep 1000 &", "bash").status == "ok"


def test_a_fresh_kernel_that_dies_or_hangs_takes_nothing_with_it(executor: RunningExecutor) -> None:
    executor.run("kept = 1")
    died = fresh(executor, "import os; os._exit(3)")
    assert (died.status, died.finished["kernel_restarted"]) == ("kernel_died", False)
    assert died.error["message"] == "the kernel exited with code 3"
    late = fresh(executor, "while True: pass", timeout_seconds=0.3)
    assert (late.status, late.error["name"]) == ("timeout", "TimeLimitExceeded")
    assert executor.run("kept").result == "1"


def test_an_id_stands_for_one_kernel_too(executor: RunningExecutor) -> None:
    fresh(executor, "1", id="fresh-once")
    assert executor.submit("1", id="fresh-once").code == "id_conflict"
    assert executor.submit("1", id="fresh-once", kernel="fresh").status == 200
    assert executor.recorded("fresh-once")["kernel"] == "fresh"
    answer = executor.submit("1", kernel="new")
    assert (answer.status, answer.code) == (400, "bad_kernel")


def test_the_first_execution_of_a_session_may_be_fresh(start_executor: StartExecutor) -> None:
    server = start_executor()
    run = fresh(server, "1 + 1")
    assert run.result == "2"
    assert run.one("started")["kernel_generation"] == 0
    assert "executor-fresh" not in json.dumps(server.log)
