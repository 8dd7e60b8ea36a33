"""The channel to a session of a deployed runtime: InvokeAgentRuntime."""

import json
import re
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
)
from urllib3.exceptions import HTTPError

from client.aws import AwsClients, code_of, explanation, is_missing, message_of
from client.connection import SILENCE_SECONDS, Message
from client.errors import (
    AccessError,
    ConnectionLostError,
    InputError,
    ProtocolError,
    UnreachableError,
)
from client.errors import ClientError as OwnError
from client.sse import SseParser
from client.stack import Stack
from client.terminal import printable

START_SECONDS = 180.0
"""How long the first byte of a new job's stream may take. AgentCore gives the session's machine
120 s to start; then the runtime looks at the inputs and streams. Who asks again meets the same job.
"""
CALL_SECONDS = 60.0
"""The same for other messages; the session's machine may have to start first."""
SERVICE = "bedrock-agentcore"
_CHUNK = 64 * 1024
_STATUS = re.compile(r"\((\d{3})\)")
_PASSING = frozenset(
    {"InternalServerException", "RetryableConflictException", "ThrottlingException"}
)

Recorded = Callable[[], list[str] | None]
"""The events of a job that has ended, as its record has them; None when there is no such record."""


class AgentCoreChannel:
    """Requests of one session through the AgentCore data plane.

    Nothing is retried in here: a second invocation is for `client.stream.follow` to decide, where
    the person sees it.
    """

    def __init__(
        self,
        clients: AwsClients,
        stack: Stack,
        session_id: str,
        *,
        user: str,
        recorded: Recorded,
        ended: bool = False,
    ) -> None:
        """`user` is noted as the job's owner; of a job that has `ended` only the record is read."""
        self._clients = clients
        self._stack = stack
        self._session_id = session_id
        self._user = user
        self._recorded = recorded
        self._ended = ended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Connections belong to the client's pool."""

    def stream(self, message: Message) -> Iterator[str]:
        """The payloads of an `analyze` or `attach`; of a job that has ended, from its record."""
        if not self._ended:
            try:
                yield from self._live(message)
                return
            except _NoJobError:
                self._ended = self._recorded() is not None
                if not self._ended:
                    raise
        yield from (self._recorded() or [])[int(message.get("after_event", 0)) :]

    def call(self, message: Message) -> dict[str, Any]:
        """The JSON answer to a message that is no stream."""
        if self._ended:
            return {"status": "ended"}
        answer = self._invoke(self._client(CALL_SECONDS), message, "application/json")
        try:
            content = json.loads(answer["response"].read())
        except ValueError as error:
            raise ProtocolError("The runtime's answer is not JSON.") from error
        except (BotoCoreError, HTTPError, OSError) as error:
            raise ConnectionLostError(_cause(error)) from error
        return content if isinstance(content, dict) else {}

    def _live(self, message: Message) -> Iterator[str]:
        # The machine of a job that runs has been started, and its runtime answers at once.
        seconds = SILENCE_SECONDS if message["type"] == "attach" else START_SECONDS
        answer = self._invoke(self._client(seconds), message, "text/event-stream")
        body = answer["response"]
        try:
            kind = str(answer.get("contentType", ""))
            if not kind.startswith("text/event-stream"):
                raise ProtocolError(
                    f"The runtime answered with '{printable(kind)[:60]}' where a stream of events "
                    "was expected; is runtime_arn this platform's?"
                )
            # A stream is taken for dead long before a request is.
            body.set_socket_timeout(SILENCE_SECONDS)
            parser = SseParser()
            while chunk := answer["raw"].read1(_CHUNK):
                yield from parser.feed(chunk)
        except (BotoCoreError, HTTPError, OSError) as error:
            raise ConnectionLostError(_cause(error)) from error
        finally:
            # Not back to the pool: what is left of the stream would come before the next answer.
            answer["raw"].close()

    def _client(self, seconds: float) -> Any:
        """A client that asks once, and waits so long for the first byte of an answer."""
        once = {"total_max_attempts": 1}
        client = self._clients.client(SERVICE, read_timeout=seconds, retries=once)
        client.meta.events.register(
            f"after-call.{SERVICE}.InvokeAgentRuntime", _keep_raw, unique_id="raw"
        )
        return client

    def _invoke(self, client: Any, message: Message, accept: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = client.invoke_agent_runtime(
                agentRuntimeArn=self._stack.runtime_arn,
                qualifier=self._stack.runtime_endpoint,
                runtimeSessionId=self._session_id,
                runtimeUserId=self._user,
                contentType="application/json",
                accept=accept,
                payload=json.dumps(message, ensure_ascii=False).encode(),
            )
        except ClientError as error:
            raise _refusal(error, self._stack) from error
        except (HTTPClientError, ConnectionError) as error:
            raise ConnectionLostError(_cause(error)) from error
        except BotoCoreError as error:
            raise explanation(error, "invoking the runtime") from error
        return answer


def _keep_raw(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Hand on the response itself: botocore's wrapper only reads blocks that are full."""
    parsed["raw"] = http_response.raw


class _NoJobError(InputError):
    """The session has no job: it never had one, or its machine has been given up since."""


def _refusal(error: ClientError, stack: Stack) -> OwnError | ConnectionLostError:
    code, message = code_of(error), message_of(error)
    if code == "RuntimeClientError":
        return _runtime_refusal(message)
    if code in _PASSING:
        return ConnectionLostError(f"{code}: {message.rstrip('.')}")
    if code == "ServiceQuotaExceededException":
        return UnreachableError(
            f"AgentCore's quota is used up ({message.rstrip('.')}); wait for sessions to end or "
            "ask for a higher quota in Service Quotas."
        )
    if is_missing(error):
        return AccessError(
            f"There is no runtime {stack.runtime_arn} with the endpoint {stack.runtime_endpoint} "
            f"in {stack.region}; deploy the stack, or check --stack and --outputs."
        )
    if code == "ValidationException":
        return InputError(f"AgentCore refused the request: {message}")
    return explanation(error, "invoking the runtime")


def _runtime_refusal(message: str) -> OwnError | ConnectionLostError:
    """The runtime's own refusal, of which AgentCore passes on nothing but the status."""
    found = _STATUS.search(message)
    status = int(found[1]) if found else 0
    match status:
        case 404:
            return _NoJobError(
                "The runtime does not have the session's job, and its record has no end: it was "
                "lost with its machine; start it again."
            )
        case 400 | 413 | 422:
            return InputError(
                f"The runtime refused the request ({status}); the command 'logs' with the "
                "session's id shows why."
            )
        case 409:
            return InputError("The session is in another state than the request needs (409).")
        case _:
            return ConnectionLostError(message.rstrip(".") or "the runtime failed")


def _cause(error: Exception) -> str:
    """A few words for a transport error."""
    kind = type(error).__name__
    if "Timeout" in kind or isinstance(error, TimeoutError):
        return "it fell silent"
    return printable(str(error))[:200] or kind
