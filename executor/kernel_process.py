"""The server's hold on one kernel: its control socket, its output pipes and its process."""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import select
import signal
import socket
import termios
import time
from typing import Any

from executor.confinement import Confinement
from executor.errors import KernelUnavailableError
from executor.frames import RECEIVE_BYTES, FrameReader, encode_frame
from executor.template_process import TemplateProcess

PIPE_BYTES = 1024 * 1024
"""Size of an output pipe and of one read: what an unprivileged process may ask for by default."""

HELLO_DEADLINE_SECONDS = 10.0
SEND_DEADLINE_SECONDS = 10.0


class KernelProcess:
    """A kernel that said hello. All calls come from the runner's thread, except `pid` and
    `interrupt`.
    """

    def __init__(
        self,
        generation: int,
        pid: int,
        pidfd: int,
        control: socket.socket,
        outputs: dict[str, int],
    ) -> None:
        self.generation = generation
        self.pid = pid
        self.pidfd = pidfd
        self.control = control
        self.outputs = outputs
        self.confinement: dict[str, Any] = {}
        self._frames = FrameReader()
        self._early: list[dict[str, Any]] = []

    @classmethod
    def start(
        cls,
        template: TemplateProcess,
        generation: int,
        confinement: Confinement,
        environment: dict[str, str],
        *,
        fresh: bool = False,
    ) -> KernelProcess:
        """Fork a kernel and wait for its hello. Raises `KernelUnavailableError`."""
        ours, theirs = socket.socketpair()
        pipes = {name: _pipe() for name in ("stdout", "stderr")}
        writers = [writer for _, writer in pipes.values()]
        try:
            pid, pidfd = template.fork(
                (theirs.fileno(), writers[0], writers[1]), confinement, environment, fresh=fresh
            )
        except KernelUnavailableError:
            ours.close()
            for reader, _ in pipes.values():
                os.close(reader)
            raise
        finally:
            theirs.close()
            for writer in writers:
                os.close(writer)
        outputs = {name: reader for name, (reader, _) in pipes.items()}
        kernel = cls(generation, pid, pidfd, ours, outputs)
        try:
            kernel._wait_for_hello()
        except KernelUnavailableError:
            kernel.kill()
            kernel.close()
            raise
        return kernel

    def _wait_for_hello(self) -> None:
        deadline = time.monotonic() + HELLO_DEADLINE_SECONDS
        while not self._early:
            left = deadline - time.monotonic()
            if left <= 0 or self.dead():
                said = b"".join(self.read_available(name) for name in self.outputs)[-500:]
                reason = said.decode("utf-8", "replace").strip().splitlines()[-1:] or ["silent"]
                raise KernelUnavailableError(f"a kernel did not start: {reason[0]}")
            if select.select([self.control], [], [], min(left, 0.05))[0]:
                self._early = self.receive() or []
        hello = self._early.pop(0).get("hello")
        self.confinement = hello if isinstance(hello, dict) else {}
        self.control.settimeout(SEND_DEADLINE_SECONDS)

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; raises `OSError` when the kernel does not take it."""
        self.control.sendall(encode_frame(message))

    def receive(self) -> list[dict[str, Any]] | None:
        """The messages that can be read now; None at the end. Raises `FrameError`."""
        try:
            data = self.control.recv(RECEIVE_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return self._frames.feed(data) if data else None

    def read(self, stream: str) -> bytes:
        """One read of an output pipe that is readable; empty at its end."""
        try:
            return os.read(self.outputs[stream], PIPE_BYTES)
        except BlockingIOError:
            return b""

    def read_available(self, stream: str) -> bytes:
        """What the pipe holds at this moment, and nothing that is written while reading."""
        count = array.array("i", [0])
        fcntl.ioctl(self.outputs[stream], termios.FIONREAD, count)
        return os.read(self.outputs[stream], count[0]) if count[0] else b""

    def dead(self) -> bool:
        """Whether the process has ended."""
        return bool(select.select([self.pidfd], [], [], 0)[0])

    def interrupt(self) -> None:
        """Send SIGINT to the kernel and to what shares its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Give back the descriptors."""
        self.control.close()
        for descriptor in (self.pidfd, *self.outputs.values()):
            os.close(descriptor)


def _pipe() -> tuple[int, int]:
    reader, writer = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(reader, False)
    with contextlib.suppress(OSError):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return reader, writer


def describe_exit(status: int) -> str:
    """A wait status in words: `exited with code 3` or `was killed by SIGSEGV`."""
    if os.WIFSIGNALED(status):
        return f"was killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exited with code {os.WEXITSTATUS(status)}"
