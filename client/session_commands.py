"""Commands about sessions of a deployed stack: list, fetch, read logs, cancel."""

import json
import threading
import time
from typing import Annotated

import typer
from rich.console import Console

from client.connection import Message
from client.errors import ConnectionLostError, ExitCode, InputError, UnreachableError
from client.events import Terminal
from client.inputs import checked_session
from client.options import (
    AnyOwnerOption,
    OutOption,
    OutputsOption,
    SessionArgument,
    StackOption,
)
from client.output_folder import OutputFolder
from client.place import StackPlace
from client.results import collect
from client.run import default_out
from client.runtime import Channel
from client.stream import Reattaching, RetryPolicy, follow
from client.summary import shown_path
from client.terminal import console_of, printable
from client.transfer_progress import TransferProgress, size_text

CANCEL_SECONDS = 120.0
"""How long a cancelled job may take to close its executor and to save what it has."""


def sessions(
    stack: StackOption = None,
    outputs: OutputsOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> int:
    """List the sessions of a deployed stack, the newest first, with age and cost so far.

    \b
    python -m client sessions --stack dev
    """
    notes, results = console_of("stderr"), console_of("stdout")
    with StackPlace(stack, outputs).runtime(notes) as runtime:
        from client.executor_price import executor_price
        from client.session_list import print_sessions, recent_sessions

        entries, total = recent_sessions(runtime.objects, limit)
        price = executor_price(runtime.stack)
    if as_json:
        content = [entry.as_json(price) for entry in entries]
        results.print(json.dumps(content, ensure_ascii=False, indent=2), soft_wrap=True)
        return ExitCode.COMPLETED
    if not entries:
        notes.print("There are no sessions in this stack.")
        return ExitCode.COMPLETED
    print_sessions(results, entries, price)
    if total > len(entries):
        notes.print(f"{total - len(entries)} older ones: --limit {total} lists them too.")
    without = (
        "COST is not known: the stack's outputs lack the executor's size, or this is not run in "
        "the project, whose plan/prices.json has the prices."
    )
    notes.print(price.basis if price else without, soft_wrap=True)
    return ExitCode.COMPLETED


def artifacts(
    session: SessionArgument,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    any_owner: AnyOwnerOption = False,
    out: OutOption = None,
) -> int:
    """Fetch what a session has made so far, whether its job completed, failed or still runs.

    \b
    python -m client artifacts deep-insight-5f0c... --stack dev --out out/q3
    """
    session_id = checked_session(session)
    notes = console_of("stderr")
    folder = OutputFolder(out or default_out(session_id))
    with StackPlace(stack, outputs).runtime(notes, any_owner=any_owner) as runtime:
        job = runtime.known_job(session_id)
        files = runtime.objects.artifacts(session_id) if job.artifacts is None else job.artifacts
        if not files:
            raise InputError(f"Session {session_id} ({job.status}) has no artifacts.")
        total = sum(file.size for file in files)
        folder.session_id = session_id
        with folder, TransferProgress("Fetching", total, notes) as progress:
            collect(
                folder.record,
                files,
                lambda file: runtime.objects.read(session_id, file, notes.print),
                progress.advance,
            )
            folder.publish(status=job.status)
    what = f"{len(files)} file{'s' * (len(files) != 1)}, {size_text(total)}, job {job.status}"
    console_of("stdout").print(f"{shown_path(folder.out)}  ({what})", soft_wrap=True)
    return ExitCode.COMPLETED


def logs(
    session: SessionArgument,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    any_owner: AnyOwnerOption = False,
) -> int:
    """Print what the runtime and the executor of a session have logged, in the order of time.

    \b
    python -m client logs deep-insight-5f0c... --stack dev
    """
    session_id = checked_session(session)
    notes, results = console_of("stderr"), console_of("stdout")
    with StackPlace(stack, outputs).runtime(notes, any_owner=any_owner) as runtime:
        from client.session_logs import session_logs

        lines = 0
        for line in session_logs(runtime.clients, runtime.stack, runtime.known_job(session_id)):
            results.print(line, soft_wrap=True)
            lines += 1
    if not lines:
        notes.print("There are no log lines of this session (yet); they come with some delay.")
    return ExitCode.COMPLETED


def cancel(
    session: SessionArgument,
    stack: StackOption = None,
    outputs: OutputsOption = None,
    any_owner: AnyOwnerOption = False,
) -> int:
    """Cancel a session's job, wait until it has ended, and stop the session.

    \b
    python -m client cancel deep-insight-5f0c... --stack dev
    """
    session_id = checked_session(session)
    notes = console_of("stderr")
    with StackPlace(stack, outputs).runtime(notes, any_owner=any_owner) as runtime:
        job = runtime.known_job(session_id)
        if not job.is_running:
            notes.print(f"The job has ended already: {printable(job.status)}.")
            return ExitCode.COMPLETED
        try:
            with runtime.connect(session_id) as channel:
                channel.call({"type": "cancel"})
                notes.print("Cancelling.")
                ended = _await_end(channel, notes)
            notes.print(f"The job has ended: {ended.type}.")
        except InputError as error:
            notes.print(printable(str(error)), soft_wrap=True)
        except ConnectionLostError as error:
            raise UnreachableError(f"The runtime could not be told ({error}).") from error
        finally:
            runtime.end_session(session_id, notes.print)
    return ExitCode.COMPLETED


def _await_end(channel: Channel, notes: Console) -> Terminal:
    """The job's last event. Raises `UnreachableError` when it does not come in time."""
    deadline = time.monotonic() + CANCEL_SECONDS
    whole: Message = {"type": "attach", "after_event": 0}
    for item in follow(channel.stream, whole, policy=RetryPolicy(), stop=threading.Event()):
        if isinstance(item, Reattaching):
            notes.print(f"Connection lost ({printable(item.cause)}); trying again.")
        elif isinstance(item.event, Terminal):
            return item.event
        if time.monotonic() > deadline:
            break
    raise UnreachableError(
        f"The job did not end within {CANCEL_SECONDS:.0f} s; its session is stopped with it."
    )
