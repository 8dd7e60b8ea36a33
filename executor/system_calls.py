"""The few Linux calls that Python does not offer, through ctypes. x86_64 and aarch64."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *arguments: int) -> None:
    """Call prctl(2); raises `OSError` when the kernel refuses."""
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(ctypes.c_int(option), *values) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends, also when the parent has ended already.

    `parent` is the process id that the caller believes to be its parent.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def forbid_inspection() -> None:
    """Close /proc/PID/{mem,environ,fd,...} of this process to others of the same user."""
    prctl(PR_SET_DUMPABLE, 0)


def allow_inspection() -> None:
    """Undo `forbid_inspection`, so that a process may use its own /proc entries."""
    prctl(PR_SET_DUMPABLE, 1)


def adopt_orphans() -> bool:
    """Become the parent of every orphan among this process's descendants.

    The answer is False where the machine does not know that (an emulated processor). The first
    process of a container is their parent in any case.
    """
    try:
        prctl(PR_SET_CHILD_SUBREAPER, 1)
    except OSError:
        return os.getpid() == 1
    return True
