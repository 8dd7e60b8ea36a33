"""Executors killed, out of memory or taken back: the job goes on, within a bound."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_runtime.roles import Role
from tests.agent_runtime.running_runtime import Session, request
from tests.agent_runtime.scripted_model import Call, Say
from tests.agent_runtime.scripts import COMPUTE, ORDERS
from tests.fargate.sessions.deployed_runtime import Platform, phases
from tests.fargate.sessions.interrupted_job import WAITING, InterruptedJob
from tests.fargate.stand_ins.fargate import Start
from tests.fargate.stand_ins.polling import eventually

COMPUTED = Call("run_python", {"code": COMPUTE})
LOOK = Call("run_python", {"code": "sorted(globals().keys() & {'orders'})"})
FILES = Call("list_files")
IMPATIENT = {"DEEP_INSIGHT_LIMIT_EXECUTOR_SILENCE_SECONDS": "1.5"}
"""For an executor that is frozen: five of its heartbeats here."""


def kill(platform: Platform, session: Session) -> None:
    platform.fargate.kill(platform.task_of(session.id))


def kill_for_good(platform: Platform, session: Session) -> None:
    """ECS knows it before anybody asks."""
    kill(platform, session)
    task = platform.task_of(session.id)
    eventually(lambda: task.status == "STOPPED", "the task stopped")


def kill_for_memory(platform: Platform, session: Session) -> None:
    platform.fargate.kill_for_memory(platform.task_of(session.id))


def interrupt_spot(platform: Platform, session: Session) -> None:
    platform.fargate.interrupt_spot(platform.task_of(session.id))


def freeze(platform: Platform, session: Session) -> None:
    """Its connections stay open, ECS calls the task RUNNING, and it says nothing any more."""
    platform.fargate.freeze(platform.task_of(session.id))


def calculations_left(platform: Platform, session: Session) -> None:
    eventually(lambda: "calculations.json" in platform.objects(session.id), "the artifact left")


@pytest.mark.parametrize(
    ("route", "capacity", "fault", "why", "options"),
    [
        ("direct", "on_demand", kill, "exit code 137", {}),
        ("alb", "on_demand", kill_for_memory, "OutOfMemoryError", {}),
        ("direct", "spot", interrupt_spot, "SpotInterruption", {}),
        ("direct", "on_demand", freeze, "does not answer", IMPATIENT),
    ],
)
def test_a_job_goes_on_with_a_new_executor_and_its_agents_know(
    platform: Platform,
    tmp_path: Path,
    route: str,
    capacity: str,
    fault: Callable[[Platform, Session], None],
    why: str,
    options: dict[str, str],
) -> None:
    platform.fargate.start = Start(
        stop_timeout_seconds=1.0, stopping_seconds=0.5, environment=(("HEARTBEAT_SECONDS", "0.3"),)
    )
    job = InterruptedJob(platform, COMPUTED, WAITING, LOOK, FILES, Say("Done."))
    events = job.run(
        tmp_path,
        lambda session: (calculations_left(platform, session), fault(platform, session)),
        goes_on=False,
        route=route,
        capacity=capacity,
        **options,
    )
    assert job.last["type"] == "completed", str(job.last)
    results = job.models.tool_results(Role.CODER)
    assert results[1]["status"] == "kernel_died"
    assert "Variables are gone" in results[1]["notice"]
    assert results[2]["result"] == "[]"
    paths = {entry["path"] for entry in results[3]["files"]}
    assert {"data/orders.csv", "artifacts/calculations.json"} <= paths
    assert phases(events).count("executor_replaced") == 1
    (lost,) = [e["message"] for e in events if e.get("phase") == "executor_lost"]
    assert why in lost
    first, second = platform.account.tasks.all()
    assert first.spot == (capacity == "spot")
    assert not second.spot
    assert job.runs <= 1


@pytest.mark.parametrize(("fault", "options"), [(kill_for_good, {}), (freeze, IMPATIENT)])
def test_an_executor_lost_between_two_executions_is_replaced(
    platform: Platform,
    tmp_path: Path,
    fault: Callable[[Platform, Session], None],
    options: dict[str, str],
) -> None:
    platform.fargate.start = Start(stop_timeout_seconds=1.0)
    job = InterruptedJob(platform, LOOK, Say("Done."), short=True)
    with platform.runtime(tmp_path, job.models, **options) as runtime:
        session = runtime.session()
        uri = runtime.upload(session, "orders.csv", ORDERS)
        events = []
        with session.stream(**request([uri], review="required")) as stream:
            for event in stream:
                events.append(event)
                if event["type"] == "plan_review_requested":
                    fault(platform, session)
                    session.post(type="plan_feedback", approved=True)
        last = runtime.check_end(session, events)
    assert last["code"] == "model_failed", str(last)
    assert phases(events).count("executor_replaced") == 1
    assert len(platform.account.tasks.all()) == 2


def test_losses_are_bounded(platform: Platform, tmp_path: Path) -> None:
    job = InterruptedJob(platform, WAITING, WAITING, Say("Done."))
    job.run(tmp_path, lambda session: kill(platform, session), goes_on=False)
    assert (job.last["type"], job.last["code"]) == ("failed", "executor_lost")
    assert len(platform.account.tasks.all()) == 2
