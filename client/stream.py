"""Following a job: every event once and in order, over as many connections as it takes."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from client.connection import Message
from client.errors import ConnectionLostError, InputError, ProtocolError, UnreachableError
from client.events import Event, Terminal, parse_event

OpenStream = Callable[[Message], Iterator[str]]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often in a row a stream is opened again without one new event, and the waits between.

    The wait before attempt n is between half of and the whole of `first_wait * 2 ** (n - 1)`
    seconds, at most `longest_wait`: about 20 s in all with the defaults.
    """

    attempts: int = 8
    first_wait: float = 0.25
    longest_wait: float = 5.0

    def wait(self, attempt: int) -> float:
        """Seconds to wait before `attempt`, counted from 1."""
        ceiling = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True, slots=True)
class Received:
    """A new event, and its payload exactly as it came."""

    payload: str
    event: Event


@dataclass(frozen=True, slots=True)
class Reattaching:
    """The stream broke after event `after`; `attempt` of `attempts` follows in `wait` seconds."""

    after: int
    attempt: int
    attempts: int
    wait: float
    cause: str


class _MissingEventsError(Exception):
    """`seq` jumped; the runtime keeps all events, so attaching again can fetch the missing."""


def follow(
    open_stream: OpenStream,
    first: Message,
    *,
    policy: RetryPolicy,
    stop: threading.Event,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Received | Reattaching]:
    """Every event of the job from 1 to its terminal event, each once, without a gap.

    `first` is the `analyze` or `attach` message; once an event has arrived the stream is resumed
    by `attach` after the last one. `check` may raise before a retry, when waiting is pointless.
    Setting `stop` ends the wait and the iteration. Raises `UnreachableError` after the last
    attempt, `ProtocolError` when events stay missing, and what `open_stream` raises.
    """
    last = 0
    failures = 0
    while not stop.is_set():
        message = first if last == 0 else {"type": "attach", "after_event": last}
        problem: Exception
        try:
            for payload in open_stream(message):
                event = parse_event(payload)
                if event.seq <= last:
                    continue
                if event.seq != last + 1:
                    raise _MissingEventsError(
                        f"event {last + 1} is missing: {event.seq} came after {last}"
                    )
                last, failures = event.seq, 0
                yield Received(payload, event)
                if isinstance(event, Terminal):
                    return
            problem = ConnectionLostError("the stream ended before the job did")
        except InputError as error:
            if last == 0:
                raise
            raise UnreachableError(f"The runtime no longer has the job: {error}") from error
        except (ConnectionLostError, _MissingEventsError) as error:
            problem = error
        failures += 1
        check()
        if failures > policy.attempts:
            raise _give_up(problem, last, policy.attempts)
        wait = policy.wait(failures)
        yield Reattaching(last, failures, policy.attempts, wait, str(problem))
        stop.wait(wait)


def _give_up(problem: Exception, last: int, attempts: int) -> Exception:
    if isinstance(problem, _MissingEventsError):
        return ProtocolError(
            f"The runtime's events have a gap that {attempts} retries left: {problem}."
        )
    if last == 0:
        return UnreachableError(
            f"The runtime did not take the job in {attempts + 1} attempts ({problem})."
        )
    return UnreachableError(
        f"The connection to the runtime was lost after event {last} and {attempts} attempts to "
        f"attach again failed ({problem})."
    )
