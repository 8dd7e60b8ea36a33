"""What Lambda, CloudWatch and a person at a terminal see of a run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keeper import handler
from keeper.report import METRICS, KeeperError
from tests.fargate.stand_ins.faults import Refuse
from tests.fargate.stand_ins.polling import eventually
from tests.keeper.conftest import KeeperScene

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def function(scene: KeeperScene, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Lambda function in a new execution environment."""
    for name, value in {**scene.account.environment("keeper"), **scene.environment()}.items():
        monkeypatch.setenv(name, value)
    handler._prepared.cache_clear()
    yield handler.handle
    handler._prepared.cache_clear()


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_function_answers_what_it_did_and_logs_metrics(
    function: Any, scene: KeeperScene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.task("expired", ends_in=-1)

    answer = function({"source": "aws.events"}, None)

    assert answer["stop"] == 1
    assert answer["failures"] == []
    *logged, metrics = lines(capfd.readouterr().out)
    assert [line["event"] for line in logged] == ["keeper_acted", "keeper_finished"]
    assert logged[0]["session_id"] == "expired"
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert {item["Name"] for item in directive["Metrics"]} == {
        *METRICS.values(), "Failures", "Tasks", "WarmTasks"
    }  # fmt: skip
    assert directive["Dimensions"] == [["Stack"]]
    assert (metrics["TasksStopped"], metrics["Failures"], metrics["Tasks"]) == (1, 0, 1)


def test_the_function_fails_after_everything_else_was_done(
    function: Any, scene: KeeperScene, capfd: pytest.CaptureFixture[str]
) -> None:
    stuck, expired = scene.task("stuck", ends_in=-1), scene.task("expired", ends_in=-1)
    scene.account.faults.add(
        "ecs.StopTask",
        Refuse("InvalidParameterException", "no"),
        times=None,
        where=lambda request: request.parameters["task"] == stuck.arn,
    )

    with pytest.raises(KeeperError, match=r"stop arn:.*: An error"):
        function({}, None)

    assert expired.description["desiredStatus"] == "STOPPED"
    assert lines(capfd.readouterr().out)[-1]["Failures"] == 1


def test_throttled_calls_are_repeated(function: Any, scene: KeeperScene) -> None:
    scene.task("expired", ends_in=-1)
    for call in ("ecs.ListTasks", "ecs.DescribeTasks", "ecs.StopTask"):
        scene.account.faults.add(call, Refuse("ThrottlingException", "Rate exceeded"))

    assert function({}, None)["stop"] == 1


def test_when_the_tasks_cannot_be_listed_nothing_is_touched(
    function: Any, scene: KeeperScene
) -> None:
    dead = scene.task("dead")
    scene.register(dead)
    scene.kill(dead)
    scene.account.faults.add("ecs.ListTasks", Refuse("AccessDeniedException", "no"), times=None)

    with pytest.raises(KeeperError, match=r"list tasks: .*AccessDenied"):
        function({}, None)

    assert scene.registered() == {dead.address}


def test_an_event_can_ask_for_a_dry_run(function: Any, scene: KeeperScene) -> None:
    task = scene.task("expired", ends_in=-1)

    assert function({"dry_run": True}, None)["dry_run"] is True
    assert task.description["desiredStatus"] == "RUNNING"


def test_a_stopped_task_event_leads_to_an_ordinary_run(function: Any, scene: KeeperScene) -> None:
    task = scene.task("dead")
    scene.register(task)
    scene.kill(task)
    eventually(lambda: scene.fargate.stopped_events, "the event")

    assert function(scene.fargate.stopped_events[-1], None)["deregister"] == 1


def test_the_command_does_a_dry_run_at_a_terminal(scene: KeeperScene) -> None:
    task = scene.task("expired", ends_in=-1)
    environment = {
        "PATH": os.environ["PATH"],
        **scene.account.environment("keeper"),
        **scene.environment(),
    }

    ended = subprocess.run(
        [sys.executable, "-m", "keeper", "--dry-run"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    would, finished = lines(ended.stdout)
    assert (would["event"], would["subject"]) == ("keeper_would_act", task.arn)
    assert finished["stop"] == 1
    assert task.description["desiredStatus"] == "RUNNING"


def test_no_log_line_carries_a_key_or_a_token(
    scene: KeeperScene, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = scene.clients().secrets.get_secret_value(SecretId=scene.stack.claim_key_arn)

    scene.keep(warm=1)

    (task,) = scene.warm_tasks()
    output = capfd.readouterr().out
    assert secret["SecretString"] not in output
    assert task.environment["SESSION_TOKEN_SHA256"] not in output
