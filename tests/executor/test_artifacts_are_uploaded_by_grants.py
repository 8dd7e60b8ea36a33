from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import Answer, RunningExecutor, eventually
from tests.executor.storage_server import Behaviour, StorageServer

PREFIX = "stack/session-1/artifacts/"
EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Policy expired.</Message></Error>"


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    server = StorageServer()
    yield server
    server.close()


def grant(server: RunningExecutor, storage: StorageServer, **changes: Any) -> Answer:
    body = {
        "url": storage.url("/bucket"),
        "fields": {"policy": "the policy", "x-amz-signature": "secret signature", "key": "other"},
        "key_prefix": PREFIX,
        "expires_in_seconds": 600,
        **changes,
    }
    return server.request("PUT", "/session/uploads", json.dumps(body))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def uploads(server: RunningExecutor) -> dict[str, Any]:
    answer: dict[str, Any] = server.describe()["uploads"]
    return answer


def test_changed_artifacts_are_uploaded_before_the_end_with_their_checksum(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    server = start_executor()
    server.run("open('artifacts/before', 'w').write('made before the grant')")
    assert grant(server, storage).status == 200
    server.run(
        "import os\nos.makedirs('artifacts/charts')\nopen('data/x', 'w').close()\n"
        "open('artifacts/charts/매출 ${filename}.svg', 'w').write('<svg/>')\n"
        "open('artifacts/empty', 'w').close()"
    )
    expected = {
        f"{PREFIX}before": sha256("made before the grant"),
        f"{PREFIX}charts/매출 ${{filename}}.svg": sha256("<svg/>"),
        f"{PREFIX}empty": sha256(""),
    }
    eventually(lambda: storage.stored() == expected, "everything is uploaded")
    by_key = {upload.fields["key"]: upload.fields for upload in storage.uploads}
    assert by_key[f"{PREFIX}before"]["x-amz-meta-sha256"] == expected[f"{PREFIX}before"]
    assert by_key[f"{PREFIX}before"]["policy"] == "the policy"
    assert by_key[f"{PREFIX}charts/매출 ${{filename}}.svg"]["Content-Type"] == "image/svg+xml"
    state = eventually(lambda: (u := uploads(server))["pending"] == 0 and u, "nothing waits")
    assert (state["uploaded"], state["failed"], state["last_error"]) == (3, 0, None)
    assert (state["waiting"], state["refused"]) == ([], [])
    assert state["bytes"] == len("made before the grant") + len("<svg/>")
    assert 0 < state["grant_expires_in_seconds"] <= 600
    answer = server.request("POST", "/session/close").json
    assert "not_stored" not in answer
    assert server.process.wait(60) == 0
    assert "secret" not in json.dumps(server.log)


def test_the_newest_version_wins_and_deletions_are_not_passed_on(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    gate = threading.Event()
    storage.behave(Behaviour(wait=gate))
    server = start_executor()
    grant(server, storage)
    server.run("open('artifacts/a', 'w').write('first')")
    eventually(lambda: storage.requests == 1, "the first upload began")
    assert uploads(server)["waiting"] == ["artifacts/a"]
    server.run("open('artifacts/a', 'w').write('second')")
    server.run("open('artifacts/a', 'w').write('third'); open('artifacts/b', 'w').write('b')")
    eventually(lambda: f"{PREFIX}b" in storage.stored(), "another file is not held up")
    gate.set()
    eventually(lambda: uploads(server)["pending"] == 0, "nothing waits")
    server.run("import os; os.remove('artifacts/a')")
    manifest = server.request("POST", "/session/close").json["artifacts"]
    assert [entry["path"] for entry in manifest] == ["artifacts/b"]
    assert storage.stored() == {f"{PREFIX}a": sha256("third"), f"{PREFIX}b": sha256("b")}
    versions = [u.sha256 for u in storage.uploads if u.fields["key"] == f"{PREFIX}a"]
    assert versions[-1] == sha256("third")


def test_content_that_the_storage_has_already_is_not_sent_again(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    server = start_executor()
    grant(server, storage)
    for text in ("same", "same", "other", "same"):
        server.run(f"open('artifacts/a', 'w').write({text!r})")
        eventually(lambda: uploads(server)["pending"] == 0, "nothing waits")
    assert [u.sha256 for u in storage.uploads] == [sha256(t) for t in ("same", "other", "same")]


def test_a_storage_that_fails_for_a_while_gets_everything_in_the_end(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    storage.behave(
        Behaviour(status=503, body=b"<Code>SlowDown</Code>"),
        Behaviour(after_bytes=100_000, reset=True),
        Behaviour(after_bytes=0),
    )
    server = start_executor()
    grant(server, storage)
    server.run("open('artifacts/big', 'w').write('x' * 3_000_000)")
    eventually(lambda: uploads(server)["uploaded"] == 1, "uploaded")
    assert storage.stored() == {f"{PREFIX}big": sha256("x" * 3_000_000)}
    assert uploads(server)["last_error"]


def test_an_expired_grant_is_waited_out_and_a_new_one_carries_everything(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    server = start_executor()
    grant(server, storage, expires_in_seconds=0.05)
    eventually(lambda: uploads(server)["grant_expires_in_seconds"] == 0, "it has expired")
    server.run("open('artifacts/a', 'w').write('a')")
    storage.behave(Behaviour(status=403, body=EXPIRED))
    grant(server, storage)
    eventually(
        lambda: uploads(server)["grant_expires_in_seconds"] is None, "the storage's word counts"
    )
    assert uploads(server)["pending"] == 1
    assert storage.stored() == {}
    grant(server, storage)
    eventually(lambda: storage.stored() == {f"{PREFIX}a": sha256("a")}, "uploaded")
    assert uploads(server)["failed"] == 0


def test_a_refused_upload_is_told_and_tried_again_with_the_next_grant(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    storage.behave(Behaviour(status=400, body=b"<Code>EntityTooLarge</Code>"))
    server = start_executor()
    grant(server, storage)
    server.run("open('artifacts/a', 'w').write('a')")
    eventually(lambda: uploads(server)["failed"] == 1, "it counts as failed")
    assert "larger than the grant" in uploads(server)["last_error"]
    assert uploads(server)["refused"] == ["artifacts/a"]
    grant(server, storage)
    eventually(lambda: storage.stored() == {f"{PREFIX}a": sha256("a")}, "uploaded")
    assert uploads(server)["failed"] == 0


def test_close_uploads_what_is_left_and_says_what_could_not_be(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    server = start_executor()
    grant(server, storage)
    storage.forever = Behaviour(status=400, body=b"<Code>EntityTooLarge</Code>")
    server.run("open('artifacts/refused', 'w').write('r')")
    eventually(lambda: uploads(server)["failed"] == 1, "it counts as failed")
    answer = server.request("POST", "/session/close").json
    assert answer["not_stored"] == ["artifacts/refused"]


def test_a_file_that_running_code_is_writing_again_is_not_uploaded_half_written(
    start_executor: StartExecutor, storage: StorageServer
) -> None:
    server = start_executor()
    server.run("open('artifacts/a', 'w').write('whole')")
    code = (
        "f = open('artifacts/a', 'w'); f.write('half'); f.flush(); print('half', flush=True)\n"
        "import os, time\nwhile not os.path.exists('data/go'): time.sleep(0.01)\n"
        "f.write(' and half'); f.close()"
    )
    stream = server.open_stream(code, id="writes")
    server.wait_for_output("writes", "half")
    grant(server, storage)
    server.request("PUT", "/files/artifacts/b", b"another")
    eventually(lambda: f"{PREFIX}b" in storage.stored(), "the other file is uploaded")
    assert f"{PREFIX}a" not in storage.stored()
    server.request("PUT", "/files/data/go", b"")
    stream.read()
    eventually(lambda: f"{PREFIX}a" in storage.stored(), "uploaded")
    assert [u.sha256 for u in storage.uploads if u.fields["key"] == f"{PREFIX}a"] == [
        sha256("half and half")
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"url": "http://storage.example.com/"}, "bad_url"),
        ({"fields": {"a\r\nb": "c"}}, "bad_fields"),
        ({"fields": ["a"]}, "bad_fields"),
        ({"fields": {"a": 1}}, "bad_fields"),
        ({"key_prefix": None}, "bad_key_prefix"),
        ({"expires_in_seconds": 0}, "bad_expires_in_seconds"),
        ({"expires_in_seconds": "soon"}, "bad_expires_in_seconds"),
        ({"more": 1}, "unknown_field"),
    ],
)
def test_a_bad_grant_is_refused(
    executor: RunningExecutor, storage: StorageServer, changes: dict[str, Any], code: str
) -> None:
    answer = grant(executor, storage, **changes)
    assert (answer.status, answer.code) == (400, code)


def test_a_session_that_stores_in_a_folder_takes_no_grant(
    start_executor: StartExecutor, storage: StorageServer, tmp_path: Any
) -> None:
    server = start_executor(ARTIFACT_SINK=tmp_path.as_uri())
    answer = grant(server, storage)
    assert (answer.status, answer.code) == (409, "other_sink")
