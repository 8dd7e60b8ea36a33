"""Whatever ends a job, its task and its target go, or are left to the keeper and said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from agent_runtime.app import SESSION_HEADER
from tests.agent_runtime.running_runtime import Session, request
from tests.agent_runtime.scripted_model import Say, ScriptedModels
from tests.agent_runtime.scripts import ORDERS, whole_job
from tests.fargate.sessions.deployed_runtime import PREFIX, Platform, phases
from tests.fargate.sessions.interrupted_job import InterruptedJob
from tests.fargate.stand_ins.fargate import Start
from tests.fargate.stand_ins.faults import LoseAnswer, Refuse, throttle
from tests.fargate.stand_ins.polling import eventually

ROWS = b"region,amount,day\n" + b"Seoul,10,2024-01-02\nBusan,20,2024-01-03\n" * 50


def test_a_cancelled_job_keeps_its_artifacts_and_leaves_nothing(
    platform: Platform, tmp_path: Path
) -> None:
    job = InterruptedJob(platform)
    job.run(tmp_path, lambda s: s.post(type="cancel"), goes_on=False, route="alb")
    assert job.last["type"] == "cancelled"
    assert "calculations.json" in {artifact["path"] for artifact in job.last["artifacts"]}


def test_a_job_cancelled_while_its_task_is_asked_for_stops_that_task(
    platform: Platform, tmp_path: Path
) -> None:
    """RunTask is on its way when the job ends: its answer comes later, and is not forgotten."""
    slow = platform.account.faults.add("ecs.RunTask", throttle(), times=2)
    with platform.runtime(tmp_path, ScriptedModels(whole_job())) as runtime:
        session = runtime.session()
        events = []
        with session.stream(**request([runtime.upload(session, "orders.csv", ORDERS)])) as stream:
            for event in stream:
                events.append(event)
                if event["type"] == "tool_started" and event["tool"] == "inspect_data":
                    eventually(lambda: slow.met, "RunTask was asked for")
                    session.post(type="cancel")
        runtime.check_end(session, events)
    assert events[-1]["type"] == "cancelled"
    assert len(platform.account.tasks.all()) == 1


def test_a_client_that_vanishes_changes_nothing(platform: Platform, tmp_path: Path) -> None:
    job = InterruptedJob(platform, Say("Nothing to compute."), short=True)
    with platform.runtime(tmp_path, job.models) as runtime:
        session = runtime.session()
        uri = runtime.upload(session, "orders.csv", ORDERS)
        session.events_until("tool_started", **request([uri]))
        events = session.events(type="attach", after_event=0)
        last = runtime.check_end(session, events)
    assert last["code"] == "model_failed", str(last)


def test_a_task_that_cannot_be_stopped_is_said_and_ends_by_itself(
    platform: Platform, tmp_path: Path
) -> None:
    refused = Refuse("AccessDeniedException", "not authorized to perform: ecs:StopTask")
    platform.account.faults.add("ecs.StopTask", refused, times=None)
    job = InterruptedJob(platform, short=True)
    events = job.run(tmp_path, lambda s: None)
    (said,) = [event["message"] for event in events if event.get("phase") == "executor_left"]
    assert "AccessDeniedException" in said


def test_throttled_descriptions_slow_the_job_down_and_do_not_fail_it(
    platform: Platform, tmp_path: Path
) -> None:
    platform.account.faults.add("ecs.DescribeTasks", throttle(), times=3)
    job = InterruptedJob(platform, short=True)
    job.run(tmp_path, lambda s: None)
    assert job.last["code"] == "model_failed"


def test_a_close_whose_answer_is_lost_keeps_every_artifact(
    platform: Platform, tmp_path: Path
) -> None:
    platform.balancer.fail(
        502, executed=True, where=lambda asked: asked.target == b"/session/close"
    )
    job = InterruptedJob(platform, short=True)
    job.run(tmp_path, lambda s: None, route="alb")
    assert {"calculations.json", "runs.txt"} == {a["path"] for a in job.last["artifacts"]}


def test_a_run_task_whose_answer_is_lost_starts_one_task(
    platform: Platform, tmp_path: Path
) -> None:
    platform.account.faults.add("ecs.RunTask", LoseAnswer())
    platform.fargate.start = Start(exit_code=1)
    with platform.runtime(tmp_path, ScriptedModels(whole_job())) as runtime:
        session = runtime.session()
        events = session.events(**request([runtime.upload(session, "orders.csv", ORDERS)]))
        runtime.check_end(session, events)
    assert platform.account.calls.counts("runtime")["ecs.RunTask"] == 2
    assert len(platform.account.tasks.all()) == 1


@contextmanager
def runtime_process(platform: Platform) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The runtime as a process of its own, with the offline analyst; its URL."""
    names = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    environment = {
        **{name: os.environ[name] for name in names if name in os.environ},
        **platform.account.environment("runtime"),
        **platform.stack.runtime_environment(route="alb", url=platform.balancer.url),
        "PORT": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "agent_runtime"],
        env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if '"listening"' in line)
        yield process, f"http://127.0.0.1:{json.loads(line)['port']}"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_runtime_that_ends_leaves_nothing(
    platform: Platform, tmp_path: Path, end: signal.Signals
) -> None:
    """After SIGKILL the executor ends by itself when idle, and the keeper takes its target away."""
    if end == signal.SIGKILL:
        platform.fargate.start = Start(environment=(("LIMIT_IDLE_SECONDS", "4"),))
    seen = []
    with runtime_process(platform) as (process, url):
        session = Session(url, "session-of-a-runtime-that-ends-0001")
        key = f"{PREFIX}{session.id}/inputs/orders.csv"
        platform.account.client("s3", "client").put_object(
            Bucket=platform.stack.bucket, Key=key, Body=ROWS
        )
        uri = f"s3://{platform.stack.bucket}/{key}"
        message = request([uri], prompt="total amount by region", review="required")
        headers = {SESSION_HEADER: session.id}
        try:
            with httpx.stream(
                "POST", f"{url}/invocations", json=message, headers=headers, timeout=60,
                trust_env=False,
            ) as response:  # fmt: skip
                for text in response.iter_lines():
                    if text:
                        seen.append(json.loads(text.removeprefix("data: ")))
                        if seen[-1]["type"] == "plan_review_requested":
                            process.send_signal(end)
        except httpx.TransportError:
            assert end == signal.SIGKILL
        if end == signal.SIGTERM:
            assert process.wait(30) == 0
    assert (seen[-1]["type"] == "cancelled") == (end == signal.SIGTERM)
    platform.nothing_is_left()
    record = json.loads(platform.object(f"{PREFIX}{session.id}/job.json"))
    assert record["task_arn"] == platform.task_of(session.id).arn
    assert record["status"] == ("cancelled" if end == signal.SIGTERM else "running")
    assert "executor_left" not in phases(seen)
