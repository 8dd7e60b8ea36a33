"""The session that this process serves: its parts, its age, and how it ends."""

from __future__ import annotations

import functools
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from executor.changes import ARTIFACTS, WorkspaceChanges
from executor.confinement import Confinement
from executor.digests import Digests, describe_file
from executor.errors import ApiError
from executor.execution import Execution, Work
from executor.execution_registry import ExecutionRegistry
from executor.identity import SessionIdentity
from executor.input_downloads import InputDownloads
from executor.json_logging import configure_logging, log
from executor.object_storage_sink import ObjectStorageSink
from executor.processes import server_ids
from executor.runner import Runner
from executor.settings import Settings
from executor.sink import ArtifactSink, FolderSink
from executor.sink_queue import SinkQueue
from executor.template_process import TemplateProcess, template_environment
from executor.timestamps import iso_time
from executor.watchdog import Watchdog
from executor.workspace import Workspace

STOP_DEADLINE_SECONDS = 10.0
SINK_DEADLINE_SECONDS = 30.0
CLOSE_LINGER_SECONDS = 1.0
REPORTED_PACKAGES = ("ipython", "pandas", "numpy", "matplotlib", "flask", "gunicorn")


class Session:
    """Everything of one session. `exit_process` is called once, when the session has ended."""

    def __init__(
        self,
        settings: Settings,
        template: TemplateProcess,
        server_pid: int,
        exit_process: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.workspace = Workspace(settings.workspace)
        self.digests = Digests(self.workspace)
        self.identity = SessionIdentity(
            settings.session_id, settings.session_token_sha256, claimable=settings.claimable
        )
        folder = settings.sink_folder
        sink: ArtifactSink = ObjectStorageSink() if folder is None else FolderSink(folder)
        self.object_storage = sink if isinstance(sink, ObjectStorageSink) else None
        self.sink = SinkQueue(self.workspace, self.digests, sink)
        self.inputs = InputDownloads(
            self.workspace, self.digests, limit_bytes=settings.limit_upload_bytes
        )
        self._server_pid = server_pid
        self._exit_process = exit_process
        self._private_folder = tempfile.mkdtemp(prefix="executor-")
        self.runner = Runner(
            template=template,
            server_pid=server_pid,
            confinement=self._confinement,
            environment=self._kernel_environment(),
            output_bytes=settings.limit_output_bytes,
            changes=WorkspaceChanges(self.workspace, self.digests, self.sink),
            exit_process=exit_process,
        )
        self.executions = ExecutionRegistry(
            settings.limit_queue, settings.limit_recorded_bytes, self.runner.wake
        )
        self._watchdog = Watchdog(
            self.runner, settings.limit_memory_bytes, settings.limit_processes, self._check_age
        )
        self._started_at = time.time()
        self._started = time.monotonic()
        self._last_activity = self._started
        self._used = True
        self._close_lock = threading.Lock()
        self._age_lock = threading.Lock()
        self.closing = False
        self._answer: dict[str, Any] | None = None
        self._exit_timer: threading.Timer | None = None

    def start(self) -> None:
        """Fork the first kernel in the background and begin to watch."""
        self._watchdog.start()
        self.runner.start(self.executions)

    def _confinement(self, template_pid: int) -> Confinement:
        return Confinement(
            workspace=str(self.settings.workspace),
            private_folder=self._private_folder,
            network=self.settings.kernel_network,
            memory_bytes=self.settings.limit_memory_bytes,
            processes=self.settings.limit_processes,
            protected=server_ids((self._server_pid, os.getpid(), template_pid)),
        )

    def _kernel_environment(self) -> dict[str, str]:
        return {
            **template_environment(os.environ),
            "HOME": self._private_folder,
            "USER": "executor",
            "LOGNAME": "executor",
            "TMPDIR": self._private_folder,
            "MPLBACKEND": "agg",
            "TERM": "dumb",
        }

    def touch(self) -> None:
        """Note a request, from which idleness is counted."""
        self._last_activity = time.monotonic()
        self._used = True

    def claim(self, session_id: str, token_sha256: str) -> None:
        """Become this session; its age and idleness count from now. Raises `ApiError`."""
        with self._age_lock:
            if self.closing:
                raise ApiError(503, "closing", "this executor is ending; claim another one")
            self.identity.claim(session_id, token_sha256)
            self._started_at = time.time()
            self._started = self._last_activity = time.monotonic()
            self._used = False
        log("session claimed", claimed_by=session_id)
        configure_logging(session_id)

    def submit(self, identity: str, work: Work, timeout: float | None) -> Execution:
        """Queue an execution, or find the one of this id."""
        seconds = self.settings.limit_timeout_seconds if timeout is None else timeout
        return self.executions.submit(identity, work, seconds)

    def interrupt(self, identity: str) -> Execution:
        """Stop the execution of this id, wherever it stands."""
        execution = self.executions.get(identity)
        if not self.executions.withdraw(execution):
            self.runner.stop(execution, "interrupted")
        return execution

    def describe(self) -> dict[str, Any]:
        """The answer of `GET /session`."""
        moment = self._started_at - self._started
        return {
            "session_id": self.identity.session_id,
            "state": self._state(),
            "limits": self.settings.limits(),
            "versions": _versions(),
            "started_at": iso_time(self._started_at),
            "last_activity_at": iso_time(moment + self._last_activity),
            "executions": self.executions.counts(),
            "uploads": self.describe_uploads(),
            "kernel": self.runner.describe(),
        }

    def _state(self) -> str:
        if self.closing:
            return "closing"
        return "unclaimed" if self.identity.unclaimed else "open"

    def describe_uploads(self) -> dict[str, Any]:
        """The `uploads` part of `GET /session`."""
        storage = self.object_storage
        left = storage.grant_seconds_left() if storage is not None else None
        return {**self.sink.describe(), "grant_expires_in_seconds": left}

    def list_files(self, prefix: str) -> list[dict[str, Any]]:
        """Every file whose path starts with `prefix`, sorted by path."""
        files = []
        for path, _ in sorted(self.workspace.files()):
            if path.startswith(prefix):
                with suppress(ApiError):
                    files.append(describe_file(path, *self.digests.of_path(path)))
        return files

    def _check_age(self) -> None:
        with self._age_lock:
            now = time.monotonic()
            counts = self.executions.counts()
            waits = self.identity.unclaimed  # bounded by its lifetime alone
            if counts["running"] or counts["queued"] or self.inputs.busy or waits:
                self._last_activity = now
            if now - self._started > self.settings.limit_lifetime_seconds:
                self.close_in_background("lifetime")
            elif now - self._last_activity > self._longest_idleness():
                self.close_in_background("idle" if self._used else "unused")

    def _longest_idleness(self) -> float:
        """Whoever claimed an executor and never calls it is gone, or does not know of it."""
        idle = self.settings.limit_idle_seconds
        return idle if self._used else min(idle, self.settings.limit_unused_seconds)

    def close_in_background(self, reason: str) -> None:
        """Begin to close and exit afterwards; for signals and limits."""
        if not self.closing:
            self.closing = True
            log("session closes", reason=reason)
            threading.Thread(target=self._close_and_exit, name="close").start()

    def _close_and_exit(self) -> None:
        self.close()
        self._exit_process()

    def exit_soon(self) -> None:
        """Exit after `CLOSE_LINGER_SECONDS`, in which a lost answer can be asked for again."""
        with self._close_lock:
            if self._exit_timer is None:
                self._exit_timer = threading.Timer(CLOSE_LINGER_SECONDS, self._exit_process)
                self._exit_timer.daemon = True  # SIGTERM need not wait for it
                self._exit_timer.start()

    def close(self) -> dict[str, Any]:
        """Refuse new work, stop the running code, flush the sink; returns the manifest.

        Later calls wait for the first and give the same answer.
        """
        self.closing = True
        with self._close_lock:
            if self._answer is None:
                self._answer = self._end()
        return self._answer

    def _end(self) -> dict[str, Any]:
        self.inputs.close()
        running = self.executions.close()
        if running is not None:
            self.runner.stop(running, "closing")
            running.wait(STOP_DEADLINE_SECONDS)
        self._watchdog.close()
        if not self.runner.close(STOP_DEADLINE_SECONDS):
            log("runner did not end in time")
        unsaved = self.sink.close(SINK_DEADLINE_SECONDS)
        if unsaved:
            log("artifacts were not stored", count=len(unsaved))
        shutil.rmtree(self._private_folder, ignore_errors=True)
        answer: dict[str, Any] = {"state": "closed", "artifacts": self.list_files(ARTIFACTS)}
        if unsaved:
            answer["not_stored"] = unsaved
        log("session closed", artifacts=len(answer["artifacts"]))
        return answer


@functools.cache
def _versions() -> dict[str, str]:
    """Versions of Python and of what code may care about; they do not change while we run."""
    packages = {name: version(name) for name in REPORTED_PACKAGES}
    return {"python": platform.python_version(), **packages}
