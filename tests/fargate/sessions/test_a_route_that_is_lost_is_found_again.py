"""Behind the load balancer: cookies that expire, fail-overs and gateway errors while code runs."""

from collections.abc import Callable
from pathlib import Path

import httpx

from tests.agent_runtime.running_runtime import Session
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.sessions.interrupted_job import InterruptedJob
from tests.fargate.stand_ins.executor_task import headers, run_executor
from tests.fargate.stand_ins.polling import eventually


def executions(platform: Platform, address: str) -> int:
    """Requests to run code that reached an executor."""
    return platform.balancer.requests[address, "POST /executions"]


def test_an_execution_in_flight_is_taken_up_again_and_never_run_twice(
    platform: Platform, tmp_path: Path
) -> None:
    """One execution meets everything in turn: connections dropped, also when idle, cookies expired,
    errors of the load balancer with and without the executor having got the request."""
    job = InterruptedJob(platform, short=True)
    balancer = platform.balancer

    def taken_up(address: str, cause: Callable[[], object]) -> None:
        before = executions(platform, address)
        cause()
        eventually(lambda: executions(platform, address) > before, "the execution is taken up")

    def faults(session: Session) -> None:
        address = platform.task_of(session.id).address or ""
        taken_up(address, balancer.cut_all)
        balancer.cookie.expire_all()
        taken_up(address, balancer.cut_all)
        for status in (502, 503, 504):
            balancer.fail(status)
        taken_up(address, balancer.cut_all)
        balancer.fail(502, executed=True)
        taken_up(address, balancer.cut_all)
        balancer.idle_seconds = 0.3
        taken_up(address, balancer.cut_all)
        for _ in range(3):
            taken_up(address, lambda: None)
        balancer.idle_seconds = 60.0

    job.run(tmp_path, faults, route="alb")
    assert job.last["code"] == "model_failed", str(job.last)
    assert job.runs == 1
    assert len(platform.account.tasks.all()) == 1


def test_a_fail_over_to_another_session_is_refused_there_and_undone(
    platform: Platform, tmp_path: Path
) -> None:
    other = run_executor(platform.account, platform.stack, "another-session")
    platform.bystanders.append(other)
    eventually(lambda: other.status == "RUNNING" and other.address, "the other executor runs")
    platform.account.client("elbv2", "runtime").register_targets(
        TargetGroupArn=platform.stack.target_group_arn, Targets=[{"Id": other.address}]
    )
    job = InterruptedJob(platform, short=True)

    def fail_over(session: Session) -> None:
        """Our target is found unhealthy until a request has gone astray."""
        address = platform.task_of(session.id).address or ""
        health = platform.balancer.forced_health
        health[address] = False
        eventually(lambda: address not in [t.id for t in platform.balancer.healthy()], "failed")
        platform.balancer.cut_all()
        eventually(lambda: executions(platform, other.address or ""), "a request went astray")
        health[address] = True

    job.run(tmp_path, fail_over, route="alb")
    assert job.last["code"] == "model_failed", str(job.last)
    assert job.runs == 1
    described = httpx.get(
        f"http://{other.address}:8080/session", headers=headers("another-session"), trust_env=False
    ).json()
    assert not any(described["executions"].values()), described
