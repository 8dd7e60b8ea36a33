"""Faults that a test puts in front of the account's operations, by rule."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from werkzeug.wsgi import get_input_stream

from tests.fargate.stand_ins.answer import Answer, ServiceError, error_answer
from tests.fargate.stand_ins.aws_request import AwsRequest

LONGEST_SECONDS = 60.0
CHUNK = 64 * 1024
Forward = Callable[[], Answer]


class Effect(Protocol):
    """What happens instead of, or besides, the plain answer."""

    def apply(self, request: AwsRequest, forward: Forward) -> Answer:
        """Answer the request; raises ConnectionResetError when there is none."""


@dataclass(frozen=True)
class Refuse:
    """The service answers with an error and does nothing."""

    code: str
    message: str = "refused"
    status: int = 400

    def apply(self, request: AwsRequest, forward: Forward) -> Answer:
        return error_answer(request, ServiceError(self.code, self.message, self.status))


def throttle() -> Refuse:
    """What every service says when asked too often, in the code that botocore retries."""
    return Refuse("ThrottlingException", "Rate exceeded", 400)


def internal_error() -> Refuse:
    """A server-side failure without an effect."""
    return Refuse("InternalFailure", "The request failed inside the service.", 500)


@dataclass(frozen=True)
class Slow:
    """The answer comes late; `released` ends the wait early."""

    seconds: float
    released: threading.Event = field(default_factory=threading.Event)

    def apply(self, request: AwsRequest, forward: Forward) -> Answer:
        self.released.wait(min(self.seconds, LONGEST_SECONDS))
        return forward()


@dataclass(frozen=True)
class LoseAnswer:
    """Done, but the connection breaks before the answer arrives."""

    def apply(self, request: AwsRequest, forward: Forward) -> Answer:
        for _ in forward().body:
            pass
        raise reset(request.environ)


@dataclass(frozen=True)
class ResetUpload:
    """The connection breaks when this many bytes of the request's body have been read."""

    after_bytes: int = 0

    def apply(self, request: AwsRequest, forward: Forward) -> Answer:
        left, stream = self.after_bytes, get_input_stream(request.environ)
        while left > 0 and (data := stream.read(min(left, CHUNK))):
            left -= len(data)
        raise reset(request.environ)


@dataclass(frozen=True)
class CutBody:
    """The connection breaks when this many bytes of the answer's body have been sent."""

    after_bytes: int

    def apply(self, request: AwsRequest, forward: Forward) -> Answer:
        answer = forward()

        def body() -> Iterator[bytes]:
            left = self.after_bytes
            for data in answer.body:
                yield data[:left]
                left -= len(data)
                if left <= 0:
                    raise reset(request.environ)

        return Answer(answer.status, body(), answer.headers)


def reset(environ: dict[str, Any]) -> ConnectionResetError:
    """Make the connection end with a reset; the error to raise then."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    return ConnectionResetError("reset by a fault rule")


@dataclass
class Fault:
    """A rule: which calls (`*` for any), how many of them, and the effect."""

    call: str
    effect: Effect
    times: int | None = 1
    after: int = 0
    where: Callable[[AwsRequest], bool] = lambda request: True
    met: int = 0
    """How many calls had the effect."""

    def takes(self, request: AwsRequest) -> bool:
        """Whether this request has the effect; counts."""
        if self.call not in ("*", request.name) or not self.where(request):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None and self.met >= self.times:
            return False
        self.met += 1
        return True


class Faults:
    """The rules in force; the first that fits wins."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        call: str,
        effect: Effect,
        *,
        times: int | None = 1,
        after: int = 0,
        where: Callable[[AwsRequest], bool] | None = None,
    ) -> Fault:
        """`call` is `service.Operation`; the first `after` such calls are left alone, then `times`
        calls (None: all) have the effect."""
        fault = Fault(call, effect, times, after, where or (lambda request: True))
        with self._lock:
            self._rules.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Lift one rule."""
        with self._lock:
            self._rules.remove(fault)

    def clear(self) -> None:
        """Lift all rules."""
        with self._lock:
            self._rules.clear()

    def of(self, request: AwsRequest) -> Effect | None:
        """The effect that the request has, if any."""
        with self._lock:
            return next((rule.effect for rule in self._rules if rule.takes(request)), None)
