"""An executor that dies: the job goes on with another one, or fails with a terminal event."""

import os
import signal
from pathlib import Path

from agent_runtime.roles import Role
from tests.agent_runtime.running_runtime import (
    TERMINAL,
    Event,
    Runtime,
    Session,
    request,
    running_runtime,
)
from tests.agent_runtime.scripted_model import Call, Say, ScriptedModels
from tests.agent_runtime.scripts import COMPUTE, ORDERS, whole_job

WAIT = Call("run_python", {"code": "import time\nprint('kill me', flush=True)\ntime.sleep(60)"})


def kill_executor(session_id: str) -> None:
    """SIGKILL for the server process of this session's executor, as if its machine were lost."""
    own = str(os.getpid())
    victims = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if parent == own and f"SESSION_ID={session_id}\0".encode() in environment:
            victims.append(int(folder.name))
    assert len(victims) == 1
    os.kill(victims[0], signal.SIGKILL)


def run_and_kill(runtime: Runtime, session: Session) -> list[Event]:
    """All events of a job whose executor is killed each time its code asks for it."""
    events = []
    with session.stream(**request([runtime.write("orders.csv", ORDERS)])) as stream:
        for event in stream:
            events.append(event)
            if event["type"] == "execution_output" and "kill me" in event["text"]:
                kill_executor(session.id)
    return events


def test_a_job_goes_on_with_a_new_executor_and_says_that_variables_are_gone(
    tmp_path: Path,
) -> None:
    look = Call("run_python", {"code": "sorted(globals().keys() & {'orders'})"})
    compute = Call("run_python", {"code": COMPUTE})
    models = ScriptedModels(
        whole_job(coder=[compute, WAIT, look, Call("list_files"), Say("Done.")])
    )
    with running_runtime(tmp_path, models) as runtime:
        events = run_and_kill(runtime, runtime.session())
    results = models.tool_results(Role.CODER)
    assert results[1]["status"] == "kernel_died"
    assert "Variables are gone" in results[1]["notice"]
    assert results[2]["result"] == "[]"
    paths = {entry["path"] for entry in results[3]["files"]}
    assert {"data/orders.csv", "artifacts/calculations.json"} <= paths
    phases = [event["phase"] for event in events if event["type"] == "progress"]
    assert phases.count("executor_lost") == 1
    assert phases.count("executor_replaced") == 1
    assert events[-1]["type"] == "completed", events[-1]


def test_a_job_whose_executor_dies_again_fails_with_a_terminal_event(tmp_path: Path) -> None:
    models = ScriptedModels(whole_job(coder=[WAIT, WAIT, Say("Done.")]))
    with running_runtime(tmp_path, models) as runtime:
        events = run_and_kill(runtime, runtime.session())
    assert sum(event["type"] in TERMINAL for event in events) == 1
    assert (events[-1]["type"], events[-1]["code"]) == ("failed", "executor_lost")
