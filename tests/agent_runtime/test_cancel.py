"""Cancelling works in every step, also while a model or a tool does not answer."""

import threading
from pathlib import Path

import pytest

from tests.agent_runtime.running_runtime import (
    Session,
    request,
    running_runtime,
    types,
    wait_until,
)
from tests.agent_runtime.scripted_model import Call, Hang, Say, ScriptedModels
from tests.agent_runtime.scripts import ORDERS, PLAN, whole_job

SUBMIT = Call("submit_plan", {"plan": PLAN})


def wait_for_step(session: Session, agent: str) -> None:
    with session.stream(type="attach", after_event=0) as events:
        for event in events:
            if event["type"] == "step_started" and event["agent"] == agent:
                return


@pytest.mark.parametrize("agent", ["coordinator", "planner", "coder", "validator"])
def test_a_job_is_cancelled_while_this_agents_model_is_silent(tmp_path: Path, agent: str) -> None:
    script = whole_job(**{"planner": [SUBMIT], "coder": [Say("Done.")], agent: [Hang()]})
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        session.events_until("step_started", **request([]))
        wait_for_step(session, agent)
        assert session.post(type="cancel").json() == {"status": "cancelling"}
        events = session.events(type="attach", after_event=0)
    assert events[-1]["type"] == "cancelled"
    assert events[-1]["reason"] == "The caller cancelled the job."
    finished = [event for event in events if event["type"] == "step_finished"]
    assert (finished[-1]["agent"], finished[-1]["status"]) == (agent, "failed")


@pytest.mark.parametrize("agent", ["reporter", "auditor"])
def test_a_job_is_cancelled_late_and_keeps_its_artifacts(tmp_path: Path, agent: str) -> None:
    script = whole_job(**{agent: [Hang()]})
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        data = [runtime.write("orders.csv", ORDERS)]
        session.events_until("step_started", **request(data))
        wait_for_step(session, agent)
        session.post(type="cancel")
        last = session.wait_for_end()
        assert last["type"] == "cancelled"
        paths = {artifact["path"] for artifact in last["artifacts"]}
        assert {"calculations.json", "citations.json"} <= paths


def test_a_job_is_cancelled_while_its_review_waits(tmp_path: Path) -> None:
    script = whole_job(planner=[SUBMIT])
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        session.events_until("plan_review_requested", **request([], review="required"))
        session.post(type="cancel")
        assert session.wait_for_end()["type"] == "cancelled"


def test_a_job_is_cancelled_while_its_code_runs(tmp_path: Path) -> None:
    loop = Call("run_python", {"code": "print('busy', flush=True)\nwhile True: pass"})
    script = whole_job(planner=[SUBMIT], coder=[loop])
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        data = [runtime.write("orders.csv", ORDERS)]
        session.events_until("execution_output", **request(data))
        session.post(type="cancel")
        assert session.wait_for_end()["type"] == "cancelled"


def test_a_job_whose_model_blocks_its_event_loop_is_cancelled_and_sends_heartbeats(
    tmp_path: Path,
) -> None:
    release = threading.Event()
    script = whole_job(coordinator=[Hang(block=release)])
    try:
        with running_runtime(
            tmp_path, ScriptedModels(script), DEEP_INSIGHT_HEARTBEAT_SECONDS="0.1"
        ) as runtime:
            session = runtime.session()
            events = session.events_until("heartbeat", **request([]))
            assert "step_finished" not in types(events)
            session.post(type="cancel")
            assert session.wait_for_end()["type"] == "cancelled"
            release.set()
    finally:
        release.set()


def test_cancelling_a_job_that_has_ended_says_so(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Say("Hello.")])
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        session.events(**request([]))
        assert session.post(type="cancel").json() == {"status": "ended"}


def test_a_job_that_takes_too_long_fails(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Hang()])
    with running_runtime(
        tmp_path, ScriptedModels(script), DEEP_INSIGHT_LIMIT_JOB_SECONDS="0.2"
    ) as runtime:
        last = runtime.session().events(**request([]))[-1]
    assert (last["type"], last["code"]) == ("failed", "timed_out")
    assert last["reason"] == "The job took longer than 0.2 seconds."


def test_a_step_that_takes_too_long_fails_the_job(tmp_path: Path) -> None:
    script = whole_job(planner=[Hang()])
    with running_runtime(
        tmp_path, ScriptedModels(script), DEEP_INSIGHT_LIMIT_STEP_SECONDS="0.2"
    ) as runtime:
        last = runtime.session().events(**request([]))[-1]
    assert (last["type"], last["code"]) == ("failed", "timed_out")
    assert last["reason"] == "The planner took longer than 0.2 seconds."


def test_shutting_down_ends_a_job_with_a_terminal_event(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Hang()])
    received: list[str] = []
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()

        def read() -> None:
            received.extend(types(session.events(**request([]))))

        reader = threading.Thread(target=read)
        reader.start()
        wait_until(lambda: session.post(type="status").json()["last_event"] > 0)
    reader.join(timeout=10)
    assert received[-1] == "cancelled"
