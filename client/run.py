"""A whole run: output folder, runtime, job, results."""

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.text import Text

from client.connection import Message
from client.errors import AccessError, ClientError, ExitCode, InputError, ResultError
from client.events import Artifact, Cancelled, Completed, Failed, Terminal
from client.interruption import Interruption
from client.job import Job, JobRecord
from client.output_folder import OutputFolder
from client.progress import ProgressView, make_view
from client.results import (
    RUNTIME_LOG,
    EventRecord,
    collect,
    latest_artifacts,
    refuse_incomplete,
    write_usage,
)
from client.runtime import Runtime
from client.summary import (
    print_answer,
    print_attach_command,
    print_cancelled,
    print_failure,
    print_report,
)
from client.terminal import printable
from client.transfer_progress import TransferProgress


@dataclass(slots=True)
class Run:
    """One run of the client. `progress` gets what happens, `results` what came of it."""

    session_id: str
    folder: OutputFolder
    runtime: Runtime
    progress: Console
    results: Console
    files: Sequence[Path] = ()
    """Inputs, absolute paths; none when the job exists already."""
    started: float = field(default_factory=time.monotonic)
    record: JobRecord = field(default_factory=JobRecord)

    def follow(self, first: Callable[[list[str]], Message]) -> ExitCode:
        """Send `first`, follow the job, keep its results, and say where they are.

        `first` gets the addresses of the inputs once the runtime answers. Raises `ClientError`.
        """
        self.folder.session_id = self.session_id
        with Interruption() as interruption, self.folder:
            try:
                self._run_job(first, interruption)
            except InputError:
                self.folder.discard()
                raise
            except ClientError as error:
                if isinstance(error, AccessError) and self.record.started is None:
                    self.folder.discard()
                    raise
                if self.folder.status == "interrupted":
                    self.folder.status = "failed"
                print_failure(self.progress, str(error), self.folder)
                if self._goes_on_without_us:
                    print_attach_command(self.progress, self.attach_command())
                return error.exit_code
            except OSError as error:
                self.folder.status = "failed"
                reason = f"'{error.filename or self.folder.record}' ({error.strerror or error})"
                text = f"The result cannot be written: {reason}; make room or choose another --out."
                print_failure(self.progress, text, self.folder)
                return ExitCode.FAILED
            except KeyboardInterrupt:
                return self._abandon()
            return self._conclude()

    @property
    def _goes_on_without_us(self) -> bool:
        begun = self.record.started is not None and self.record.terminal is None
        return begun and self.runtime.outlives_client and not self.record.cancel_requested

    def _run_job(self, first: Callable[[list[str]], Message], interruption: Interruption) -> None:
        if self.runtime.opening:
            self.progress.print(self.runtime.opening, soft_wrap=True)
        with self.runtime:
            addresses = self.runtime.deliver(self.session_id, self.files, self._note)
            refused = False
            try:
                self._follow(first(addresses), interruption)
            except InputError:
                refused = True
                raise
            finally:
                if refused or self._session_is_over:
                    self.runtime.end_session(self.session_id, self._note)

    @property
    def _session_is_over(self) -> bool:
        """Whether nobody needs the session any more: ended, cancelled, or never begun by us."""
        record = self.record
        never_begun = bool(self.files) and record.started is None
        return record.terminal is not None or record.cancel_requested or never_begun

    def _note(self, text: str) -> None:
        self.progress.print(Text(printable(text)), soft_wrap=True)

    def _follow(self, message: Message, interruption: Interruption) -> None:
        with (
            self.runtime.connect(self.session_id) as channel,
            EventRecord(self.folder.record) as events,
            shown(self.progress, interruption) as view,
        ):
            job = Job(channel, self.runtime, view, self.progress, events, interruption)
            self.record = job.record
            job.run(message)
            if job.record.terminal is not None:
                self._keep(job.record.terminal, view)

    def _keep(self, terminal: Terminal, view: ProgressView) -> None:
        """Bring the job's files home while the runtime still has them."""
        provider = self.record.started.model_provider if self.record.started else ""
        self.folder.status = terminal.type
        write_usage(self.folder.record, terminal, provider)
        artifacts = latest_artifacts(self.record.changes, terminal)
        if not isinstance(terminal, Completed):
            try:
                self._collect(artifacts, view)
            except ResultError as error:
                view.note(str(error))
            return
        if artifacts or terminal.answer is None:
            self.folder.status = "incomplete"
            refuse_incomplete(artifacts)
            self._collect(artifacts, view)
            (self.folder.record / RUNTIME_LOG).unlink(missing_ok=True)
            self.folder.publish()

    def _collect(self, artifacts: Sequence[Artifact], view: ProgressView) -> None:
        total = sum(artifact.size for artifact in artifacts)
        title = f"Fetching {len(artifacts)} files"
        with TransferProgress(title, total, self.progress, view) as progress:
            collect(self.folder.record, artifacts, self.runtime.read, progress.advance)

    def _conclude(self) -> ExitCode:
        """Say how the run ended, after the progress has left the terminal."""
        seconds = time.monotonic() - self.started
        match self.record.terminal:
            case Completed() as completed if self.folder.published:
                print_report(self.results, self.folder.out, self.record, completed, seconds)
                return ExitCode.COMPLETED
            case Completed() as completed:
                print_answer(self.results, completed.answer or "")
                return ExitCode.COMPLETED
            case Failed() as failed:
                print_failure(self.progress, failed.reason, self.folder)
                return ExitCode.FAILED
            case Cancelled() as cancelled:
                print_cancelled(self.progress, cancelled.reason, self.folder)
                return ExitCode.CANCELLED
            case _:
                return self._abandon()

    def _abandon(self) -> ExitCode:
        """Leave without a terminal event: detached, or ended at once."""
        if self._goes_on_without_us:
            self.folder.status = "detached"
            self._note("Detached; the job goes on.")
            print_attach_command(self.progress, self.attach_command())
            return ExitCode.DETACHED
        self.folder.status = "cancelled"
        print_cancelled(self.progress, "", self.folder)
        return ExitCode.CANCELLED

    def attach_command(self) -> str:
        """The command that follows this job again, quoted for a shell."""
        words = ["attach", self.session_id, *self.runtime.options]
        return shlex.join(["python", "-m", "client", *words, "--out", str(self.folder.out)])


@contextlib.contextmanager
def shown(console: Console, interruption: Interruption) -> Iterator[ProgressView]:
    """The progress of a run on a console, drawn and taken away as a whole."""
    view: ProgressView | None = None
    try:
        with interruption.held():
            view = make_view(console)
        yield view
    finally:
        if view is not None:
            with interruption.held():
                view.close()


def default_out(name: str) -> Path:
    """Where results go without `--out`: `<name>-report` in the current folder."""
    return Path.cwd() / f"{name}-report"
