from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import uuid
from pathlib import Path

from executor.processes import descendants
from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import Answer, RunningExecutor, eventually, is_alive


def exit_code(server: RunningExecutor) -> int:
    return server.process.wait(60)


def test_a_second_close_answers_the_same_manifest_and_no_work_is_taken(
    start_executor: StartExecutor,
) -> None:
    server = start_executor()
    server.run("open('artifacts/a.txt', 'w').write('content')", id="before")
    server.processes()
    first = server.request("POST", "/session/close")
    refused = server.submit("2")
    health = server.request("GET", "/health", authorized=False)
    second = server.request("POST", "/session/close")
    recorded = server.recorded("before")
    assert first.status == 200
    assert first.json == second.json
    [artifact] = first.json["artifacts"]
    assert artifact["path"] == "artifacts/a.txt"
    assert artifact["sha256"] == hashlib.sha256(b"content").hexdigest()
    assert (refused.status, refused.code) == (503, "closing")
    assert (health.status, health.json) == (503, {"status": "closing"})
    assert recorded["status"] == "ok"
    assert exit_code(server) == 0
    assert "the token of" not in json.dumps(server.log)


def test_sigterm_stops_the_running_code_and_ends_its_stream(start_executor: StartExecutor) -> None:
    server = start_executor()
    identity = uuid.uuid4().hex
    code = "open('artifacts/a', 'w').close()\nprint('runs', flush=True)\nwhile True: pass"
    stream = server.open_stream(code, id=identity)
    server.wait_for_output(identity, "runs")
    server.processes()
    server.process.send_signal(signal.SIGTERM)
    last = stream.read().splitlines()[-1]
    assert b'"status":"interrupted"' in last
    assert b'"artifacts/a"' in last
    assert exit_code(server) == 0
    assert server.log[-1]["event"] == "session closed"
    assert server.log[-1]["artifacts"] == 1


def test_close_ends_code_that_refuses_to_stop(start_executor: StartExecutor) -> None:
    server = start_executor()
    identity = uuid.uuid4().hex
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print('runs', flush=True)\nwhile True: pass"
    )
    stream = server.open_stream(code, id=identity)
    server.wait_for_output(identity, "runs")
    server.processes()
    assert server.request("POST", "/session/close").status == 200
    assert b'"finished"' in stream.read().splitlines()[-1]
    assert exit_code(server) == 0


def test_an_idle_session_ends_by_itself_but_not_while_code_waits_or_runs(
    start_executor: StartExecutor,
) -> None:
    server = start_executor(LIMIT_IDLE_SECONDS="0.7")
    assert server.run("import time; time.sleep(1.2); 'ran'").result == "'ran'"
    server.processes()
    while server.process.poll() is None:
        try:
            server.request("GET", "/health", authorized=False)
        except (OSError, http.client.HTTPException):
            break
    assert exit_code(server) == 0
    assert {"session closes", "session closed"} <= {line["event"] for line in server.log}
    assert next(line for line in server.log if "reason" in line)["reason"] == "idle"


def test_a_session_ends_when_its_lifetime_is_over(start_executor: StartExecutor) -> None:
    server = start_executor(LIMIT_LIFETIME_SECONDS="1")
    answers: list[Answer] = []
    while server.process.poll() is None:
        try:
            answers.append(server.request("GET", "/session"))
        except (OSError, http.client.HTTPException):
            break
    assert exit_code(server) == 0
    assert answers


def test_a_lost_worker_ends_the_server(start_executor: StartExecutor) -> None:
    server = start_executor()
    server.run("1")
    server.processes()
    worker = next(
        process.pid
        for process in descendants(server.process.pid)
        if b"executor.template" not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
    )
    os.kill(worker, signal.SIGKILL)
    assert exit_code(server) == 70


def test_a_killed_server_leaves_no_kernel(start_executor: StartExecutor) -> None:
    server = start_executor()
    server.run("1")
    assert len(server.processes()) == 3
    server.process.kill()
    server.process.wait()
    eventually(lambda: not any(map(is_alive, server.seen)), "worker, template and kernel are gone")
