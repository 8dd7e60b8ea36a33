from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import SHA256, RunningExecutor

ATTEMPT = """
def attempt(act):
    try:
        return repr(act())
    except OSError as error:
        return type(error).__name__
"""


def confinement(executor: RunningExecutor) -> dict[str, object]:
    report: dict[str, object] = executor.describe()["kernel"]["confinement"]
    return report


def test_what_is_in_force_is_reported(executor: RunningExecutor) -> None:
    report = confinement(executor)
    assert report["capabilities"] == "none"
    assert report["process_limit"] == "enforced"
    assert report["network"] == "none"
    status = executor.run("print(open('/proc/self/status').read())").stdout
    assert f"Seccomp:\t{2 if report['seccomp'] else 0}" in status
    assert f"NoNewPrivs:\t{int(bool(report['no_new_privs']))}" in status
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status


def test_an_executed_program_has_no_capabilities_either(executor: RunningExecutor) -> None:
    status = executor.run("cat /proc/self/status", "bash").stdout
    assert "CapPrm:\t0000000000000000" in status
    assert "CapEff:\t0000000000000000" in status


@pytest.mark.parametrize("signal", [0, 9, 15, 19])
def test_no_process_of_the_server_can_be_signalled(executor: RunningExecutor, signal: int) -> None:
    assert confinement(executor)["seccomp"]
    worker_and_template = {process.pid for process in executor.processes()}
    worker_and_template.discard(executor.kernel_pid())
    threads = {
        int(thread)
        for pid in (executor.process.pid, *worker_and_template)
        for thread in os.listdir(f"/proc/{pid}/task")
    }
    targets = sorted(threads | {os.getpid()})
    groups = [-os.getpgid(pid) for pid in (executor.process.pid, *worker_and_template)]
    run = executor.run(
        f"{ATTEMPT}import os, signal, ctypes\n"
        f"[attempt(lambda: os.kill(pid, {signal})) for pid in {[*targets, *groups, -1]}]"
    )
    assert set(eval(run.result)) == {"PermissionError"}


@pytest.mark.parametrize(
    "act",
    [
        "os.setpriority(os.PRIO_PROCESS, {server}, 19)",
        "os.sched_setaffinity({server}, [0])",
        "resource.prlimit({server}, resource.RLIMIT_NOFILE, (0, 0))",
        "signal.pidfd_send_signal(os.pidfd_open({server}), 0)",
        "open('/proc/{server}/environ').read()",
        "open('/proc/{server}/mem', 'rb').read(1)",
        "os.readlink('/proc/{server}/fd/0')",
        "open('/proc/{template}/environ').read()",
        "open('/proc/{template}/mem', 'rb').read(1)",
        "os.setuid(0)",
        "os.setresuid(0, 0, 0)",
        "os.setreuid(0, 0)",
        "os.chroot('.')",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    ],
)
def test_an_act_against_the_server_or_the_machine_is_refused(
    executor: RunningExecutor, act: str
) -> None:
    template = executor.run("import os; os.getppid()").result
    code = act.format(server=executor.process.pid, template=template)
    run = executor.run(f"{ATTEMPT}import os, resource, signal, socket\nattempt(lambda: {code})")
    assert run.result == "'PermissionError'"


SYSTEM_CALLS = {
    "x86_64": {
        "ptrace": 101,
        "process_vm_readv": 310,
        "io_uring_setup": 425,
        "bpf": 321,
        "unshare": 272,
        "setfsuid": 122,
    },
    "aarch64": {
        "ptrace": 117,
        "process_vm_readv": 270,
        "io_uring_setup": 425,
        "bpf": 280,
        "unshare": 97,
        "setfsuid": 151,
    },
}


@pytest.mark.parametrize("name", list(SYSTEM_CALLS["x86_64"]))
def test_a_dangerous_system_call_is_refused(executor: RunningExecutor, name: str) -> None:
    number = SYSTEM_CALLS[os.uname().machine][name]
    run = executor.run(
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"libc.syscall({number}, 0, 0, 0, 0, 0, 0), ctypes.get_errno()"
    )
    assert run.result == "(-1, 1)"


def test_local_sockets_and_processes_still_work(executor: RunningExecutor) -> None:
    code = (
        "import multiprocessing as m, socket\nsocket.socketpair()\n"
        "with m.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))"
    )
    assert executor.run(code).stdout == "[1, 2]\n"


def test_a_shell_of_python_keeps_writing_to_the_workspace(executor: RunningExecutor) -> None:
    code = (
        "import subprocess\n"
        "for shell in ('sh', 'bash'):\n"
        "    subprocess.run([shell, '-c', f'echo hi > data/{shell}; cat data/{shell}'])"
    )
    run = executor.run(code)
    assert (run.stdout, run.stderr) == ("hi\nhi\n", "")


def test_with_the_network_open_internet_sockets_can_be_made_and_settings_stay_hidden(
    start_executor: StartExecutor,
) -> None:
    server = start_executor(KERNEL_NETWORK="full", AWS_SECRET_ACCESS_KEY="secret")
    run = server.run("import socket; socket.socket(); socket.socket(socket.AF_INET6); 'made'")
    assert run.result == "'made'"
    assert confinement(server)["network"] == "full"
    run = server.run("import os; print(dict(os.environ)); os.system('env');")
    for hidden in (SHA256, "SESSION_", "AWS_", "WORKSPACE", "secret"):
        assert hidden not in run.stdout
    assert "PATH" in run.stdout


def test_files_outside_are_out_of_reach_where_landlock_is_in_force(
    executor: RunningExecutor, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    run = executor.run(
        f"{ATTEMPT}import os\n[attempt(act) for act in (lambda: open({str(outside)!r}).read(), "
        f"lambda: open({str(tmp_path / 'new')!r}, 'w'), lambda: os.listdir({str(tmp_path)!r}))]"
    )
    answers = set(eval(run.result))
    if confinement(executor)["landlock"]:
        assert answers == {"PermissionError"}
    else:
        assert "'secret'" in answers


def test_temporary_files_have_a_place_of_their_own(executor: RunningExecutor) -> None:
    run = executor.run("import tempfile; f = tempfile.NamedTemporaryFile(); f.write(b'x'); f.name")
    assert "/executor-" in run.result
