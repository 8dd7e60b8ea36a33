"""The template process: imports everything once, then forks a ready kernel whenever it is asked.

Started as `python -P -m executor.template FD`, where FD is a SOCK_SEQPACKET socket. It has one
thread, so that a fork is safe. Requests and answers are JSON, one a packet:

    {"op": "fork", "confinement", "environment", "fresh"} + 3 descriptors
                                                       {"pid"} + a pidfd  |  {"error"}
    {"op": "reap", "pid"}                              {"status": wait status}

Before the first request it sends {"ready": true}.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import warnings
from typing import Any

gc.disable()  # imports make objects that stay: looking through them costs a fifth of the start

from executor.confinement import Confinement  # noqa: E402
from executor.system_calls import die_with_parent, forbid_inspection  # noqa: E402

MAX_PACKET_BYTES = 64 * 1024


def main() -> None:
    """Serve fork requests until the server goes away."""
    die_with_parent(int(sys.argv[2]))
    forbid_inspection()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = socket.socket(fileno=int(sys.argv[1]))
    shell = _prepare()
    # A server that refused its settings is gone before the imports are done: nothing to tell.
    with contextlib.suppress(ConnectionError):
        _serve(connection, shell)


def _serve(connection: socket.socket, shell: Any) -> None:
    connection.send(json.dumps({"ready": True}).encode())
    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, MAX_PACKET_BYTES, 3)
        if not data:
            return
        request = json.loads(data)
        if request["op"] == "reap":
            _, status = os.waitpid(request["pid"], 0)
            connection.send(json.dumps({"status": status}).encode())
        else:
            _fork(connection, request, descriptors, shell)


def _prepare() -> Any:
    """Import what cells use and build the shell, so that a fork has nothing left to do."""
    import numpy
    import pandas  # noqa: F401

    from executor.matplotlib_import import import_matplotlib

    import_matplotlib()

    from executor import kernel  # noqa: F401
    from executor.shell import CellShell
    from executor.toolkit.fonts import configure_matplotlib

    configure_matplotlib()
    # Without a home that can be written to IPython uses a temporary folder, which is fine.
    warnings.filterwarnings("ignore", message="IPython (dir|parent)", category=UserWarning)
    shell = CellShell.instance()
    shell.run("1")
    shell.execution_count = 1
    for name in ("numpy.random", "numpy.linalg"):
        assert hasattr(numpy, name.split(".")[1])
    gc.freeze()
    gc.enable()
    return shell


def _fork(
    connection: socket.socket, request: dict[str, Any], descriptors: list[int], shell: Any
) -> None:
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError as error:
        connection.send(json.dumps({"error": f"fork failed: {error.strerror}"}).encode())
        return
    if pid == 0:
        _become_kernel(connection, request, descriptors, shell, parent)
    for descriptor in descriptors:
        os.close(descriptor)
    pidfd = os.pidfd_open(pid)
    socket.send_fds(connection, [json.dumps({"pid": pid}).encode()], [pidfd])
    os.close(pidfd)


def _become_kernel(
    connection: socket.socket,
    request: dict[str, Any],
    descriptors: list[int],
    shell: Any,
    parent: int,
) -> None:
    from executor.kernel import run_kernel

    connection.close()
    try:
        run_kernel(
            socket.socket(fileno=descriptors[0]),
            (descriptors[1], descriptors[2]),
            shell,
            parent,
            Confinement.from_dict(request["confinement"]),
            request["environment"],
            fresh=request["fresh"],
        )
    finally:
        os._exit(70)


if __name__ == "__main__":
    main()
    os._exit(0)  # taking what it imported apart takes longer than the end of the server
