from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.executor.running_executor import HEADERS, Answer, RunningExecutor, eventually
from tests.executor.storage_server import Behaviour, StorageServer

CONTENT = bytes(range(256)) * 8192
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    server = StorageServer()
    server.objects["/orders"] = CONTENT
    yield server
    server.close()


@pytest.fixture
def path() -> str:
    """A name that no other test has used."""
    return f"data/{uuid.uuid4().hex}.csv"


def fetch(executor: RunningExecutor, path: str, url: str, **fields: Any) -> Answer:
    body = {"path": path, "url": url, "size": len(CONTENT), "sha256": SHA256, **fields}
    return executor.request("POST", "/inputs", json.dumps(body))


def finished(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    event: dict[str, Any] = json.loads(answer.body.splitlines()[-1])
    assert event["type"] == "finished"
    assert "secret" not in answer.body.decode()
    return event


def listed(executor: RunningExecutor, prefix: str) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = executor.request("GET", f"/files?prefix={prefix}").json["files"]
    return files


def test_a_granted_file_arrives_and_is_not_downloaded_twice(
    executor: RunningExecutor, storage: StorageServer, path: str
) -> None:
    event = finished(fetch(executor, path, storage.url("/orders")))
    assert event == {
        "type": "finished",
        "status": "ok",
        "path": path,
        "size": len(CONTENT),
        "sha256": SHA256,
    }
    assert executor.request("GET", f"/files/{path}").body == CONTENT
    assert finished(fetch(executor, path, storage.url("/gone")))["status"] == "ok"
    assert storage.requests == 1
    assert "secret" not in json.dumps(executor.log)


def test_a_file_without_a_known_checksum_is_told_its_own(
    executor: RunningExecutor, storage: StorageServer, path: str
) -> None:
    assert finished(fetch(executor, path, storage.url("/orders"), sha256=None))["sha256"] == SHA256


def test_artifacts_are_restored_the_same_way_and_empty_files_too(
    executor: RunningExecutor, storage: StorageServer
) -> None:
    storage.objects["/empty"] = b""
    answer = fetch(
        executor,
        "artifacts/charts/empty.svg",
        storage.url("/empty"),
        size=0,
        sha256=hashlib.sha256(b"").hexdigest(),
    )
    assert finished(answer)["status"] == "ok"
    assert [file["size"] for file in listed(executor, "artifacts/charts/empty.svg")] == [0]
    executor.request("DELETE", "/files/artifacts/charts/empty.svg")


def test_a_broken_download_is_resumed_where_it_broke(
    executor: RunningExecutor, storage: StorageServer, path: str
) -> None:
    storage.behave(
        Behaviour(after_bytes=1_000_000),
        Behaviour(status=503),
        Behaviour(after_bytes=500_000),
        Behaviour(after_bytes=300_000, reset=True),
    )
    assert finished(fetch(executor, path, storage.url("/orders")))["status"] == "ok"
    starts = [int(r.removeprefix("bytes=").rstrip("-")) for r in storage.ranges if r]
    assert storage.ranges[0] is None
    assert starts[:3] == [1_000_000, 1_000_000, 1_500_000]
    assert 1_500_000 <= starts[3] <= 1_800_000
    assert executor.request("GET", f"/files/{path}").body == CONTENT


def test_a_file_that_is_replaced_between_two_parts_is_refused(
    executor: RunningExecutor, storage: StorageServer, path: str
) -> None:
    gate = threading.Event()
    storage.behave(Behaviour(after_bytes=1_000_000), Behaviour(wait=gate))
    answers: list[Answer] = []
    call = threading.Thread(
        target=lambda: answers.append(fetch(executor, path, storage.url("/orders"), sha256=None))
    )
    call.start()
    eventually(lambda: storage.requests == 2, "the second request")
    storage.objects["/orders"] = CONTENT[::-1]
    gate.set()
    call.join()
    assert finished(answers[0])["code"] == "changed"


@pytest.mark.parametrize(
    ("behaviour", "fields", "code"),
    [
        (Behaviour(status=404), {}, "missing"),
        (Behaviour(status=403, body=b"<Code>AccessDenied</Code>"), {}, "expired"),
        (Behaviour(status=400, body=b"<Code>ExpiredToken</Code>"), {}, "expired"),
        (Behaviour(status=302, headers={"Location": "http://169.254.169.254/"}), {}, "unreachable"),
        (Behaviour(), {"size": len(CONTENT) - 1}, "changed"),
        (Behaviour(), {"sha256": "0" * 64}, "changed"),
        (Behaviour(), {"size": 2**40}, "too_large"),
    ],
)
def test_what_cannot_be_fetched_is_said_in_a_code_and_nothing_is_left_behind(
    executor: RunningExecutor,
    storage: StorageServer,
    path: str,
    behaviour: Behaviour,
    fields: dict[str, Any],
    code: str,
) -> None:
    storage.behave(behaviour)
    executor.request("PUT", f"/files/{path}", b"older")
    event = finished(fetch(executor, path, storage.url("/orders"), **fields))
    assert (event["status"], event["code"]) == ("error", code)
    assert event["message"]
    assert "\n" not in event["message"]
    assert executor.request("GET", f"/files/{path}").body == b"older"
    assert [name.name for name in (executor.workspace / "data").glob(".partial-*")] == []


def test_a_storage_that_stays_away_is_unreachable_after_some_attempts(
    executor: RunningExecutor, storage: StorageServer, path: str
) -> None:
    storage.forever = Behaviour(status=503)
    event = finished(fetch(executor, path, storage.url("/orders")))
    assert event["code"] == "unreachable"
    assert 3 <= storage.requests <= 10


def test_a_silent_storage_is_waited_for_with_progress(
    executor: RunningExecutor, storage: StorageServer, path: str
) -> None:
    gate = threading.Event()
    storage.behave(Behaviour(wait=gate))
    connection = executor.connect()
    body = {"path": path, "url": storage.url("/orders"), "size": len(CONTENT), "sha256": SHA256}
    connection.request("POST", "/inputs", json.dumps(body), HEADERS)
    response = connection.getresponse()
    assert json.loads(response.readline()) == {"type": "progress", "bytes": 0}
    assert json.loads(response.readline()) == {"type": "progress", "bytes": 0}
    gate.set()
    assert json.loads(response.read().splitlines()[-1])["status"] == "ok"
    connection.close()


def test_a_second_request_joins_the_download_and_other_content_is_refused(
    executor: RunningExecutor, storage: StorageServer, path: str
) -> None:
    gate = threading.Event()
    storage.behave(Behaviour(wait=gate))
    answers: list[Answer] = []
    calls = [
        threading.Thread(
            target=lambda: answers.append(fetch(executor, path, storage.url("/orders")))
        )
        for _ in range(2)
    ]
    for call in calls:
        call.start()
    eventually(lambda: storage.requests == 1, "the download began")
    other = fetch(executor, path, storage.url("/orders"), sha256="1" * 64)
    assert (other.status, other.code) == (409, "input_busy")
    gate.set()
    for call in calls:
        call.join()
    assert [finished(answer)["status"] for answer in answers] == ["ok", "ok"]
    assert storage.requests == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"path": "elsewhere/x"}, "bad_path"),
        ({"path": "data"}, "bad_path"),
        ({"path": "data/../x"}, "bad_path"),
        ({"path": "/data/x"}, "bad_path"),
        ({"path": 3}, "bad_path"),
        ({"url": "http://storage.example.com/x"}, "bad_url"),
        ({"url": "file:///etc/passwd"}, "bad_url"),
        ({"url": "https://169.254.169.254/latest"}, "bad_url"),
        ({"url": "https://[fd00:ec2::254]/latest"}, "bad_url"),
        ({"url": "https://[::ffff:169.254.170.2]/v2"}, "bad_url"),
        ({"url": "https://0.0.0.0/"}, "bad_url"),
        ({"url": "https://user:secret@storage.example.com/x"}, "bad_url"),
        ({"url": "https://storage.example.com/x\r\nHost: y"}, "bad_url"),
        ({"url": "https:///x"}, "bad_url"),
        ({"url": "https://storage.example.com:99999/x"}, "bad_url"),
        ({"size": -1}, "bad_size"),
        ({"size": True}, "bad_size"),
        ({"sha256": "abc"}, "bad_sha256"),
        ({"more": 1}, "unknown_field"),
    ],
)
def test_a_bad_request_is_refused_before_anything_is_fetched(
    executor: RunningExecutor, fields: dict[str, Any], code: str
) -> None:
    body = {"path": "data/x", "url": "https://storage.example.com/x", "size": 1, "sha256": None}
    answer = executor.request("POST", "/inputs", json.dumps({**body, **fields}))
    assert (answer.status, answer.code) == (400, code)
