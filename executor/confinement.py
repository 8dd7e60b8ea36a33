"""What user code may not do, enforced by the operating system inside the kernel process.

No new privileges and no capabilities; a real user of its own when the server is root's
(`executor.private_user`); a seccomp filter (`executor.seccomp`); Landlock (`executor.landlock`)
where the Linux kernel has it; resource limits. What is in force is reported by `GET /session`.
Why these and not a second user: docs/decisions/0002-confinement.md.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from executor.landlock import restrict_files
from executor.private_user import exec_keeps_effective_user, take_private_user
from executor.processes import task_count
from executor.seccomp import install_filter
from executor.system_calls import (
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_SECUREBITS,
    libc,
    prctl,
)

SYSTEM_FOLDERS = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/etc",
    "/opt",
    "/proc",
    "/sys",
    "/dev",
)
"""What programs need to read. Home folders and other sessions' files are not below these."""

WRITABLE_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/shm")  # noqa: S108 - a grant
"""`/dev/shm` is where multiprocessing keeps its semaphores."""

LAST_CAPABILITY = 63
CAPABILITY_VERSION_3 = 0x20080522
CAP_SYS_ADMIN = 21

SECURE_BITS = 0b11101111
"""Root's programs get no capabilities, user changes neither, none are kept or raised, all of it
locked: SECBIT_NOROOT, NO_SETUID_FIXUP, KEEP_CAPS (off), NO_CAP_AMBIENT_RAISE and their locks.
"""


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """The bounds of one kernel: where it works, what it may use, whom it may not touch.

    `protected` holds the process, thread and group ids that it may not signal.
    """

    workspace: str
    private_folder: str
    network: str
    memory_bytes: int
    processes: int
    protected: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can carry it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Confinement:
        """From what `to_dict` gave."""
        return cls(**{**values, "protected": tuple(values["protected"])})


def confine(confinement: Confinement) -> dict[str, Any]:
    """Confine this process and all it starts, for good; returns what is in force.

    What the machine does not offer is left out, which the report says: an emulated processor may
    know no seccomp, an older Linux no Landlock.
    """
    _prefer_for_out_of_memory()
    private_user = take_private_user(os.getpid())
    # Before Linux 6.16 a program started under no_new_privs would lose the effective user. Its aim,
    # no gain by an exec, is then met by the empty bounding set, and the filters need a capability.
    no_new_privs = private_user is None or exec_keeps_effective_user() or not _may_filter()
    if no_new_privs:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    counted = _limit_resources(confinement, private_user)
    landlock = _restrict_files(confinement)
    seccomp = _filter_calls(confinement, private_user)
    capabilities = _drop_capabilities()
    return {
        "no_new_privs": no_new_privs,
        "capabilities": "none" if capabilities else "kept",
        "seccomp": seccomp,
        "landlock": landlock,
        "network": confinement.network if seccomp else "full",
        "process_limit": "enforced" if counted and capabilities else "watched",
    }


def _prefer_for_out_of_memory() -> None:
    """When the machine runs out of memory, this process is to die and not the server."""
    with suppress(OSError):  # /proc may be read-only; RLIMIT_DATA and the watchdog still hold
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _limit_resources(confinement: Confinement, private_user: int | None) -> bool:
    """Set the limits; returns whether Linux enforces the number of processes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = confinement.memory_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    already = 1 if private_user is not None else task_count(os.getuid())
    most = already + confinement.processes
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    return os.getuid() != 0


def _restrict_files(confinement: Confinement) -> int:
    package = Path(__file__).resolve().parent
    python = {sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path)}
    python.discard(str(package.parent))
    try:
        return restrict_files(
            readable=(*SYSTEM_FOLDERS, *sorted(python), str(package)),
            listable=(str(package.parent),),
            writable=(confinement.workspace, confinement.private_folder, *WRITABLE_DEVICES),
        )
    except OSError:
        return 0


def _capability_header() -> bytes:
    return struct.pack("=Ii", CAPABILITY_VERSION_3, 0)


def _may_filter() -> bool:
    """Whether this process has CAP_SYS_ADMIN, without which a filter needs no_new_privs."""
    data = ctypes.create_string_buffer(24)
    if libc.capget(ctypes.c_char_p(_capability_header()), data) != 0:
        return False
    return bool(struct.unpack("=6I", data.raw)[0] & (1 << CAP_SYS_ADMIN))


def _drop_capabilities() -> bool:
    """Give up every capability of this process, and of anything it executes; whether it worked."""
    # Each may be refused: without CAP_SETPCAP, when nothing can be regained anyway, or by an
    # emulated machine. What counts is checked at the end.
    with suppress(OSError):
        prctl(PR_SET_SECUREBITS, SECURE_BITS)
    with suppress(OSError):
        for capability in range(LAST_CAPABILITY + 1):
            prctl(PR_CAPBSET_DROP, capability)
    with suppress(OSError):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    none = struct.pack("=6I", *([0] * 6))
    return bool(libc.capset(ctypes.c_char_p(_capability_header()), ctypes.c_char_p(none)) == 0)


def _filter_calls(confinement: Confinement, private_user: int | None) -> bool:
    try:
        install_filter(confinement.protected, confinement.network, private_user)
    except OSError:
        return False
    return True
