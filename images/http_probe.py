"""A small HTTP caller for the checks, with a deadline on everything."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any

TIMEOUT_SECONDS = 120.0
"""For one answer; emulated processors need most of it."""


class CheckError(Exception):
    """A container does not answer as documented; the message says what it did instead."""


@dataclass(frozen=True)
class Probe:
    """Calls a server on this network's loopback interface, with the same headers each time."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """One request; returns the status and the whole body. Raises OSError when unreachable."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body=body, headers=self.headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def expect(self, status: int, method: str, path: str, body: bytes | None = None) -> bytes:
        """One request whose status must be `status`; returns the body or raises CheckError."""
        found, answer = self.call(method, path, body)
        if found != status:
            text = answer.decode(errors="replace")[:500]
            raise CheckError(f"{method} {path} answered {found} instead of {status}: {text}")
        return answer

    def expect_json(self, status: int, method: str, path: str, value: Any = None) -> Any:
        """The same with JSON in and out."""
        body = None if value is None else json.dumps(value).encode()
        return json.loads(self.expect(status, method, path, body))

    def expect_json_events(self, method: str, path: str, value: Any) -> list[Any]:
        """The same for an answer that is a stream of server-sent events; all of them, in order."""
        answer = self.expect(200, method, path, json.dumps(value).encode()).decode()
        lines = (line.removeprefix("data:") for line in answer.splitlines() if line[:5] == "data:")
        events = [json.loads(line) for line in lines]
        if not events:
            raise CheckError(f"{method} {path} answered no event: {answer[:500]}")
        return events
