"""The session's kernel: a fork of the template process that runs one cell after another.

It reads `{"execute": {language, code}}` frames from its control socket and answers with `{"event":
...}` frames and one `{"done": {"status": ...}}`. What code prints goes to file descriptors 1 and 2,
which are pipes that the server reads, so that the output of child processes is caught too.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
import threading
from typing import Any, NoReturn

from executor import figures
from executor.bash import run_bash
from executor.confinement import Confinement, confine
from executor.frames import FrameError, FrameReader, encode_frame, receive_frame
from executor.shell import CellShell
from executor.system_calls import allow_inspection, die_with_parent, forbid_inspection
from executor.tracebacks import error_event


class Kernel:
    """Runs cells in `shell` for the server at the other end of `control`."""

    def __init__(self, control: socket.socket, shell: CellShell) -> None:
        self._control = control
        self._shell = shell
        self._pid = os.getpid()
        self._reader = FrameReader()
        self._acknowledged = 0
        self._sent = 0
        self._sending = threading.Lock()
        self._runs_code = False
        shell.send_event = self.send_event
        figures.publish_to(self._publish_figure)

    def send_event(self, event: dict[str, Any]) -> None:
        """Send one event, after everything printed before it and before all printed after it.

        The server reads output and events from different pipes; it answers an event of the main
        thread once it has read the output before it, and code goes on only then.
        """
        if os.getpid() != self._pid:
            raise RuntimeError("a forked child of the kernel cannot show anything")
        self._flush()
        main_thread = threading.current_thread() is threading.main_thread()
        message = {"event": event, "acknowledge": main_thread}
        try:
            frame = encode_frame(message)
        except FrameError:
            frame = encode_frame({**message, "event": _too_large(event)})
        with self._sending:
            self._control.sendall(frame)
        if main_thread:
            self._sent += 1
            while self._acknowledged < self._sent:
                self._receive()

    def _receive(self) -> dict[str, Any] | None:
        """The next message that is no acknowledgement, None after one; ends with the server."""
        message = receive_frame(self._control, self._reader)
        if message is None:
            os._exit(0)
        if "acknowledged" in message:
            self._acknowledged += 1
            return None
        return message

    def _publish_figure(self, data: dict[str, str]) -> None:
        self.send_event({"type": "display", "data": data})

    def serve(self, report: dict[str, Any]) -> NoReturn:
        """Say hello with the confinement's `report`, then run cells until the server goes away."""
        self._control.sendall(encode_frame({"hello": report}))
        while True:
            message = self._receive()
            if message is not None:
                self._run(message["execute"])

    def _run(self, request: dict[str, Any]) -> None:
        status = "error"
        try:
            self._runs_code = True
            signal.signal(signal.SIGINT, self._interrupt)  # code may have set its own
            try:
                if request["language"] == "bash":
                    status = self._run_bash(request["code"])
                else:
                    status = self._run_python(request["code"])
            finally:
                self._runs_code = False
        except KeyboardInterrupt as error:
            self.send_event({**error_event(error, ""), "traceback": ""})
        if os.getpid() != self._pid:
            os._exit(0)
        self._flush()
        with self._sending:
            self._control.sendall(encode_frame({"done": {"status": status}}))

    def _interrupt(self, _number: int, _frame: Any) -> None:
        """An interrupt between two cells has nothing to stop."""
        if self._runs_code:
            raise KeyboardInterrupt

    def _run_bash(self, code: str) -> str:
        event = run_bash(code)
        if event is None:
            return "ok"
        self.send_event(event)
        return "error"

    def _run_python(self, code: str) -> str:
        error, cell = self._shell.run(code)
        if error is None:
            try:
                figures.show()
            except Exception as figure_error:  # noqa: BLE001 - drawing runs user code
                error = figure_error
        if os.getpid() != self._pid:
            os._exit(0)
        if error is None:
            return "ok"
        self.send_event(error_event(error, cell))
        return "error"

    def _flush(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue


def _too_large(event: dict[str, Any]) -> dict[str, Any]:
    kind = event["type"]
    text = "[left out: larger than one message of the kernel may be]"
    return {"type": kind, "data": {"text/plain": text}}


def run_kernel(
    control: socket.socket,
    output: tuple[int, int],
    shell: CellShell,
    parent: int,
    confinement: Confinement,
    environment: dict[str, str],
    *,
    fresh: bool,
) -> NoReturn:
    """Turn this fork into a kernel; never returns.

    A `fresh` one runs code that must be out of reach of the session's: it imports nothing from the
    workspace and cannot be inspected.
    """
    os.setsid()
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _redirect(output)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(confinement.workspace)
    # An uninspectable process of an ordinary user may not write its own /proc entries.
    allow_inspection()
    report = confine(confinement)
    os.register_at_fork(after_in_child=control.close)
    if fresh:
        forbid_inspection()
    else:
        sys.path.insert(0, "")
    Kernel(control, shell).serve(report)


def _redirect(output: tuple[int, int]) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    for target, source in enumerate(output, start=1):
        os.dup2(source, target)
        os.close(source)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = _stream(1)
    sys.stderr = _stream(2)
    sys.__stdin__ = sys.stdin  # type: ignore[misc]
    sys.__stdout__ = sys.stdout  # type: ignore[misc]
    sys.__stderr__ = sys.stderr  # type: ignore[misc]


def _stream(descriptor: int) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw, 64 * 1024), "utf-8", "backslashreplace", line_buffering=True
    )
