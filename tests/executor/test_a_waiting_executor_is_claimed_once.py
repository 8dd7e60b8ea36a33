from __future__ import annotations

import hashlib
import json
import subprocess
import threading
import time

import pytest

from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import SESSION, TOKEN, Answer, RunningExecutor, eventually

CLAIMED_TOKEN = "the token of the claimed session"
CLAIMED = {"X-Session-Id": "claimed-session", "Authorization": f"Bearer {CLAIMED_TOKEN}"}


def claim(
    server: RunningExecutor, session_id: str = "claimed-session", token: str = CLAIMED_TOKEN
) -> Answer:
    digest = hashlib.sha256(token.encode()).hexdigest()
    body = json.dumps({"session_id": session_id, "token_sha256": digest})
    return server.request("POST", "/session/claim", body)


def test_a_waiting_executor_answers_nothing_but_its_state_until_it_is_claimed(
    start_executor: StartExecutor,
) -> None:
    server = start_executor(CLAIMABLE="true")
    eventually(lambda: server.describe()["kernel"]["state"] == "idle", "the kernel is ready")
    assert server.describe()["state"] == "unclaimed"
    assert server.request("GET", "/health", authorized=False).status == 200
    for refused in (
        server.submit("1"),
        server.request("GET", "/files"),
        server.request("PUT", "/files/data/x", b""),
        server.request("PUT", "/session/uploads", b"{}"),
        server.request("POST", "/inputs", b"{}"),
        server.request("POST", "/session/close"),
    ):
        assert (refused.status, refused.code) == (409, "unclaimed")
    started = server.describe()["started_at"]
    assert claim(server).json == {"session_id": "claimed-session", "state": "open"}
    state = server.request("GET", "/session", headers=CLAIMED).json
    assert (state["session_id"], state["state"]) == ("claimed-session", "open")
    assert state["started_at"] > started
    body = json.dumps({"id": "1", "language": "python", "code": "6 * 7"})
    assert b'"42"' in server.request("POST", "/executions", body, CLAIMED).body
    assert server.log[-1]["session_id"] in (SESSION, "claimed-session")
    assert TOKEN not in json.dumps(server.log)


def test_after_the_claim_only_the_new_session_may_call_and_no_second_claim_succeeds(
    start_executor: StartExecutor,
) -> None:
    server = start_executor(CLAIMABLE="true")
    assert claim(server, token="wrong", session_id="x y").code == "bad_session_id"
    answers: list[Answer] = []
    claims = [
        threading.Thread(target=lambda n=n: answers.append(claim(server, f"session-{n}")))
        for n in range(8)
    ]
    for thread in claims:
        thread.start()
    for thread in claims:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert {answer.code for answer in answers if answer.status == 409} == {"claimed"}
    winner = next(answer.json["session_id"] for answer in answers if answer.status == 200)
    assert server.request("GET", "/session").status == 421
    authorization = {"Authorization": f"Bearer {CLAIMED_TOKEN}"}
    assert server.request("GET", "/session", headers={"X-Session-Id": winner}).status == 401
    assert (
        server.request("GET", "/session", headers={"X-Session-Id": winner, **authorization}).status
        == 200
    )
    assert claim(server, winner).code == "claimed"
    body = b"{}"
    stranger = {"X-Session-Id": SESSION, "Authorization": "Bearer of another"}
    assert server.request("POST", "/session/claim", body, stranger).status == 401
    assert server.request("POST", "/session/claim", body, {"X-Session-Id": "other"}).status == 421


def test_waiting_is_not_idleness_until_the_claim(start_executor: StartExecutor) -> None:
    server = start_executor(CLAIMABLE="true", LIMIT_IDLE_SECONDS="0.2")
    began = time.monotonic()
    while time.monotonic() < began + 1:
        assert server.request("GET", "/health", authorized=False).status == 200
    assert claim(server).status == 200
    assert server.process.wait(60) == 0


def test_a_claim_that_nobody_uses_ends_soon_and_one_that_is_used_does_not(
    start_executor: StartExecutor,
) -> None:
    """Who claimed it may be gone, or may never have heard that the claim succeeded."""
    unused = start_executor(CLAIMABLE="true", LIMIT_UNUSED_SECONDS="0.2")
    used = start_executor(CLAIMABLE="true", LIMIT_UNUSED_SECONDS="2")
    assert claim(unused).status == claim(used).status == 200
    assert used.request("GET", "/session", headers=CLAIMED).status == 200
    assert unused.process.wait(60) == 0
    with pytest.raises(subprocess.TimeoutExpired):
        used.process.wait(2.5)
    assert used.request("GET", "/health", authorized=False).status == 200


def test_an_executor_that_was_started_for_a_session_cannot_be_claimed(
    executor: RunningExecutor,
) -> None:
    answer = claim(executor)
    assert (answer.status, answer.code) == (409, "not_claimable")


def test_a_waiting_executor_ends_with_its_lifetime(start_executor: StartExecutor) -> None:
    server = start_executor(CLAIMABLE="true", LIMIT_LIFETIME_SECONDS="0.5")
    assert server.process.wait(60) == 0
