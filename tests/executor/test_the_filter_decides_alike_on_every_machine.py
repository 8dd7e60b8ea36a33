"""Runs the seccomp program in an interpreter of the few instructions that it uses."""

from __future__ import annotations

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.seccomp import (
    ALLOW,
    AUDIT_ARCHITECTURES,
    CALLS,
    ERRNO,
    INSPECTED,
    MAX_PROTECTED,
    PROCESS_ARGUMENT,
    build_filter,
)
from tests.executor.running_executor import sampled

MACHINES = list(AUDIT_ARCHITECTURES)
PROTECTED = (1, 4242, 70_000)
USER = 2_000_000_123


def decide(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the program returns for a call."""
    values = [argument & 0xFFFFFFFFFFFFFFFF for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *values)
    instructions = list(struct.iter_unpack("=HBBI", program))
    assert len(instructions) <= 4096
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, value = instructions[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return int(value)
        elif code == 0x05:
            at += value
        else:
            holds = {
                0x15: accumulator == value,
                0x35: accumulator >= value,
                0x45: bool(accumulator & value),
            }[code]
            at += if_true if holds else if_false


def answer(machine: str, name: str, *arguments: int, network: str = "none") -> int:
    program = build_filter(machine, PROTECTED, network, USER)
    number = CALLS[name][MACHINES.index(machine)]
    return decide(program, AUDIT_ARCHITECTURES[machine], number, *arguments)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", sorted(set(CALLS) - INSPECTED - {"setuid", "setresuid"}))
def test_a_call_that_analysis_never_needs_is_refused(machine: str, name: str) -> None:
    assert answer(machine, name) == ERRNO | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", sorted(PROCESS_ARGUMENT))
@sampled
@given(pid=st.one_of(st.integers(-(2**31), 2**31 - 1), st.sampled_from(PROTECTED)))
def test_a_call_against_a_process_is_refused_for_protected_ones_alone(
    machine: str, name: str, pid: int
) -> None:
    one_process = 1 if name == "ioprio_set" else 0
    arguments = (one_process, pid) if PROCESS_ARGUMENT[name] == 1 else (pid, 9)
    refused = pid in PROTECTED or -pid in PROTECTED or (name == "kill" and pid == -1)
    assert answer(machine, name, *arguments) == (ERRNO | errno.EPERM if refused else ALLOW)


@pytest.mark.parametrize("machine", MACHINES)
def test_sockets_are_local_unless_the_network_is_open(machine: str) -> None:
    for family in (2, 10, 16, 17, 40):
        assert answer(machine, "socket", family, 1) == ERRNO | errno.EACCES
        assert answer(machine, "socket", family, 1, network="full") == ALLOW
    assert answer(machine, "socket", 1, 1) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_new_namespaces_are_refused_and_threads_are_not(machine: str) -> None:
    assert answer(machine, "clone", 0x10000000) == ERRNO | errno.EPERM
    assert answer(machine, "clone", 0x3D0F00) == ALLOW
    assert answer(machine, "clone3") == ERRNO | errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ["setuid", "setresuid"])
def test_only_the_real_user_can_be_asked_for_and_nothing_changes(machine: str, name: str) -> None:
    assert answer(machine, name, USER, USER, USER) == ERRNO
    for user in (0, 1000, USER + 1):
        assert answer(machine, name, user, user, user) == ERRNO | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
@sampled
@given(number=st.integers(0, 600))
def test_every_other_call_is_allowed(machine: str, number: int) -> None:
    known = {numbers[MACHINES.index(machine)] for numbers in CALLS.values()}
    program = build_filter(machine, PROTECTED, "none")
    if number not in known:
        assert decide(program, AUDIT_ARCHITECTURES[machine], number) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_machine_are_refused(machine: str) -> None:
    program = build_filter(machine, PROTECTED, "none")
    other = next(m for m in MACHINES if m != machine)
    assert decide(program, AUDIT_ARCHITECTURES[other], 0) == ERRNO | errno.ENOSYS


def test_the_second_call_table_of_x86_64_is_refused() -> None:
    program = build_filter("x86_64", PROTECTED, "none")
    for number in (0x40000000, 0x40000000 | 62):
        assert decide(program, AUDIT_ARCHITECTURES["x86_64"], number) == ERRNO | errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_any_number_of_protected_ids_fits(machine: str) -> None:
    ids = tuple(range(2, MAX_PROTECTED * 2))
    program = build_filter(machine, ids, "none")
    kill = CALLS["kill"][MACHINES.index(machine)]
    refused = ERRNO | errno.EPERM
    assert decide(program, AUDIT_ARCHITECTURES[machine], kill, MAX_PROTECTED) == refused


def test_an_unknown_machine_has_no_filter() -> None:
    with pytest.raises(OSError, match="riscv64"):
        build_filter("riscv64", PROTECTED, "none")
