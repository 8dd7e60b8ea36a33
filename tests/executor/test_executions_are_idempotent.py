from __future__ import annotations

import json
import threading
import uuid
from pathlib import Path

import pytest

from tests.executor.running_executor import Answer, Run, RunningExecutor, eventually

APPEND = "with open('data/runs-{id}', 'a') as file: file.write('ran ')\nprint('done')"


def runs_of(executor: RunningExecutor, identity: str) -> list[str]:
    return Path(executor.workspace / "data" / f"runs-{identity}").read_text().split()


def test_the_same_id_replays_the_first_run(executor: RunningExecutor) -> None:
    identity = uuid.uuid4().hex
    code = APPEND.format(id=identity)
    first = executor.submit(code, id=identity)
    second = executor.submit(code, id=identity)
    assert first.body == second.body
    assert runs_of(executor, identity) == ["ran"]


def test_the_same_id_at_once_runs_once_and_everyone_sees_it_all(executor: RunningExecutor) -> None:
    identity = uuid.uuid4().hex
    code = f"import time; time.sleep(0.2)\n{APPEND.format(id=identity)}"
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(executor.submit(code, id=identity)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 6
    events = [
        [json.loads(line) for line in answer.body.splitlines() if b'"heartbeat"' not in line]
        for answer in answers
    ]
    assert all(seen == events[0] for seen in events)
    assert runs_of(executor, identity) == ["ran"]


def test_a_dropped_stream_loses_nothing_and_can_be_attached_to(executor: RunningExecutor) -> None:
    identity = uuid.uuid4().hex
    code = f"import time\nprint('runs', flush=True)\ntime.sleep(0.3)\n{APPEND.format(id=identity)}"
    stream = executor.open_stream(code, id=identity)
    executor.wait_for_output(identity, "runs")
    stream.close()
    attached = executor.run(code, id=identity)
    assert attached.stdout == "runs\ndone\n"
    assert attached.status == "ok"
    assert runs_of(executor, identity) == ["ran"]
    recorded = executor.recorded(identity)
    live_only = [event for event in attached.events if event["type"] != "heartbeat"]
    assert recorded == {
        "id": identity,
        "language": "python",
        "kernel": "session",
        "status": "ok",
        "events": live_only,
    }


def test_a_client_that_goes_away_does_not_stop_the_execution(executor: RunningExecutor) -> None:
    identity = uuid.uuid4().hex
    connection = executor.connect()
    code = f"for i in range(2000): print('x' * 200)\n{APPEND.format(id=identity)}"
    body = json.dumps({"id": identity, "language": "python", "code": code})
    head = (
        f"POST /executions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        "X-Session-Id: session-under-test\r\n"
        "Authorization: Bearer the token of the session under test\r\n\r\n"
    )
    connection.connect()
    assert connection.sock is not None
    connection.sock.sendall(head.encode() + body.encode())
    connection.sock.recv(64)
    connection.close()
    eventually(lambda: executor.recorded(identity)["status"] == "ok", "it has ended by itself")
    assert runs_of(executor, identity) == ["ran"]


@pytest.mark.parametrize(
    "other", [{"code": "2"}, {"language": "bash"}], ids=["other code", "other language"]
)
def test_the_same_id_for_something_else_is_a_conflict(
    executor: RunningExecutor, other: dict[str, str]
) -> None:
    identity = uuid.uuid4().hex
    executor.run("1", id=identity)
    answer = executor.submit(**{"code": "1", "id": identity, **other})
    assert (answer.status, answer.code) == (409, "id_conflict")
    assert Run(executor.recorded(identity)["events"]).result == "1"


def test_executions_run_one_after_another_in_order(executor: RunningExecutor) -> None:
    identities = [uuid.uuid4().hex for _ in range(3)]
    streams = []
    for number, identity in enumerate(identities):
        wait = "import time; order = []; time.sleep(0.5)\n" if number == 0 else ""
        streams.append(executor.open_stream(f"{wait}order.append({number}); order", id=identity))
        eventually(lambda: executor.recorded(identity)["events"], "it is queued")  # noqa: B023
    runs = [Run([json.loads(line) for line in stream.read().splitlines()]) for stream in streams]
    for stream in streams:
        stream.close()
    assert [run.result for run in runs] == ["[0]", "[0, 1]", "[0, 1, 2]"]
    assert [run.one("queued")["position"] for run in runs] == [0, 1, 2]


def test_a_full_queue_is_said_and_takes_work_again_later(executor: RunningExecutor) -> None:
    first = uuid.uuid4().hex
    streams = [executor.open_stream("import time; time.sleep(60)", id=first)]
    eventually(lambda: executor.recorded(first)["status"] == "running", "the first runs")
    streams += [executor.open_stream(f"{number}") for number in range(3)]
    answer = executor.submit("4")
    assert (answer.status, answer.code) == (429, "queue_full")
    executor.request("POST", f"/executions/{first}/interrupt")
    for stream in streams:
        assert b'"finished"' in stream.read()
        stream.close()
    assert executor.run("5").result == "5"


def test_an_unknown_execution_is_not_found(executor: RunningExecutor) -> None:
    for method, path in (("GET", "/executions/none"), ("POST", "/executions/none/interrupt")):
        answer = executor.request(method, path)
        assert (answer.status, answer.code) == (404, "unknown_execution")
