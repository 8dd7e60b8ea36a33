"""A real user id that one kernel has for itself, so that Linux counts its processes alone.

RLIMIT_NPROC counts by real user and is not enforced for root. A kernel of a server that runs as
root therefore changes its real user only: its effective user stays root and opens the files that it
could open before, while the limit counts and bounds what it starts. Facts: setresuid(2),
getrlimit(2), user_namespaces(7).
"""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from executor.processes import task_count

FIRST_PRIVATE_USER = 2_000_000_000
"""Beyond the ids that distributions, directory services and containers give out."""

UID_MAP = Path("/proc/self/uid_map")
FULL_MAP_LENGTH = 4_294_967_295
MOST_PIDS = 2**22
STRIDE = 7919
ATTEMPTS = 16
KEEPS_EFFECTIVE_USER = (6, 16)
"""Since this Linux an exec under no_new_privs keeps an effective user that is not the real one."""


def take_private_user(pid: int) -> int | None:
    """Make an unused id this process's real user; returns it, or None when that is not possible.

    It is not possible (and not needed) for other users than root, and not where root may not change
    users or has no second one: then the processes of the server's user are counted together.
    """
    if os.geteuid() != 0:
        return None
    user = unused_user(pid)
    if user is None:
        return None
    try:
        os.setresuid(user, 0, 0)
    except OSError:
        return None
    return user


def unused_user(pid: int, uid_map: Path = UID_MAP) -> int | None:
    """An id without processes for the kernel `pid`, among those that this namespace knows."""
    first, length = _largest_range(uid_map)
    if length < FULL_MAP_LENGTH:
        half = length // 2  # a container's own users are at the lower end
        candidates = [first + half + (pid + i * STRIDE) % half for i in range(ATTEMPTS) if half]
    else:
        candidates = [FIRST_PRIVATE_USER + pid + i * MOST_PIDS for i in range(ATTEMPTS)]
    return next((user for user in candidates if task_count(user) == 0), None)


def _largest_range(uid_map: Path) -> tuple[int, int]:
    """First id and length of the largest range of users that this namespace knows."""
    try:
        lines = uid_map.read_text(encoding="ascii").splitlines()
        ranges = [(int(line.split()[0]), int(line.split()[2])) for line in lines]
    except (OSError, ValueError, IndexError):
        return 0, 0
    return max(ranges, key=lambda found: found[1], default=(0, 0))


def exec_keeps_effective_user() -> bool:
    """Whether programs keep the effective user although no_new_privs is set."""
    release = re.match(r"(\d+)\.(\d+)", platform.release())
    return release is not None and tuple(map(int, release.groups())) >= KEEPS_EFFECTIVE_USER
