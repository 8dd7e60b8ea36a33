"""What the runtime and the executor of a session have logged, in the order of time."""

import heapq
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from client.aws import AwsClients, explained, is_missing
from client.errors import InputError
from client.session_objects import JobFile
from client.stack import Stack
from client.terminal import printable

MARGIN = timedelta(minutes=5)
"""Before the job's start and after its end: machines start earlier and are cleaned up later."""
_SHOWN_FIRST = ("level", "event", "message", "execution_id")
_OWN = frozenset({"time", "timestamp", "session_id", *_SHOWN_FIRST})


def session_logs(clients: AwsClients, stack: Stack, job: JobFile) -> Iterator[str]:
    """Lines `TIME SOURCE LEVEL EVENT more`. Raises `ClientError`."""
    groups = {
        "runtime": stack.runtime_log_group,
        "application": stack.application_log_group,
        "executor": stack.executor_log_group,
    }
    known = {source: group for source, group in groups.items() if group}
    if not known:
        names = ", ".join(f"{source}_log_group" for source in groups)
        raise InputError(f"The stack's outputs lack {names}; update the stack with: pulumi up")
    streams = [_entries(clients, source, group, job) for source, group in known.items()]
    for _, source, message in heapq.merge(*streams, key=lambda entry: entry[0]):
        yield _line(source, message)


def _entries(
    clients: AwsClients, source: str, group: str, job: JobFile
) -> Iterator[tuple[int, str, str]]:
    """Time in ms, source and message of the lines that name the session; none without a group."""
    pages = clients.client("logs").get_paginator("filter_log_events")
    asked: dict[str, Any] = {
        "logGroupName": group,
        "filterPattern": f'"{job.session_id}"',
        "startTime": _milliseconds(job.started - MARGIN),
    }
    if job.ended is not None:
        asked["endTime"] = _milliseconds(job.ended + MARGIN)
    try:
        for page in pages.paginate(**asked):
            for event in page["events"]:
                yield event["timestamp"], source, event["message"]
    except ClientError as error:
        # The service makes the application's group with its first line.
        if not is_missing(error):
            with explained(f"reading the log group {group}"):
                raise


def _line(source: str, message: str) -> str:
    """One log entry for a person: JSON taken apart, anything else as it is."""
    try:
        entry: Any = json.loads(message)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return f"{source:<11} {printable(message)}"
    time = str(entry.get("time") or entry.get("timestamp") or "")
    first = [str(entry[name]) for name in _SHOWN_FIRST if entry.get(name)]
    rest = [f"{name}={_value(value)}" for name, value in entry.items() if name not in _OWN]
    return printable(" ".join([time, f"{source:<11}", *first, *rest]))


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _milliseconds(time: datetime) -> int:
    return int(time.astimezone(UTC).timestamp() * 1000)
