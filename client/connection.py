"""HTTP to one session of an agent runtime, as AgentCore calls it."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from client.errors import ConnectionLostError, InputError, ProtocolError, UnreachableError
from client.sse import SseParser
from client.terminal import printable

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 35.0
"""A stream is taken for dead after this long: the runtime promises a heartbeat every 10 s."""
CALL_SECONDS = 20.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Message = dict[str, Any]


class Connection:
    """Requests of one session. Safe to call from a second thread while a stream is read."""

    def __init__(self, url: str, session_id: str) -> None:
        self.session_id = session_id
        self._client = httpx.Client(
            base_url=url,
            headers={SESSION_HEADER: session_id},
            timeout=httpx.Timeout(CALL_SECONDS, connect=CONNECT_SECONDS),
            # A proxy from the environment has no business between two processes of one machine.
            trust_env=httpx.URL(url).host not in _LOOPBACK,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def stream(self, message: Message) -> Iterator[str]:
        """The payloads of an `analyze` or `attach`, until the server ends the stream.

        Raises `InputError` when the runtime refuses the message, `ConnectionLostError` when
        asking again may help, and `ProtocolError`.
        """
        timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        request = self._client.build_request(
            "POST",
            "/invocations",
            json=message,
            timeout=timeout,
            headers={"Accept": "text/event-stream"},
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                self._refuse_errors(response)
                yield from self._payloads(response)
            finally:
                response.close()
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise ConnectionLostError(_cause(error)) from error

    def call(self, message: Message) -> dict[str, Any]:
        """The JSON answer to a message that is no stream. Raises as `stream` does."""
        try:
            response = self._client.post("/invocations", json=message)
            self._refuse_errors(response)
            answer = response.json()
        except (httpx.HTTPError, OSError) as error:
            raise ConnectionLostError(_cause(error)) from error
        except json.JSONDecodeError as error:
            raise ProtocolError("The runtime's answer is not JSON.") from error
        return answer if isinstance(answer, dict) else {}

    @staticmethod
    def _payloads(response: httpx.Response) -> Iterator[str]:
        kind = response.headers.get("content-type", "")
        if not kind.startswith("text/event-stream"):
            raise ProtocolError(
                f"The runtime answered with '{printable(kind)[:60]}' where a stream of events was "
                "expected; is the URL an agent runtime's?"
            )
        parser = SseParser()
        for chunk in response.iter_bytes():
            yield from parser.feed(chunk)

    @staticmethod
    def _refuse_errors(response: httpx.Response) -> None:
        """Raise what an error status means: 429 and 5xx may pass, other 4xx stay as they are."""
        if response.status_code < 400:
            return
        response.read()
        reason = _reason(response)
        if response.status_code == 429 or response.status_code >= 500:
            raise ConnectionLostError(reason)
        raise InputError(reason)


def ping(url: str, *, seconds: float) -> None:
    """Ask `GET /ping` once. Raises `UnreachableError` when nothing like a runtime answers."""
    trust = httpx.URL(url).host not in _LOOPBACK
    try:
        answer = httpx.get(f"{url}/ping", timeout=seconds, trust_env=trust)
        healthy = answer.status_code == 200 and "status" in answer.json()
    except (httpx.HTTPError, OSError) as error:
        raise UnreachableError(
            f"No agent runtime answers at {url} ({_cause(error)}); check the URL and that it runs."
        ) from error
    except ValueError:
        healthy = False
    if not healthy:
        raise UnreachableError(
            f"What answers at {url} is not an agent runtime (GET /ping: {answer.status_code}); "
            "check the URL."
        )


def _reason(response: httpx.Response) -> str:
    try:
        error = response.json()["error"]
        return printable(error["message"] if isinstance(error, dict) else str(error))
    except (ValueError, KeyError, TypeError):
        return f"The runtime answered {response.status_code} without a reason."


def _cause(error: Exception) -> str:
    """A few words for a transport error; httpx leaves many of its messages empty."""
    if isinstance(error, httpx.ReadTimeout):
        return "it fell silent"
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return "it does not answer in time"
    return printable(str(error)) or type(error).__name__
