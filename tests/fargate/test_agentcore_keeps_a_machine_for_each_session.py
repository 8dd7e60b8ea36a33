"""The AgentCore stand-in, as its real SDK client sees it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ResponseStreamingError

from tests.fargate.stand_ins import Account, AgentCore
from tests.fargate.stand_ins.faults import Refuse
from tests.fargate.stand_ins.polling import eventually

BROKEN = (ResponseStreamingError, ConnectionClosedError, ConnectionError)


@pytest.fixture
def agentcore(account: Account) -> Iterator[AgentCore]:
    """With a runtime that says what it was asked."""
    with AgentCore(account, {}, command=("-m", "tests.fargate.echo_runtime")) as agentcore:
        yield agentcore


def new_session() -> str:
    return f"session-{uuid.uuid4()}"


def invoke(agentcore: AgentCore, session_id: str, **payload: Any) -> dict[str, Any]:
    client = agentcore.account.client("bedrock-agentcore", "client")
    return dict(
        client.invoke_agent_runtime(
            agentRuntimeArn=agentcore.arn,
            runtimeSessionId=session_id,
            contentType="application/json",
            accept="text/event-stream",
            payload=json.dumps(payload).encode(),
        )
    )


def lines(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for line in answer["response"].iter_lines(chunk_size=1):
        if line:
            yield json.loads(line.removeprefix(b"data: "))


def stop(agentcore: AgentCore, session_id: str) -> None:
    agentcore.account.client("bedrock-agentcore", "client").stop_runtime_session(
        agentRuntimeArn=agentcore.arn, runtimeSessionId=session_id
    )


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_each_session_has_one_machine_of_its_own(agentcore: AgentCore) -> None:
    mine, other = new_session(), new_session()
    (first,) = lines(invoke(agentcore, mine))
    (again,) = lines(invoke(agentcore, mine))
    (others,) = lines(invoke(agentcore, other))

    assert first["session"] == again["session"] == mine
    assert first["pid"] == again["pid"] != others["pid"]


def test_lines_arrive_as_they_are_sent(agentcore: AgentCore) -> None:
    answer = invoke(agentcore, new_session(), lines=100)
    stream = lines(answer)
    next(stream)
    answer["response"].close()

    assert answer["contentType"] == "text/event-stream"


def test_a_stopped_session_is_gone_and_can_begin_anew(agentcore: AgentCore) -> None:
    session_id = new_session()
    (first,) = lines(invoke(agentcore, session_id))
    machine = agentcore.session(session_id)

    stop(agentcore, session_id)
    eventually(lambda: not machine.is_alive, "the machine is gone")
    with pytest.raises(ClientError) as refused:
        stop(agentcore, session_id)
    (anew,) = lines(invoke(agentcore, session_id))

    assert code_of(refused) == "ResourceNotFoundException"
    assert anew["pid"] != first["pid"]


def test_a_request_ends_at_the_limit(agentcore: AgentCore) -> None:
    session_id = new_session()
    list(lines(invoke(agentcore, session_id)))
    agentcore.request_limit_seconds = 0.3

    with pytest.raises(BROKEN):
        list(lines(invoke(agentcore, session_id, lines=100)))

    assert agentcore.session(session_id).is_alive


def test_a_runtime_that_dies_breaks_the_stream(agentcore: AgentCore) -> None:
    session_id = new_session()
    with pytest.raises(BROKEN):
        list(lines(invoke(agentcore, session_id, lines=3, exit=True)))
    eventually(lambda: not agentcore.session(session_id).is_alive, "the machine is gone")


def test_errors_have_the_service_s_codes(agentcore: AgentCore) -> None:
    with pytest.raises(ClientError) as runtime_error:
        invoke(agentcore, new_session(), status=400)
    assert code_of(runtime_error) == "RuntimeClientError"
    assert "Received error (400) from runtime" in str(runtime_error.value)

    client = agentcore.account.client("bedrock-agentcore", "client", parameter_validation=False)
    for arn, session_id, code in (
        (agentcore.arn, "short", "ValidationException"),
        (agentcore.arn[:-1], new_session(), "ResourceNotFoundException"),
    ):
        with pytest.raises(ClientError) as refused:
            client.invoke_agent_runtime(
                agentRuntimeArn=arn, runtimeSessionId=session_id, payload=b"{}"
            )
        assert code_of(refused) == code

    agentcore.account.faults.add(
        "bedrock-agentcore.InvokeAgentRuntime", Refuse("ThrottlingException", "slow down", 429)
    )
    with pytest.raises(ClientError) as throttled:
        invoke(agentcore, new_session())
    assert code_of(throttled) == "ThrottlingException"
