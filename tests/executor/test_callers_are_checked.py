from __future__ import annotations

import json
from typing import Any

import pytest

from tests.executor.running_executor import HEADERS, SESSION, TOKEN, RunningExecutor

ROUTES = [
    ("GET", "/session"),
    ("POST", "/executions"),
    ("GET", "/executions/x"),
    ("POST", "/executions/x/interrupt"),
    ("PUT", "/files/data/x"),
    ("GET", "/files/data/x"),
    ("DELETE", "/files/data/x"),
    ("GET", "/files"),
    ("POST", "/session/close"),
    ("GET", "/no/such/route"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_refuses_the_wrong_session_before_it_looks_at_the_token(
    executor: RunningExecutor, method: str, path: str
) -> None:
    for headers in ({}, {**HEADERS, "X-Session-Id": "another"}, {"X-Session-Id": SESSION + "x"}):
        answer = executor.request(method, path, headers=headers, authorized=False)
        assert (answer.status, answer.code) == (421, "wrong_session")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_refuses_a_missing_or_wrong_token(
    executor: RunningExecutor, method: str, path: str
) -> None:
    for value in (None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"):
        headers = {"X-Session-Id": SESSION} | ({"Authorization": value} if value else {})
        answer = executor.request(method, path, headers=headers, authorized=False)
        assert (answer.status, answer.code) == (401, "wrong_token")


def test_a_refused_caller_runs_nothing(executor: RunningExecutor) -> None:
    total = executor.describe()["executions"]["total"]
    body = json.dumps({"id": "refused", "language": "python", "code": "refused = 1"})
    executor.request("POST", "/executions", body, {"X-Session-Id": "x"}, authorized=False)
    assert executor.describe()["executions"]["total"] == total


def test_health_needs_no_credentials(executor: RunningExecutor) -> None:
    answer = executor.request("GET", "/health", authorized=False)
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_an_unknown_route_and_a_wrong_method_say_so(executor: RunningExecutor) -> None:
    assert executor.request("GET", "/no/such/route").code == "no_such_route"
    answer = executor.request("PATCH", "/session")
    assert (answer.status, answer.code) == (405, "wrong_method")
    assert "GET" in answer.json["error"]["message"]


VALID = {"id": "a", "language": "python", "code": "1"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("not json", 400, "bad_json"),
        ("[]", 400, "bad_json"),
        ("[" * 100_000, 400, "bad_json"),
        ({**VALID, "id": ""}, 400, "bad_id"),
        ({**VALID, "id": "a b"}, 400, "bad_id"),
        ({**VALID, "id": "a\n"}, 400, "bad_id"),
        ({**VALID, "id": 7}, 400, "bad_id"),
        ({**VALID, "language": "r"}, 400, "bad_language"),
        ({**VALID, "code": None}, 400, "bad_code"),
        ({**VALID, "code": "\0"}, 400, "bad_code"),
        ({**VALID, "code": "\ud800"}, 400, "bad_code"),
        ({**VALID, "code": "#" * (2**20 + 1)}, 413, "code_too_large"),
        ({**VALID, "timeout_seconds": 0}, 400, "bad_timeout"),
        ({**VALID, "timeout_seconds": True}, 400, "bad_timeout"),
        ({**VALID, "timeout_seconds": 3601}, 400, "bad_timeout"),
        ({**VALID, "timeout": 1}, 400, "unknown_field"),
        ("x" * (7 * 2**20), 413, "body_too_large"),
    ],
)
def test_a_bad_execution_is_refused_in_one_sentence(
    executor: RunningExecutor, body: Any, status: int, code: str
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = executor.request("POST", "/executions", text)
    assert (answer.status, answer.code) == (status, code)
