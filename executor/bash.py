"""Runs a bash command on the kernel's side, in its own process group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import Any

TERMINATE_GRACE_SECONDS = 1.0
"""How long an interrupted command may clean up; shorter than the server's grace before SIGKILL."""


def run_bash(code: str) -> dict[str, Any] | None:
    """Run `code` with bash in the current directory; returns an `error` event unless it exits 0.

    Its output goes to this process's standard output and error. Whatever the command leaves running
    in its process group is killed when bash ends. Raises `KeyboardInterrupt` after stopping the
    group. `-p` keeps bash from giving up the effective user when a server of root's runs it under
    another real user (`executor.private_user`).
    """
    try:
        process = _start(code)
    except OSError as error:
        return _error("OSError", f"bash cannot be started: {error.strerror}")
    try:
        status = process.wait()
    except KeyboardInterrupt:
        _stop(process)
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return None if status == 0 else exit_event(status)


def _start(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-p", "-c", code],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
        os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + TERMINATE_GRACE_SECONDS
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, deadline - time.monotonic()))
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def exit_event(status: int) -> dict[str, Any]:
    """The `error` event of a command that ended with `status` (negative: killed by that signal)."""
    if status < 0:
        message = f"bash was killed by {signal.Signals(-status).name}"
    elif status > 128 and status - 128 in {number.value for number in signal.Signals}:
        name = signal.Signals(status - 128).name
        message = f"the command exited with code {status} (killed by {name})"
    else:
        message = f"the command exited with code {status}"
    return _error("ExitCode", message)


def _error(name: str, message: str) -> dict[str, Any]:
    return {"type": "error", "name": name, "message": message, "line": None, "traceback": ""}
