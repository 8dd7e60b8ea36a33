"""Bedrock models, with the cloud replaced at its boundary: botocore's HTTP answers."""

import json
import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.models import create_model
from agent_runtime.models.bedrock import create_bedrock_model
from agent_runtime.roles import Role
from agent_runtime.settings import load_settings
from tests.agent_runtime.running_runtime import request, running_runtime
from tests.agent_runtime.test_settings import BEDROCK


def frame(kind: str, payload: dict[str, Any], exception: bool = False) -> bytes:
    """One message of an AWS event stream."""
    names = {
        ":message-type": "exception" if exception else "event",
        ":exception-type" if exception else ":event-type": kind,
        ":content-type": "application/json",
    }
    headers = b"".join(
        bytes([len(name)])
        + name.encode()
        + b"\x07"
        + struct.pack(">H", len(value))
        + value.encode()
        for name, value in names.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


HELLO = [
    frame("messageStart", {"role": "assistant"}),
    frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello."}}),
    frame("contentBlockStop", {"contentBlockIndex": 0}),
    frame("messageStop", {"stopReason": "end_turn"}),
    frame(
        "metadata",
        {
            "usage": {
                "inputTokens": 11,
                "outputTokens": 7,
                "totalTokens": 18,
                "cacheReadInputTokens": 5,
                "cacheWriteInputTokens": 3,
            },
            "metrics": {"latencyMs": 1},
        },
    ),
]


class Bedrock:
    """Answers each ConverseStream call with the next script: frames, or an error."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.requests: list[dict[str, Any]] = []
        self.models: list[str] = []
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append(json.loads(body))
                outer.models.append(self.path.split("/")[2])
                outer.answer(self)

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        step = self.script.pop(0)
        if isinstance(step, tuple):
            status, name = step
            body = json.dumps({"message": f"{name} happened"}).encode()
            handler.send_response(status)
            handler.send_header("x-amzn-ErrorType", name)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "application/vnd.amazon.eventstream")
        handler.end_headers()
        for part in step:
            if part is None:
                self.release.wait(20)
                return
            handler.wfile.write(part)
            handler.wfile.flush()


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bedrock]:
    cloud = Bedrock()
    for name, value in {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": cloud.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    thread = threading.Thread(target=cloud.server.serve_forever, daemon=True)
    thread.start()
    yield cloud
    cloud.release.set()
    cloud.server.shutdown()


def run(folder: Path, cloud: Bedrock, script: list[Any], **variables: str) -> list[dict[str, Any]]:
    cloud.script = script
    environ = BEDROCK | variables
    settings = load_settings(environ)
    with running_runtime(folder, lambda role: create_model(role, settings), **environ) as runtime:
        return runtime.session().events(**request([], prompt="Hello!"))


def test_an_answer_streams_and_usage_counts_cached_tokens(tmp_path: Path, bedrock: Bedrock) -> None:
    events = run(tmp_path, bedrock, [HELLO])
    assert events[-1]["answer"] == "Hello."
    usage = next(event for event in events if event["type"] == "usage")
    assert usage["model"] == "model-of-coordinator"
    assert (usage["input_tokens"], usage["cache_read_tokens"]) == (11, 5)
    assert bedrock.models == ["model-of-coordinator"]


def test_a_claude_models_prompt_and_tools_are_cached(tmp_path: Path, bedrock: Bedrock) -> None:
    model = "global.anthropic.claude-test"
    run(tmp_path, bedrock, [HELLO], DEEP_INSIGHT_MODEL_ID_COORDINATOR=model)
    sent = bedrock.requests[0]
    assert any("cachePoint" in block for block in sent["system"])
    assert any("cachePoint" in tool for tool in sent["toolConfig"]["tools"])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ((429, "ThrottlingException"), "throttled"),
        ((503, "ServiceUnavailableException"), "unavailable"),
        ([HELLO[0], frame("throttlingException", {"message": "slow"}, True)], "throttled"),
        ([*HELLO[:2], frame("modelStreamErrorException", {"message": "x"}, True)], "unavailable"),
    ],
)
def test_a_passing_fault_is_retried_visibly_also_in_mid_stream(
    tmp_path: Path, bedrock: Bedrock, fault: Any, reason: str
) -> None:
    events = run(tmp_path, bedrock, [fault, HELLO])
    assert [event["reason"] for event in events if event["type"] == "retry"] == [reason]
    assert events[-1]["answer"] == "Hello."
    texts = [event["text"] for event in events if event["type"] == "agent_text"]
    assert texts == ["Hello."]


def test_a_refusal_fails_the_job_with_the_services_sentence(
    tmp_path: Path, bedrock: Bedrock
) -> None:
    last = run(tmp_path, bedrock, [(403, "AccessDeniedException")])[-1]
    assert (last["type"], last["code"]) == ("failed", "model_failed")
    assert last["reason"] == (
        "The coordinator's model model-of-coordinator answered AccessDeniedException: "
        "AccessDeniedException happened"
    )


def test_a_stream_that_falls_silent_is_stalled(tmp_path: Path, bedrock: Bedrock) -> None:
    silent = [HELLO[0], None]
    last = run(tmp_path, bedrock, [silent, silent], DEEP_INSIGHT_MODEL_STALL_SECONDS="0.3")[-1]
    assert (last["type"], last["code"]) == ("failed", "model_stalled")


def test_botocore_itself_does_not_retry(bedrock: Bedrock) -> None:
    model: Any = create_bedrock_model(Role.PLANNER, load_settings(BEDROCK))
    assert model.client.meta.config.retries["total_max_attempts"] == 1
    assert model.client.meta.region_name == "us-east-1"
