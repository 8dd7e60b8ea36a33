"""RunTask refused, or the task never ready: the job fails with the cause, and nothing is left."""

from pathlib import Path
from typing import Any

import pytest

from tests.agent_runtime.running_runtime import Event, request
from tests.agent_runtime.scripted_model import ScriptedModels
from tests.agent_runtime.scripts import ORDERS, whole_job
from tests.fargate.sessions.deployed_runtime import Platform, phases
from tests.fargate.stand_ins.fargate import PULL_FAILURE, Start
from tests.fargate.stand_ins.faults import Refuse, throttle
from tests.fargate.stand_ins.task_operations import CAPACITY, QUOTA


def run_job(platform: Platform, folder: Path, **options: Any) -> list[Event]:
    """A job on the small file, with the checks that every job must pass."""
    with platform.runtime(folder, ScriptedModels(whole_job()), **options) as runtime:
        session = runtime.session()
        uri = runtime.upload(session, "orders.csv", ORDERS)
        events = session.events(**request([uri]))
        runtime.check_end(session, events)
    return events


def failure(platform: Platform, folder: Path, **options: Any) -> tuple[str, str]:
    """Code and reason of a job that fails."""
    last = run_job(platform, folder, **options)[-1]
    assert last["type"] == "failed", last
    return last["code"], last["reason"]


def test_capacity_is_waited_for_within_a_bound(platform: Platform, tmp_path: Path) -> None:
    platform.account.task_operations.refuse_placement(CAPACITY, times=None)
    with platform.runtime(
        tmp_path,
        ScriptedModels(whole_job()),
        DEEP_INSIGHT_LIMIT_EXECUTOR_CAPACITY_SECONDS="0.5",
    ) as runtime:
        session = runtime.session()
        events = session.events(**request([runtime.upload(session, "orders.csv", ORDERS)]))
        last = runtime.check_end(session, events)
    assert (last["type"], last["code"]) == ("failed", "executor_no_capacity")
    assert "Capacity is unavailable" in last["reason"]
    waits = phases(events).count("executor_waiting")
    assert waits >= 2
    assert platform.account.calls.counts("runtime")["ecs.RunTask"] == waits + 1


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refuse("AccessDeniedException", "not authorized to perform: ecs:RunTask"),
         "executor_misconfigured", "may not start the executor: not authorized"),
        (Refuse("InvalidParameterException", "The subnet ID 'subnet-1' does not exist"),
         "executor_misconfigured", "The subnet ID 'subnet-1' does not exist"),
        (Refuse("ClusterNotFoundException", "Cluster not found."),
         "executor_misconfigured", "ClusterNotFoundException"),
    ],
)  # fmt: skip
def test_a_bad_configuration_fails_at_once_with_the_cause(
    platform: Platform, tmp_path: Path, refusal: Refuse, code: str, words: str
) -> None:
    platform.account.faults.add("ecs.RunTask", refusal, times=None)
    found, reason = failure(platform, tmp_path)
    assert found == code
    assert words in reason
    assert platform.account.calls.counts("runtime")["ecs.RunTask"] == 1


def test_a_quota_fails_at_once_and_says_where_to_raise_it(
    platform: Platform, tmp_path: Path
) -> None:
    platform.account.task_operations.refuse_placement(QUOTA, times=None)
    code, reason = failure(platform, tmp_path)
    assert code == "executor_quota_reached"
    assert "Service Quotas" in reason


@pytest.mark.parametrize(
    ("start", "code", "words"),
    [
        (Start(failure=PULL_FAILURE), "executor_misconfigured", "CannotPullContainerError"),
        (Start(exit_code=1), "executor_not_started", "exit code 1"),
    ],
)
@pytest.mark.parametrize("route", ["direct", "alb"])
def test_a_task_that_stops_before_it_is_ready_says_why(
    platform: Platform, tmp_path: Path, route: str, start: Start, code: str, words: str
) -> None:
    platform.fargate.start = start
    found, reason = failure(platform, tmp_path, route=route)
    assert found == code
    assert words in reason


@pytest.mark.parametrize(
    ("route", "start", "limit", "words"),
    [
        ("direct", Start(address=False), "EXECUTOR_START", "RUNNING and had no address after 1 s"),
        ("direct", Start(runs=False, address=False), "EXECUTOR_START", "PENDING and had no addre"),
        ("alb", Start(runs=False), "EXECUTOR_START", "was PENDING after 1 seconds"),
        ("direct", Start(listens=False), "EXECUTOR_START", "RUNNING and did not answer within 1 s"),
        ("alb", Start(listens=False), "EXECUTOR_HEALTH", "not healthy behind the load balancer"),
    ],
)
def test_a_task_that_never_gets_ready_fails_within_its_deadline(
    platform: Platform, tmp_path: Path, route: str, start: Start, limit: str, words: str
) -> None:
    platform.fargate.start = start
    limits = {f"DEEP_INSIGHT_LIMIT_{limit}_SECONDS": "1"}
    code, reason = failure(platform, tmp_path, route=route, **limits)
    assert code == "executor_not_started"
    assert words in reason


def test_spot_gives_way_to_on_demand_at_once(platform: Platform, tmp_path: Path) -> None:
    platform.account.task_operations.refuse_placement(CAPACITY, times=None, spot=True)
    platform.fargate.start = Start(exit_code=1)
    events = run_job(platform, tmp_path, capacity="spot")
    assert phases(events).count("executor_on_demand") == 1
    assert "executor_waiting" not in phases(events)
    (task,) = platform.account.tasks.all()
    assert not task.spot


def test_a_load_balancer_that_never_leads_to_the_executor_is_said(
    platform: Platform, tmp_path: Path
) -> None:
    platform.balancer.fail(502, times=1_000_000, where=lambda asked: asked.target == b"/session")
    limits = {"DEEP_INSIGHT_LIMIT_EXECUTOR_ROUTE_SECONDS": "1"}
    code, reason = failure(platform, tmp_path, route="alb", **limits)
    assert code == "executor_not_started"
    assert "did not lead to the executor within 1 seconds" in reason


def test_a_throttled_run_task_is_repeated_and_starts_one_task(
    platform: Platform, tmp_path: Path
) -> None:
    platform.account.faults.add("ecs.RunTask", throttle(), times=2)
    platform.fargate.start = Start(exit_code=1)
    failure(platform, tmp_path)
    assert len(platform.account.tasks.all()) == 1
