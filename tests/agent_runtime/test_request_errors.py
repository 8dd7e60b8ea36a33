"""Requests that cannot be served: a status, a code and a sentence, before anything streams."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.app import SESSION_HEADER
from agent_runtime.messages import BadRequestError, parse_request
from tests.agent_runtime.running_runtime import Runtime, request


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ([], "The request must be a JSON object with a field 'type'."),
        ({}, "Field 'type' is missing"),
        ({"type": "analyse"}, "Unknown type 'analyse'; use analyze, plan_feedback"),
        (request([], prompt="  "), "Field 'prompt' is empty; ask a question about the data."),
        (request([], language="fr"), "Field 'language' must be 'ko' or 'en', not 'fr'."),
        (request([], colour="red"), "Field 'colour' is unknown."),
        (request([], prompt="x" * 20_001), "The prompt has 20001 characters; at most 20000"),
        (request([], review_timeout_seconds=0), "Field 'review_timeout_seconds': Input should"),
        ({"type": "attach", "after_event": -1}, "Field 'after_event': Input should"),
        ({"type": "plan_feedback"}, "Field 'approved' is missing."),
    ],
)
def test_a_bad_request_gets_one_sentence(
    chatting_runtime: Runtime, message: Any, sentence: str
) -> None:
    answer = chatting_runtime.session().http.post("/invocations", json=message)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["message"].startswith(sentence)
    assert "Traceback" not in answer.text


def test_every_problem_is_in_the_details(chatting_runtime: Runtime) -> None:
    answer = chatting_runtime.session().post(type="analyze", prompt="", language="fr", x=1)
    assert len(answer.json()["error"]["details"]) == 3


@pytest.mark.parametrize("body", [b"", b"{", b'{"type": "status"', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(chatting_runtime: Runtime, body: bytes) -> None:
    answer = chatting_runtime.session().http.post("/invocations", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_json"


@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversized_body_is_refused(chatting_runtime: Runtime, chunked: bool) -> None:
    body = json.dumps(request([], prompt="x" * 2**20)).encode()
    content: Any = iter([body[:1000], body[1000:]]) if chunked else body
    answer = chatting_runtime.session().http.post("/invocations", content=content)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "payload_too_large"


@pytest.mark.parametrize("session_id", ["../../etc", "a/b", "", "x" * 257, "-x"])
def test_a_session_id_that_could_be_a_path_is_refused(
    chatting_runtime: Runtime, session_id: str
) -> None:
    answer = httpx.post(
        f"{chatting_runtime.url}/invocations",
        json={"type": "status"},
        headers={SESSION_HEADER: session_id},
        trust_env=False,
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_session_id"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "attach", "after_event": 0},
        {"type": "cancel"},
        {"type": "plan_feedback", "approved": True},
    ],
)
def test_a_session_without_a_job_is_not_found(
    chatting_runtime: Runtime, message: dict[str, Any]
) -> None:
    answer = chatting_runtime.session().post(**message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_job")


def test_feedback_that_nobody_waits_for_is_a_conflict(chatting_runtime: Runtime) -> None:
    session = chatting_runtime.session()
    session.events(**request([], prompt="Hello!"))
    answer = session.post(type="plan_feedback", approved=True)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_review_pending")


def test_attaching_after_an_event_that_does_not_exist_is_refused(
    chatting_runtime: Runtime,
) -> None:
    session = chatting_runtime.session()
    session.events(**request([], prompt="Hello!"))
    answer = session.post(type="attach", after_event=1000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_event")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(
    JSON
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["analyze", "attach", "plan_feedback", "cancel", "status"])},
        optional={
            "prompt": JSON,
            "data": JSON,
            "language": JSON,
            "after_event": JSON,
            "approved": JSON,
        },
    )
)
def test_any_json_is_either_a_request_or_a_bad_request(payload: Any) -> None:
    problem = None
    try:
        parse_request(payload, max_prompt_chars=100)
    except BadRequestError as error:
        problem = error
    if problem is not None:
        assert problem.status == 400
        assert len(problem.message) < 2000
        assert "\n" not in problem.message.strip()
