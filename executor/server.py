"""Serves the application with gunicorn: one worker, because the session lives in its memory, and
many threads, because an attached stream holds one.

A worker that ends by itself ends the server: a new one would not know the session, and its id must
never stand for another state.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.errors import HaltServer
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from executor.json_logging import log
from executor.settings import Settings
from executor.system_calls import die_with_parent
from executor.template_process import TemplateProcess

THREADS = 32
"""More than `MAX_STREAMS`; each costs 8 MiB of address space but little memory."""

KEEP_ALIVE_SECONDS = 75
"""Longer than the 60 s after which an AWS load balancer drops an idle connection, so that it ends
first.
"""

STOP_SECONDS = 45
"""For a clean end: stop of the running code, flush of the sink, manifest."""

THREAD_START_SECONDS = 30.0
WORKER_LOST_EXIT_CODE = 70


class PlainLogger(Logger):  # type: ignore[misc]
    """Gunicorn's log, left to the handlers of `configure_logging`."""

    def setup(self, cfg: Config) -> None:  # noqa: ARG002 - the signature is gunicorn's
        """Add no handlers and no formats of its own."""
        self.error_log.handlers[:] = []
        self.access_log.handlers[:] = []
        self.error_log.propagate = True


class SessionArbiter(Arbiter):  # type: ignore[misc]
    """Starts one worker, once."""

    def manage_workers(self) -> None:
        """Halt when the worker is gone, instead of starting another."""
        if self.worker_age and not self.WORKERS:
            log("worker ended unexpectedly", level=logging.ERROR)
            raise HaltServer("the worker ended", WORKER_LOST_EXIT_CODE)
        if not self.worker_age:
            super().manage_workers()

    def stop(self, graceful: bool = True) -> None:
        """Wait for the worker itself: gunicorn looks for its end each tenth of a second."""
        self.kill_workers(signal.SIGTERM if graceful else signal.SIGQUIT)
        for pid in list(self.WORKERS):
            with suppress(ProcessLookupError):
                worker = os.pidfd_open(pid)
                ended, _, _ = select.select([worker], [], [], STOP_SECONDS)
                os.close(worker)
                if not ended:
                    self.kill_worker(pid, signal.SIGKILL)
        self.reap_workers()
        super().stop(graceful)

    def _ignore_signal(self) -> None:
        """Reloading, scaling and upgrading would lose the session."""

    handle_hup = handle_ttin = handle_ttou = handle_usr2 = handle_winch = _ignore_signal


class SessionWorker(ThreadWorker):  # type: ignore[misc]
    """A thread worker that closes its session before it leaves."""

    def init_process(self) -> None:
        """Serve until the session ends, and never outlive the server's first process."""
        die_with_parent(self.ppid)
        super().init_process()
        self.app.finish_session()
        os._exit(0)  # taking the interpreter apart would double the time of the end

    def get_thread_pool(self) -> Any:
        """A pool whose threads all exist: a kernel must know every id that it may not signal."""
        pool = super().get_thread_pool()
        everyone = threading.Barrier(THREADS)
        for started in [pool.submit(everyone.wait) for _ in range(THREADS)]:
            started.result(THREAD_START_SECONDS)
        return pool

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: close the session, which ends the open streams, then stop.

        Connections on which nothing is asked expire at once: gunicorn would keep them for 2 s. The
        loop closes them after the events that it holds already, which may be about them.
        """
        self.app.close_session()
        super().handle_exit(sig, frame)
        self.method_queue.defer(self._cap_keepalive, time.monotonic())


class Server(BaseApplication):  # type: ignore[misc]
    """The gunicorn application of one session, on a socket that listens already."""

    def __init__(
        self, settings: Settings, listener: socket.socket, template: TemplateProcess
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._template = template
        self._server_pid = os.getpid()
        self._session: Any = None
        super().__init__()

    def load_config(self) -> None:
        """Everything that differs from gunicorn's defaults."""
        values = {
            "bind": f"fd://{self._listener.detach()}",
            "workers": 1,
            "worker_class": SessionWorker,
            "logger_class": PlainLogger,
            "threads": THREADS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "timeout": 0,
            "graceful_timeout": STOP_SECONDS,
            "control_socket_disable": True,
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Called in the worker: make the session and the Flask application."""
        from executor.application import create_application
        from executor.session import Session

        self._session = Session(
            self._settings, self._template, self._server_pid, self._terminate_server
        )
        self._session.start()
        return create_application(self._session)

    def close_session(self) -> None:
        """Called on SIGTERM in the worker."""
        if self._session is not None:
            self._session.close_in_background("terminated")

    def finish_session(self) -> None:
        """Called in the worker when it serves no longer: wait for the end of the close."""
        if self._session is not None:
            self._session.close()

    def _terminate_server(self) -> None:
        """End the whole server the way an operator would."""
        os.kill(self._server_pid, signal.SIGTERM)

    def run(self) -> None:
        """Serve until the session ends; exits the process, at once for the same reason."""
        try:
            SessionArbiter(self).run()
        except SystemExit as end:
            os._exit(end.code if isinstance(end.code, int) else 0)
