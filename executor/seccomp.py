"""A seccomp-BPF filter for user code: it may not touch the server's processes nor, unless the
network is open, make an internet socket. Made of constant comparisons; x86_64 and aarch64.

Facts: seccomp(2), linux/filter.h, linux/audit.h; call numbers from asm-generic/unistd.h (aarch64)
and asm/unistd_64.h (x86_64).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence

from executor.system_calls import PR_SET_SECCOMP, prctl

SECCOMP_MODE_FILTER = 2
AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000

ALLOW = 0x7FFF0000
ERRNO = 0x00050000

LOAD, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_SET, JUMP, RETURN = 0x20, 0x15, 0x35, 0x45, 0x05, 0x06
NUMBER_OFFSET, ARCHITECTURE_OFFSET, ARGUMENTS_OFFSET = 0, 4, 16

CALLS = {
    # Reach into other processes, by memory, descriptors, signals or time slices.
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    # Back to another user.
    "setuid": (105, 146),
    "setreuid": (113, 145),
    "setresuid": (117, 147),
    "setfsuid": (122, 151),
    # Sockets.
    "socket": (41, 198),
    # Other ways to make system calls, or parts of the kernel that analysis never needs.
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "syslog": (103, 116),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # Namespaces, mounts and the machine itself.
    "clone": (56, 220),
    "clone3": (435, 435),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
"""Every call that the filter knows, with its number on x86_64 and on aarch64."""

PROCESS_ARGUMENT = {
    "kill": 0,
    "tgkill": 0,
    "rt_sigqueueinfo": 0,
    "rt_tgsigqueueinfo": 0,
    "prlimit64": 0,
    "sched_setaffinity": 0,
    "sched_setscheduler": 0,
    "sched_setparam": 0,
    "sched_setattr": 0,
    "migrate_pages": 0,
    "move_pages": 0,
    "setpriority": 1,
    "ioprio_set": 1,
}
"""Calls that name a process (argument's place); refused when it is a protected one."""

DENIED_VALUES = {
    # Signals to the owner of a descriptor would go round the check of `kill`.
    "fcntl": (1, (8, 10, 15)),  # F_SETOWN, F_SETSIG, F_SETOWN_EX
    "ioctl": (1, (0x8901, 0x8902, 0x5412)),  # FIOSETOWN, SIOCSPGRP, TIOCSTI
}

NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (0x7C...) and NEWNS."""

DROP_TO_REAL_USER = ("setuid", "setresuid")
"""How dash and bash give up an effective user for the real one, their first argument."""

INSPECTED = {*PROCESS_ARGUMENT, *DENIED_VALUES, "socket", "clone", "clone3"}

MAX_PROTECTED = 900
"""Ids compared at most, four instructions each: Linux takes 4096 instructions."""

Instruction = tuple[int, int, int, int]


def _statement(code: int, value: int) -> Instruction:
    return (code, 0, 0, value & 0xFFFFFFFF)


def _deny(number: int) -> Instruction:
    return _statement(RETURN, ERRNO | number)


def _deny_if_equal(value: int, number: int) -> list[Instruction]:
    return [(JUMP_EQUAL, 0, 1, value & 0xFFFFFFFF), _deny(number)]


def _load_argument(index: int) -> Instruction:
    """Load the low half of an argument: ids and flags are 32 bits; both machines are little
    endian.
    """
    return _statement(LOAD, ARGUMENTS_OFFSET + 8 * index)


def _process_block(name: str) -> list[Instruction]:
    """Load the process that the call names, for the comparisons that all such calls share."""
    block = []
    if name in ("setpriority", "ioprio_set"):
        # Other kinds than "one process" reach every process of the user.
        one_process = 0 if name == "setpriority" else 1
        block += [_load_argument(0), (JUMP_EQUAL, 1, 0, one_process), _deny(errno.EPERM)]
    block.append(_load_argument(PROCESS_ARGUMENT[name]))
    if name == "kill":
        block += _deny_if_equal(-1, errno.EPERM)
    return block


def _protected_block(protected: Sequence[int]) -> list[Instruction]:
    """Refuse a loaded id that is protected, or that is its negative, which names a group."""
    block = []
    for number in protected[:MAX_PROTECTED]:
        block += [*_deny_if_equal(number, errno.EPERM), *_deny_if_equal(-number, errno.EPERM)]
    return [*block, _statement(RETURN, ALLOW)]


def _user_block(private_user: int | None) -> list[Instruction]:
    """Shells that find two users ask for the real one. They are told that they have it, and keep
    the effective one, which has no capabilities to give up but opens the workspace.
    """
    if private_user is None:
        return [_deny(errno.EPERM)]
    return [_load_argument(0), *_deny_if_equal(private_user, 0), _deny(errno.EPERM)]


def _block(name: str, network: str, private_user: int | None) -> list[Instruction]:
    """What happens in a call of this name; falling off its end allows the call."""
    if name in DROP_TO_REAL_USER:
        return _user_block(private_user)
    if name not in INSPECTED:
        return [_deny(errno.EPERM)]
    if name in PROCESS_ARGUMENT:
        return _process_block(name)
    if name in DENIED_VALUES:
        index, values = DENIED_VALUES[name]
        block = [_load_argument(index)]
        for value in values:
            block += _deny_if_equal(value, errno.EPERM)
        return block
    if name == "clone3":
        return [_deny(errno.ENOSYS)]  # its flags are in memory; C libraries then use clone
    if name == "clone":
        return [_load_argument(0), (JUMP_SET, 0, 1, NEW_NAMESPACES), _deny(errno.EPERM)]
    if network == "full":
        return []
    return [_load_argument(0), (JUMP_EQUAL, 1, 0, 1), _deny(errno.EACCES)]  # AF_UNIX alone


def build_filter(
    machine: str, protected: Sequence[int], network: str, private_user: int | None = None
) -> bytes:
    """The filter's instructions for `machine`. Raises `OSError` for another kind of machine."""
    if machine not in AUDIT_ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no seccomp filter is known for {machine}")
    column = list(AUDIT_ARCHITECTURES).index(machine)
    program: list[Instruction] = [
        _statement(LOAD, ARCHITECTURE_OFFSET),
        (JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURES[machine]),
        _deny(errno.ENOSYS),
        _statement(LOAD, NUMBER_OFFSET),
    ]
    if machine == "x86_64":
        program += [(JUMP_GREATER_EQUAL, 0, 1, X32_BIT), _deny(errno.ENOSYS)]
    shared_jumps = []
    for name, numbers in CALLS.items():
        # The last instruction of a call that names a process becomes a jump to what they share.
        block = [*_block(name, network, private_user), _statement(RETURN, ALLOW)]
        program += [(JUMP_EQUAL, 0, len(block), numbers[column]), *block]
        if name in PROCESS_ARGUMENT:
            shared_jumps.append(len(program) - 1)
    program.append(_statement(RETURN, ALLOW))
    for position in shared_jumps:
        program[position] = _statement(JUMP, len(program) - position - 1)
    program += _protected_block(protected)
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install_filter(protected: Sequence[int], network: str, private_user: int | None = None) -> None:
    """Put the filter on this process and all it starts. Raises `OSError` when that is not possible.

    `no_new_privs` must be set before, unless the process has CAP_SYS_ADMIN.
    """
    if struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    instructions = build_filter(platform.machine(), protected, network, private_user)
    program = _Program(len(instructions) // 8, instructions)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program))
