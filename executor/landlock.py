"""Bounds the files that user code can reach, and its signals, with Landlock where the kernel has
it.

Facts: landlock(7) and linux/landlock.h. Linux 5.13 has version 1; 6.12 has version 6, whose scopes
keep signals and abstract sockets inside. Call numbers are the same on every machine.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import suppress

from executor.system_calls import libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_DEVICES = (1 << 6) | (1 << 11)
ALL_OF_VERSION_1 = (1 << 13) - 1
REFER, TRUNCATE = 1 << 13, 1 << 14
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE

READ = EXECUTE | READ_FILE | READ_FOLDER
SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3


def landlock_version() -> int:
    """The version that the kernel offers, 0 when it offers none."""
    return max(0, _call(CREATE_RULESET, None, 0, VERSION_FLAG, check=False))


def restrict_files(
    readable: Iterable[str], listable: Iterable[str], writable: Iterable[str]
) -> int:
    """Leave this process and all it starts only the given trees; returns the version in force.

    `readable` trees may be read and executed, the folders in `listable` be listed, `writable` trees
    be changed too. A path that does not exist is left out. Without Landlock nothing happens and the
    answer is 0. Raises `OSError` when the kernel offers Landlock and refuses it.
    """
    version = landlock_version()
    if version == 0:
        return 0
    handled = ALL_OF_VERSION_1 | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    scope = SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    attributes = struct.pack("=QQQ", handled, 0, scope)[: 24 if version >= 6 else 8]
    ruleset = _call(CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path, READ & handled)
        for path in listable:
            _allow(ruleset, path, READ_FOLDER)
        for path in writable:
            _allow(ruleset, path, handled & ~MAKE_DEVICES)
        _call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, rights: int) -> None:
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not os.path.isdir(path):
                rights &= ON_FILES
            rule = struct.pack("=Qi", rights, descriptor)
            _call(ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0)
        finally:
            os.close(descriptor)


def _call(number: int, *arguments: int | bytes | None, check: bool = True) -> int:
    values = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *values))
    if result < 0 and check:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
