"""A whole run: output folder, runtime, job, results."""

import contextlib
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from client.connection import Connection, Message
from client.errors import ClientError, ExitCode, InputError, ResultError
from client.events import Cancelled, Completed, Failed, Terminal
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
    print_cancelled,
    print_detached,
    print_failure,
    print_report,
)


@dataclass(slots=True)
class Run:
    """One run of the client. `progress` gets what happens, `results` what came of it."""

    session_id: str
    folder: OutputFolder
    runtime: Runtime
    progress: Console
    results: Console
    started: float = field(default_factory=time.monotonic)
    record: JobRecord = field(default_factory=JobRecord)

    def follow(self, first: Callable[[Runtime], Message]) -> ExitCode:
        """Send `first`, follow the job, keep its results, and say where they are.

        Raises `ClientError`; `first` is called once the runtime answers.
        """
        self.folder.session_id = self.session_id
        with Interruption() as interruption, self.folder:
            try:
                self._run_job(first, interruption)
            except InputError:
                self.folder.discard()
                raise
            except ClientError as error:
                if self.folder.status == "interrupted":
                    self.folder.status = "failed"
                print_failure(self.progress, str(error), self.folder)
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

    def _run_job(self, first: Callable[[Runtime], Message], interruption: Interruption) -> None:
        if self.runtime.opening:
            self.progress.print(self.runtime.opening, soft_wrap=True)
        with (
            self.runtime,
            Connection(self.runtime.url, self.session_id) as connection,
            EventRecord(self.folder.record) as events,
            contextlib.closing(make_view(self.progress)) as view,
        ):
            job = Job(connection, self.runtime, view, self.progress, events, interruption)
            self.record = job.record
            job.run(first(self.runtime))
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
                collect(self.folder.record, artifacts)
            except ResultError as error:
                view.note(str(error))
            return
        if artifacts or terminal.answer is None:
            self.folder.status = "incomplete"
            refuse_incomplete(artifacts)
            collect(self.folder.record, artifacts)
            (self.folder.record / RUNTIME_LOG).unlink(missing_ok=True)
            self.folder.publish()

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
        begun = self.record.started is not None
        if self.runtime.outlives_client and begun and not self.record.cancel_requested:
            self.folder.status = "detached"
            print_detached(self.progress, self.attach_command())
            return ExitCode.DETACHED
        self.folder.status = "cancelled"
        print_cancelled(self.progress, "", self.folder)
        return ExitCode.CANCELLED

    def attach_command(self) -> str:
        """The command that follows this job again, quoted for a shell."""
        words = ["attach", self.session_id, "--runtime", self.runtime.url]
        return shlex.join(["python", "-m", "client", *words, "--out", str(self.folder.out)])


def default_out(name: str) -> Path:
    """Where results go without `--out`: `<name>-report` in the current folder."""
    return Path.cwd() / f"{name}-report"
