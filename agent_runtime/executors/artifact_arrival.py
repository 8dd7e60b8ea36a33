"""Waiting until the artifacts of one execution are stored outside the executor.

An execution is told to its agent only afterwards, so that what was reported is never lost with the
executor. The wait is bounded: storage that is slow or refuses holds a job up, but does not end it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from agent_runtime.events import Event, Progress
from agent_runtime.executors.client import ExecutorClient

FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.25
SILENT_SECONDS = 2.0
"""A longer wait is told."""
MOST_PATHS = 100
"""Most paths that the executor lists of those that wait (docs/contracts.md, 5.1)."""
MOST_NAMED = 5


async def wait_for_artifacts(
    client: ExecutorClient, paths: Sequence[str], seconds: float, emit: Callable[[Event], None]
) -> None:
    """Return when these artifacts are stored, or cannot be now, or `seconds` have passed; a
    progress event names those that are not stored.

    `paths` are the workspace's. Raises `ExecutorGoneError` when the executor is lost meanwhile.
    """
    wanted = set(paths)
    started = time.monotonic()
    pause = FIRST_PAUSE_SECONDS
    told = False
    while True:
        uploads = (await client.describe())["uploads"]
        on_their_way = _still(wanted, uploads["waiting"])
        elapsed = time.monotonic() - started
        if not on_their_way or elapsed >= seconds:
            break
        if elapsed >= SILENT_SECONDS and not told:
            told = True
            emit(_progress("artifact_leaving", f"Waiting for {_named(on_their_way)} to be stored."))
        await asyncio.sleep(min(pause, seconds - elapsed))
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    if on_their_way:
        emit(_late(f"{_named(on_their_way)} did not arrive within {seconds:g} seconds"))
    if refused := wanted.intersection(uploads["refused"]):
        emit(_late(f"the storage refused {_named(refused)}"))


def _still(wanted: set[str], waiting: list[str]) -> set[str]:
    """Those that wait. A full list may have left some out, so then any of them may."""
    return wanted.intersection(waiting) or (wanted if len(waiting) >= MOST_PATHS else set())


def _named(paths: set[str]) -> str:
    names = [f"'{path.partition('/')[2]}'" for path in sorted(paths)]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ("the artifact " if len(names) == 1 else "the artifacts ") + (
        ", ".join(names[:MOST_NAMED]) + more
    )


def _late(what: str) -> Progress:
    return _progress(
        "artifact_late", f"{what[0].upper()}{what[1:]}; the job goes on, and tries again later."
    )


def _progress(phase: str, message: str) -> Progress:
    return Progress(phase=phase, message=message)
