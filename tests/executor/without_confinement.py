"""Becomes the executor on a machine that knows neither seccomp nor Landlock nor the adoption of
orphans, as an emulated one.

The calls for them are answered as such a machine does, by a filter of this process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

from executor.seccomp import ERRNO, JUMP_EQUAL, LOAD, RETURN, SECCOMP_MODE_FILTER, Instruction
from executor.system_calls import (
    PR_SET_CHILD_SUBREAPER,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_SECCOMP,
    prctl,
)

ALLOW = 0x7FFF0000
PRCTL = {"x86_64": 157, "aarch64": 167}
LANDLOCK_CREATE_RULESET = 444


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forget_confinement() -> None:
    program: list[Instruction] = [
        (LOAD, 0, 0, 0),
        (JUMP_EQUAL, 0, 1, LANDLOCK_CREATE_RULESET),
        (RETURN, 0, 0, ERRNO | errno.ENOSYS),
        (JUMP_EQUAL, 0, 4, PRCTL[platform.machine()]),
        (LOAD, 0, 0, 16),
        (JUMP_EQUAL, 1, 0, PR_SET_SECCOMP),
        (JUMP_EQUAL, 0, 1, PR_SET_CHILD_SUBREAPER),
        (RETURN, 0, 0, ERRNO | errno.EINVAL),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    described = Program(len(program), code)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(described))


if __name__ == "__main__":
    forget_confinement()
    os.execv(sys.executable, [sys.executable, "-m", "executor"])
