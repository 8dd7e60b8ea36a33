from __future__ import annotations

from tests.executor.conftest import StartExecutor


def test_without_seccomp_and_landlock_the_executor_starts_and_says_so(
    start_executor: StartExecutor,
) -> None:
    server = start_executor(module="tests.executor.without_confinement")
    run = server.run("import socket, subprocess; socket.socket(); subprocess.run(['true']); 'made'")
    assert run.result == "'made'"
    report = server.describe()["kernel"]["confinement"]
    assert (report["seccomp"], report["landlock"], report["network"]) == (False, 0, "full")
    assert (report["capabilities"], report["process_limit"]) == ("none", "enforced")
