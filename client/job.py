"""One job from its first message to its end: events, questions to the person, Ctrl-C."""

import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console

from client.connection import Message
from client.errors import ClientError, ConnectionLostError, InputError
from client.events import (
    ArtifactChanged,
    Event,
    JobStarted,
    PlanProposed,
    PlanReviewRequested,
    StepStarted,
    Terminal,
)
from client.interruption import Interrupted, Interruption
from client.progress import ProgressView
from client.results import EventRecord
from client.review import Verdict, ask_verdict, show_plan
from client.runtime import Channel, Runtime
from client.stream import Reattaching, Received, RetryPolicy, follow
from client.terminal import ask, interactive

CANCEL_SECONDS = 15.0
"""How long the runtime may take to end a job after `cancel`."""


@dataclass(slots=True)
class JobRecord:
    """What is remembered of a job's events. `terminal` is None when it went on without us."""

    started: JobStarted | None = None
    plan: PlanProposed | None = None
    changes: list[ArtifactChanged] = field(default_factory=list)
    terminal: Terminal | None = None
    cancel_requested: bool = False

    def add(self, event: Event) -> None:
        """Remember what later needs."""
        match event:
            case JobStarted():
                self.started = event
            case PlanProposed():
                self.plan = event
            case ArtifactChanged():
                self.changes.append(event)
            case Terminal():
                self.terminal = event


@dataclass(frozen=True, slots=True)
class _StreamFailed:
    error: Exception


_Item = Received | Reattaching | Interrupted | _StreamFailed


class Job:
    """Follows a job. Events are read in a thread, so that a question never holds up the stream."""

    def __init__(
        self,
        channel: Channel,
        runtime: Runtime,
        view: ProgressView,
        console: Console,
        events: EventRecord,
        interruption: Interruption,
    ) -> None:
        self.record = JobRecord()
        self._channel = channel
        self._runtime = runtime
        self._view = view
        self._console = console
        self._events = events
        self._interruption = interruption
        # SimpleQueue.put may be called from a signal handler; Queue.put may not.
        self._inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._cancel_sent = False
        self._cancel_deadline: float | None = None
        self._detached = False
        self._review_request: PlanReviewRequested | None = None
        self._last_event = 0

    def run(self, first: Message) -> JobRecord:
        """Follow until the terminal event, detachment, or a cancellation nobody confirmed.

        Raises `ClientError`, and `KeyboardInterrupt` at the second Ctrl-C.
        """
        try:
            with self._interruption.delivered(self._inbox.put):
                threading.Thread(target=self._read, args=(first,), daemon=True).start()
                while self.record.terminal is None and not self._detached:
                    item = self._next()
                    if item is None:
                        self._view.note("The runtime did not confirm the cancellation in time.")
                        break
                    self._handle(item)
                    if self._review_request is not None and self._inbox.empty():
                        self._review(self._review_request)
        finally:
            self._stop.set()
        return self.record

    def _read(self, first: Message) -> None:
        try:
            for item in follow(
                self._channel.stream,
                first,
                policy=RetryPolicy(),
                stop=self._stop,
                check=self._runtime.check,
            ):
                self._inbox.put(item)
        except Exception as error:  # noqa: BLE001 - the main thread raises it
            self._inbox.put(_StreamFailed(error))

    def _next(self) -> _Item | None:
        """The next thing that happened; None when the deadline of a cancellation has passed."""
        if self._cancel_deadline is None:
            return self._inbox.get()
        try:
            return self._inbox.get(timeout=max(0.0, self._cancel_deadline - time.monotonic()))
        except queue.Empty:
            return None

    def _handle(self, item: _Item) -> None:
        match item:
            case Received():
                self._events.append(item.payload)
                self.record.add(item.event)
                self._view.show(item.event)
                if self.record.cancel_requested and not self._cancel_sent:
                    self._send_cancel()
                if isinstance(item.event, PlanReviewRequested):
                    self._review_request = item.event
                elif isinstance(item.event, PlanProposed | StepStarted | Terminal):
                    self._review_request = None
                self._last_event = item.event.seq
            case Reattaching():
                lost = f"Connection lost after event {item.after}" if item.after else "No job yet"
                attempt = f"attempt {item.attempt} of {item.attempts} in {item.wait:.1f} s"
                self._view.note(f"{lost} ({item.cause}); {attempt}.")
            case Interrupted():
                self._interrupted(item)
            case _StreamFailed():
                raise item.error

    def _interrupted(self, interrupted: Interrupted) -> None:
        """Ask what Ctrl-C means where somebody can answer; otherwise it means cancel."""
        if not (interrupted.by_key and interactive()):
            self._cancel()
            return
        with self._board_put_away():
            self._ask_how_to_end()

    @contextlib.contextmanager
    def _board_put_away(self) -> Iterator[None]:
        """While a question is asked; left by `KeyboardInterrupt` the board stays away."""
        with self._interruption.held():
            self._view.pause()
        yield
        with self._interruption.held():
            self._view.resume()

    def _ask_how_to_end(self) -> None:
        may_detach = self._runtime.outlives_client
        choices = "[c]ancel the job, " + ("[d]etach and let it run, " if may_detach else "")
        with self._interruption.raising():
            answer = (ask(f"\n{choices}or Enter to go on: ") or "").lower()
        if answer in {"c", "cancel"}:
            self._cancel()
        elif may_detach and answer in {"d", "detach"}:
            self._detached = True

    def _cancel(self) -> None:
        self.record.cancel_requested = True
        self._cancel_deadline = time.monotonic() + CANCEL_SECONDS
        self._interruption.disarm()
        self._view.note("Cancelling; Ctrl-C once more ends at once.")
        self._send_cancel()

    def _send_cancel(self) -> None:
        """Tell the runtime; when it has no job yet the next event sends this again."""
        try:
            self._channel.call({"type": "cancel"})
            self._cancel_sent = True
        except (InputError, ConnectionLostError) as error:
            self._view.note(f"The cancellation did not arrive: {error}")

    def _review(self, request: PlanReviewRequested) -> None:
        """Ask for a verdict, unless this request is history, as it is after attaching late."""
        if not interactive():
            self._review_request = None
            self._view.note("The plan waits for a review; attach from a terminal to give it.")
            return
        try:
            status = self._channel.call({"type": "status"})
        except (ClientError, ConnectionLostError):
            return
        if not status.get("review_pending") or status.get("last_event", 0) > self._last_event:
            return
        with self._board_put_away():
            if self.record.plan is not None:
                show_plan(self._console, self.record.plan.plan, request.revision)
            verdict = self._ask_verdict(request)
        self._review_request = None
        if verdict is not None:
            self._send_verdict(verdict)

    def _ask_verdict(self, request: PlanReviewRequested) -> Verdict | None:
        deadline = time.monotonic() + request.timeout_seconds
        while not self._detached and not self.record.cancel_requested:
            try:
                with self._interruption.raising():
                    return ask_verdict(self._console, request, deadline, self._review_is_moot)
            except KeyboardInterrupt:
                self._ask_how_to_end()
        return None

    def _review_is_moot(self) -> bool:
        """Take in what happens meanwhile; true once the job has gone on without a verdict."""
        while not self._inbox.empty():
            self._handle(self._inbox.get())
        return self._review_request is None

    def _send_verdict(self, verdict: Verdict) -> None:
        if verdict.cancels:
            self._cancel()
            return
        message: Message = {
            "type": "plan_feedback",
            "approved": verdict.approved,
            "feedback": verdict.feedback,
        }
        try:
            self._channel.call(message)
        except (ClientError, ConnectionLostError) as error:
            self._view.note(f"The verdict on the plan did not arrive: {error}")
