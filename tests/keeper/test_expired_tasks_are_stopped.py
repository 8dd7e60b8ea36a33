"""Tasks of ours end at their deadline; no other task is ever touched."""

import threading

from tests.fargate.stand_ins import Start
from tests.fargate.stand_ins.faults import Refuse
from tests.fargate.stand_ins.polling import eventually
from tests.keeper.conftest import KeeperScene


def test_a_task_past_its_deadline_is_stopped_and_one_before_it_is_not(scene: KeeperScene) -> None:
    expired, living = scene.task("expired", ends_in=-1), scene.task("living", ends_in=60)

    report = scene.keep()

    eventually(lambda: expired.status == "STOPPED", "the expired task stops")
    assert expired.description["stoppedReason"] == "deep-insight keeper: past its deadline"
    assert living.status == "RUNNING"
    assert [(action.kind, action.session_id) for action in report.actions] == [("stop", "expired")]


def test_tasks_without_our_tags_and_of_other_stacks_are_untouched(scene: KeeperScene) -> None:
    others = [
        scene.task("untagged", ends_in=-1, stack=None),
        scene.task("other", ends_in=-1, stack="another-stack"),
        scene.task("no-session", ends_in=-1, session=None),
    ]

    assert scene.keep().actions == []
    assert {task.status for task in others} == {"RUNNING"}
    assert scene.account.calls.of("ecs.StopTask") == []


def test_an_unreadable_deadline_is_replaced_by_the_age(scene: KeeperScene) -> None:
    young, old, missing = (
        scene.task("young", deadline="soon"),
        scene.task("old", deadline="soon"),
        scene.task("missing", deadline=None),
    )
    for task in (old, missing):
        task.update(createdAt=task.description["createdAt"] - 3600)

    scene.keep(KEEPER_LIFETIME_SECONDS="3000")

    assert young.description["desiredStatus"] == "RUNNING"
    assert old.description["desiredStatus"] == missing.description["desiredStatus"] == "STOPPED"


def test_a_task_that_cannot_be_stopped_fails_the_run_but_stops_no_other(scene: KeeperScene) -> None:
    stuck, expired = scene.task("stuck", ends_in=-1), scene.task("expired", ends_in=-1)
    scene.account.faults.add(
        "ecs.StopTask",
        Refuse("ServerException", "Service unavailable", 500),
        times=None,
        where=lambda request: request.parameters["task"] == stuck.arn,
    )

    report = scene.keep()

    assert expired.description["desiredStatus"] == "STOPPED"
    assert len(report.failures) == 1
    assert stuck.arn in report.failures[0]
    scene.account.faults.clear()
    assert [action.session_id for action in scene.keep().actions] == ["stuck"]


def test_more_tasks_than_one_page_are_all_seen(scene: KeeperScene) -> None:
    scene.fargate.start = Start(runs=False)
    for index in range(11):
        scene.task(f"session-{index}", ends_in=-1, count=10)
    scene.account.task_operations.page_size = 40

    report = scene.keep()

    assert report.count("stop") == 110
    assert {task.description["desiredStatus"] for task in scene.account.tasks.all()} == {"STOPPED"}
    counts = scene.account.calls.counts("keeper")
    assert counts["ecs.ListTasks"] == 4
    assert counts["ecs.DescribeTasks"] == 2


def test_two_runs_at_once_are_harmless(scene: KeeperScene) -> None:
    expired, dead = scene.task("expired", ends_in=-1), scene.task("dead")
    scene.register(dead)
    scene.kill(dead)
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(scene.keep())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [report.failures for report in reports] == [[], []]
    eventually(lambda: expired.status == "STOPPED", "the expired task stops")
    assert scene.registered() == set()
    assert scene.keep().actions == []


def test_a_dry_run_names_everything_and_changes_nothing(scene: KeeperScene) -> None:
    expired, dead = scene.task("expired", ends_in=-1), scene.task("dead")
    scene.register(dead)
    scene.kill(dead)

    report = scene.keep(warm=2, dry_run=True)

    assert sorted(action.kind for action in report.actions) == [
        "deregister",
        "start",
        "start",
        "stop",
    ]
    assert expired.description["desiredStatus"] == "RUNNING"
    assert scene.registered() == {dead.address}
    assert {call.operation for call in scene.account.calls.by("keeper")} <= {
        "DescribeTargetHealth",
        "ListTasks",
        "DescribeTasks",
        "GetSecretValue",
    }
