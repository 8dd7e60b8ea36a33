"""The executor's own server with a kernel that does nothing: what is left is the server's cost.

`python -m bench.null_executor` is started like the executor. Its kernel acknowledges every
execution and never looks at the code.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from executor.__main__ import listen
from executor.confinement import Confinement
from executor.frames import FrameReader, encode_frame, receive_frame
from executor.json_logging import configure_logging, log
from executor.server import Server
from executor.settings import load_settings
from executor.template_process import TemplateProcess


class NullTemplate(TemplateProcess):
    """Gives kernels that do nothing; there is nothing to import for them."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._kernels: dict[int, subprocess.Popen[bytes]] = {}

    def fork(
        self,
        descriptors: tuple[int, int, int],
        confinement: Confinement,  # noqa: ARG002 - nothing runs that could be confined
        environment: dict[str, str],  # noqa: ARG002
        *,
        fresh: bool = False,  # noqa: ARG002
    ) -> tuple[int, int]:
        """Start one; returns its pid and a pidfd."""
        control = descriptors[0]
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.null_executor", str(control)],
            pass_fds=[control],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        )
        self._kernels[process.pid] = process
        return process.pid, os.pidfd_open(process.pid)

    def reap(self, pid: int) -> int:
        """The wait status of a kernel that has ended."""
        return self._kernels.pop(pid).wait()

    def close(self) -> None:
        """End every kernel."""
        for process in self._kernels.values():
            process.kill()


def serve() -> None:
    """The server's side."""
    settings = load_settings()
    configure_logging(settings.session_id)
    listener = listen(settings.host, settings.port)
    log("listening", host=settings.host, port=listener.getsockname()[1])
    Server(settings, listener, NullTemplate()).run()


def acknowledge(control: socket.socket) -> None:
    """The kernel's side: every execution is done at once."""
    hello: dict[str, Any] = {"hello": {}}
    control.sendall(encode_frame(hello))
    reader = FrameReader()
    while receive_frame(control, reader) is not None:
        control.sendall(encode_frame({"done": {"status": "ok"}}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        acknowledge(socket.socket(fileno=int(sys.argv[1])))
    else:
        serve()
