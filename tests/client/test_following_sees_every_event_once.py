"""Connections break; the sequence of events does not."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.connection import Connection, Message
from client.errors import ConnectionLostError, InputError, ProtocolError, UnreachableError
from client.stream import Reattaching, Received, RetryPolicy, follow
from tests.client.commands import RunClient
from tests.client.stand_in_runtime import StandInRuntime

QUICK = RetryPolicy(attempts=3, first_wait=0.001)
SESSION = "deep-insight-00000000-0000-0000-0000-000000000000"


def watch(runtime: StandInRuntime, prompt: str) -> tuple[list[int], list[Reattaching]]:
    """Sequence numbers as received, and the re-attachments."""
    first: Message = {"type": "analyze", "prompt": prompt}
    with Connection(runtime.url, SESSION) as connection:
        items = list(follow(connection.stream, first, policy=QUICK, stop=threading.Event()))
    numbers = [item.event.seq for item in items if isinstance(item, Received)]
    return numbers, [item for item in items if isinstance(item, Reattaching)]


def test_dropped_connections_lose_and_repeat_nothing(runtime: StandInRuntime) -> None:
    numbers, reattached = watch(runtime, "drops")
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers[-1] == len(runtime.jobs[SESSION].events)
    assert [item.after for item in reattached] == [1, 4, 5]
    resumed = [m["after_event"] for m in runtime.requests if m["type"] == "attach"]
    assert resumed == [1, 4, 5]


def test_a_skipped_event_is_fetched_and_a_repeated_one_dropped(runtime: StandInRuntime) -> None:
    numbers, reattached = watch(runtime, "gap")
    assert numbers == list(range(1, len(numbers) + 1))
    assert [item.cause for item in reattached] == ["event 3 is missing: 4 came after 2"]


def test_an_event_that_stays_missing_ends_the_run(runtime: StandInRuntime) -> None:
    with pytest.raises(ProtocolError, match="event 3 is missing"):
        watch(runtime, "lasting gap")


def test_the_attempts_are_bounded_and_start_anew_with_each_event() -> None:
    opened: list[Message] = []

    def open_stream(message: Message) -> Iterator[str]:
        opened.append(message)
        if len(opened) in {3, 6}:
            yield json.dumps({"type": "heartbeat", "seq": 1 if len(opened) == 3 else 2})
        raise ConnectionLostError("cut")

    seen: list[Received | Reattaching] = []
    items = follow(open_stream, {"type": "analyze"}, policy=QUICK, stop=threading.Event())
    with pytest.raises(UnreachableError, match="lost after event 2 and 3 attempts"):
        seen.extend(items)
    assert [i.attempt for i in seen if isinstance(i, Reattaching)] == [1, 2, 1, 2, 3, 1, 2, 3]
    assert [m["type"] for m in opened] == ["analyze"] * 3 + ["attach"] * 6


def test_a_runtime_that_never_takes_the_job_is_named_as_such() -> None:
    def open_stream(message: Message) -> Iterator[str]:
        assert message["type"] == "analyze"
        yield from ()
        raise ConnectionLostError("all places are taken")

    items = follow(open_stream, {"type": "analyze"}, policy=QUICK, stop=threading.Event())
    with pytest.raises(UnreachableError, match=r"not take the job in 4 attempts \(all places"):
        list(items)


def test_a_job_that_the_runtime_has_forgotten_is_lost_not_bad_input() -> None:
    def open_stream(message: Message) -> Iterator[str]:
        if message["type"] == "attach":
            raise InputError("This session has no job.")
        yield json.dumps({"type": "heartbeat", "seq": 1})

    items = follow(open_stream, {"type": "analyze"}, policy=QUICK, stop=threading.Event())
    with pytest.raises(UnreachableError, match="no longer has the job: This session has no job"):
        list(items)


def test_waits_grow_to_a_ceiling_and_are_jittered() -> None:
    policy = RetryPolicy(attempts=9, first_wait=0.5, longest_wait=4)
    waits = [[policy.wait(attempt) for _ in range(20)] for attempt in range(1, 10)]
    for attempt, several in enumerate(waits, 1):
        ceiling = min(4, 0.5 * 2 ** (attempt - 1))
        assert all(ceiling / 2 <= wait <= ceiling for wait in several)
        assert len(set(several)) > 1


def test_the_record_of_a_run_with_drops_has_no_gap(
    runtime: StandInRuntime, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run_client("analyze", data, "--prompt", "drops", "--runtime", runtime.url, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Connection lost after event 4" in done.stderr
    events = [json.loads(line) for line in (out / "events.ndjson").read_text().splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    (job,) = runtime.jobs.values()
    assert events == job.events
