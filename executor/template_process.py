"""The server's side of the template process: start it, ask it for kernels."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from executor.errors import KernelUnavailableError

if TYPE_CHECKING:  # imported before the template starts, so only what starting it needs
    from executor.confinement import Confinement

READY_DEADLINE_SECONDS = 60.0
"""How long the imports may take; about 1 s with compiled bytecode, several times that without."""

REPLY_DEADLINE_SECONDS = 10.0

PASSED_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "MPLCONFIGDIR", "PYTHONDONTWRITEBYTECODE")
"""What the template, and so user code, sees of the server's environment. No credentials, no
settings.
"""

_PACKAGE_PARENT = str(Path(__file__).resolve().parent.parent)


def template_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The allow-listed environment of the template process.

    One thread for each numerical library: threads that exist before a fork are lost in the child.
    """
    passed = {name: environment[name] for name in PASSED_VARIABLES if name in environment}
    home = environment.get("HOME", "/tmp")  # noqa: S108 - only when there is no home
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": f"{home}/.cache/matplotlib",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        # pyarrow's allocator would start a thread of its own with the import of pandas.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "PYTHONUTF8": "1",
        "PYTHONPATH": _PACKAGE_PARENT,
        **passed,
    }


class TemplateProcess:
    """A running template process. Use it from one thread at a time."""

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._connection = connection
        self._ready = False
        self.pid = pid

    @classmethod
    def start(cls) -> TemplateProcess:
        """Start one; it imports in the background and the first `fork` waits for it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            arguments = [str(theirs.fileno()), str(os.getpid())]
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "executor.template", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=template_environment(os.environ),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        # The process is reaped by whoever adopts orphans; Popen must not warn about it.
        process.returncode = 0
        return cls(ours, process.pid)

    def fork(
        self,
        descriptors: tuple[int, int, int],
        confinement: Confinement,
        environment: dict[str, str],
        *,
        fresh: bool = False,
    ) -> tuple[int, int]:
        """Fork a kernel with its control socket and output pipes; returns its pid and a pidfd.

        Raises `KernelUnavailableError` when the template process has ended or cannot fork.
        """
        self._wait_until_ready()
        request = {
            "op": "fork",
            "confinement": confinement.to_dict(),
            "environment": environment,
            "fresh": fresh,
        }
        try:
            socket.send_fds(self._connection, [json.dumps(request).encode()], list(descriptors))
        except OSError as error:
            raise KernelUnavailableError("the template process has ended") from error
        answer, received = self._receive(REPLY_DEADLINE_SECONDS)
        if "error" in answer or not received:
            raise KernelUnavailableError(str(answer.get("error", "no kernel was forked")))
        return int(answer["pid"]), received[0]

    def reap(self, pid: int) -> int:
        """The wait status of a kernel that has ended."""
        try:
            self._connection.send(json.dumps({"op": "reap", "pid": pid}).encode())
        except OSError as error:
            raise KernelUnavailableError("the template process has ended") from error
        answer, _ = self._receive(REPLY_DEADLINE_SECONDS)
        return int(answer["status"])

    def _wait_until_ready(self) -> None:
        if not self._ready:
            self._receive(READY_DEADLINE_SECONDS)
            self._ready = True

    def _receive(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        deadline = time.monotonic() + seconds
        while not select.select([self._connection], [], [], max(0.0, deadline - time.monotonic()))[
            0
        ]:
            if time.monotonic() > deadline:
                raise KernelUnavailableError(f"the template process is silent for {seconds:.0f} s")
        try:
            data, descriptors, _, _ = socket.recv_fds(self._connection, 65536, 1)
        except OSError as error:
            raise KernelUnavailableError("the template process has ended") from error
        if not data:
            raise KernelUnavailableError("the template process has ended")
        return json.loads(data), descriptors

    def close(self) -> None:
        """End the template process by closing its connection."""
        self._connection.close()
