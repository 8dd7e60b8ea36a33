from __future__ import annotations

from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import DEADLINE_SECONDS


def test_a_fault_that_nobody_foresaw_ends_the_server_and_is_logged(
    start_executor: StartExecutor,
) -> None:
    server = start_executor(module="tests.executor.broken_template")
    server.process.wait(DEADLINE_SECONDS)
    (failed,) = [line for line in server.log if line["event"] == "the runner failed"]
    assert failed["level"] == "error"
    assert failed["exception"] == "ZeroDivisionError"
