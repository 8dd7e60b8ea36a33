"""The AgentCore data plane: InvokeAgentRuntime and StopRuntimeSession, answered by the account.

Each session id gets a machine of its own: a process of the runtime's real server. What it streams
is passed on as it comes, until the request limit cuts it off.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.fargate.stand_ins.account import ACCOUNT_ID, Account
from tests.fargate.stand_ins.answer import Answer, ServiceError, json_answer
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.faults import Forward, reset
from tests.fargate.stand_ins.loopback import LoopbackNetwork
from tests.fargate.stand_ins.runtime_session import RuntimeSession

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
SESSION_ID_LENGTHS = range(33, 257)
MOST_PAYLOAD_BYTES = 100_000_000
REQUEST_LIMIT_SECONDS = 900.0
RUNTIME_COMMAND = ("-m", "agent_runtime")


class AgentCore:
    """`with AgentCore(account, environment) as agentcore:`; leaving it kills what still runs."""

    def __init__(
        self,
        account: Account,
        environment: Mapping[str, str],
        *,
        command: tuple[str, ...] = RUNTIME_COMMAND,
        request_limit_seconds: float = REQUEST_LIMIT_SECONDS,
        start_seconds: float = 60.0,
        stop_grace_seconds: float = 30.0,
    ) -> None:
        """`environment`: the runtime's variables; its AWS identity is added here."""
        self.account = account
        self.environment = {**account.environment("runtime"), **environment}
        self.arn = (
            f"arn:aws:bedrock-agentcore:{account.region}:{ACCOUNT_ID}:runtime/deep_insight-"
            + "".join(random.choices("abcdefghijklmnop", k=10))
        )
        self.request_limit_seconds = request_limit_seconds
        self.stop_grace_seconds = stop_grace_seconds
        self._command = command
        self._start_seconds = start_seconds
        self._sessions: dict[str, RuntimeSession] = {}
        self._lock = threading.Lock()
        self._network = LoopbackNetwork(range(2, 61))
        self.folder = Path(tempfile.mkdtemp(prefix="agentcore-"))

    def __enter__(self) -> Self:
        self.account.add_operations("bedrock-agentcore", self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for session in list(self._sessions.values()):
            session.kill()
            session.stop(0)
        self._network.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def session(self, session_id: str) -> RuntimeSession:
        """The machine that serves a session now; KeyError when there is none."""
        return self._sessions[session_id]

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """The answer of a data plane operation."""
        if request.caller == "anonymous":
            raise ServiceError("AccessDeniedException", "The request is not signed.", 403)
        session_id = request.parameters["runtimeSessionId"]
        if len(session_id) not in SESSION_ID_LENGTHS:
            raise ServiceError(
                "ValidationException",
                "Value at 'runtimeSessionId' failed to satisfy constraint: Member must have "
                "length between 33 and 256",
            )
        if request.parameters["agentRuntimeArn"] != self.arn:
            raise ServiceError("ResourceNotFoundException", "No endpoint or agent found.", 404)
        if request.operation == "StopRuntimeSession":
            return self._stop(session_id)
        if request.operation == "InvokeAgentRuntime":
            return self._invoke(request, session_id)
        return None

    def _stop(self, session_id: str) -> Answer:
        with self._lock:
            session = self._sessions.pop(session_id, None)
        if session is None or not session.is_alive:
            raise ServiceError("ResourceNotFoundException", "The session does not exist.", 404)
        threading.Thread(target=session.stop, args=(self.stop_grace_seconds,)).start()
        answer = json_answer({})
        answer.headers.append((SESSION_HEADER, session_id))
        return answer

    def _invoke(self, request: AwsRequest, session_id: str) -> Answer:
        size = int(request.environ.get("CONTENT_LENGTH") or 0)
        if size > MOST_PAYLOAD_BYTES:
            raise ServiceError("ValidationException", "The payload is too large.")
        session = self._machine(session_id)
        if not session.wait_until_ready(self._start_seconds):
            raise ServiceError(
                "RuntimeClientError",
                "Runtime initialization time exceeded. Please make sure that initialization "
                "completes in time.",
                424,
            )
        payload = request.environ["wsgi.input"].read(size)
        return self._stream(request, session, payload)

    def _machine(self, session_id: str) -> RuntimeSession:
        """The session's machine; a new one when there is none or its process has ended."""
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None or not session.is_alive:
                session = RuntimeSession(
                    session_id,
                    self._network.next_address(),
                    self.folder,
                    self.environment,
                    self._command,
                )
                self._sessions[session_id] = session
            return session

    def _stream(self, request: AwsRequest, session: RuntimeSession, payload: bytes) -> Answer:
        http = httpx.Client(timeout=self.request_limit_seconds, trust_env=False)
        deadline = time.monotonic() + self.request_limit_seconds
        headers = {SESSION_HEADER: session.id, **_passed_on(request.environ)}
        try:
            response = http.send(
                http.build_request(
                    "POST", f"{session.url}/invocations", content=payload, headers=headers
                ),
                stream=True,
            )
        except httpx.HTTPError as error:
            http.close()
            raise _runtime_error(500) from error
        if response.status_code >= 400:
            response.close()
            http.close()
            raise _runtime_error(response.status_code)
        return Answer(
            200,
            self._body(request.environ, http, response, deadline),
            [
                ("Content-Type", response.headers.get("content-type", "application/json")),
                (SESSION_HEADER, session.id),
            ],
        )

    def _body(
        self, environ: dict[str, Any], http: httpx.Client, response: httpx.Response, deadline: float
    ) -> Iterator[bytes]:
        """The runtime's bytes; a reset when it dies or the request has lasted too long."""
        cut = threading.Timer(max(0.0, deadline - time.monotonic()), response.close)
        cut.daemon = True
        cut.start()
        try:
            yield from response.iter_raw()
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise reset(environ) from error
        finally:
            cut.cancel()
            response.close()
            http.close()
        if time.monotonic() >= deadline:
            raise reset(environ)


def _passed_on(environ: dict[str, Any]) -> dict[str, str]:
    names = {
        "CONTENT_TYPE": "Content-Type",
        "HTTP_ACCEPT": "Accept",
        "HTTP_X_AMZN_BEDROCK_AGENTCORE_RUNTIME_USER_ID": USER_HEADER,
    }
    return {header: environ[name] for name, header in names.items() if environ.get(name)}


def _runtime_error(status: int) -> ServiceError:
    return ServiceError(
        "RuntimeClientError",
        f"Received error ({status}) from runtime. Please check your CloudWatch logs for more "
        "information.",
        424,
    )
