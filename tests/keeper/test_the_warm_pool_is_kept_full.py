"""The pool holds as many unclaimed executors as wanted: not fewer, not more, whoever runs when."""

import hashlib
import threading

from keeper.start import start_up_token
from keeper.warm_pool import PLACE
from tests.fargate.stand_ins.deployed_stack import DEPLOYER
from tests.fargate.stand_ins.faults import LoseAnswer, Refuse
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.task_operations import CAPACITY
from tests.keeper.conftest import KeeperScene


def test_an_empty_pool_is_filled_once(scene: KeeperScene) -> None:
    report = scene.keep(warm=3)
    again = scene.keep(warm=3)

    assert len(scene.warm_tasks()) == 3
    assert (report.count("start"), report.warm) == (3, 3)
    assert (again.count("start"), again.warm) == (0, 3)


def test_a_warm_task_can_be_claimed_with_the_token_of_its_start_up_id(scene: KeeperScene) -> None:
    scene.keep(warm=1)

    (task,) = scene.warm_tasks()
    session_id = task.environment["SESSION_ID"]
    secret = scene.account.client("secretsmanager", DEPLOYER).get_secret_value(
        SecretId=scene.stack.claim_key_arn
    )["SecretString"]
    token = start_up_token(secret.encode(), session_id)
    assert session_id.startswith("warm-")
    assert task.tags["deep-insight:session"] == session_id
    assert task.environment["CLAIMABLE"] == "true"
    assert task.environment["SESSION_TOKEN_SHA256"] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(task.description)


def test_overlapping_runs_fill_the_pool_and_not_beyond(scene: KeeperScene) -> None:
    reports = []
    together = threading.Barrier(4)

    def keep() -> None:
        together.wait()
        reports.append(scene.keep(warm=5))

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [report.failures for report in reports] == [[]] * 4
    assert len(scene.account.tasks.all()) == 5
    assert len(scene.warm_tasks()) == 5


def test_a_run_that_has_seen_half_of_what_another_started_adds_nothing(scene: KeeperScene) -> None:
    scene.keep(warm=4)
    hidden = scene.account.tasks.all()[2:]
    visible = scene.account.tasks.all()[:2]
    scene.account.tasks.clear()
    for task in visible:
        scene.account.tasks.add(task)

    def show_again(*_: object) -> bool:
        for task in hidden:
            scene.account.tasks.add(task)
        return False

    scene.account.faults.add("ecs.RunTask", LoseAnswer(), where=show_again)
    report = scene.keep(warm=4)

    assert report.failures == []
    assert len(scene.account.tasks.all()) == 4


def test_a_claimed_executor_is_replaced_and_left_alone(scene: KeeperScene) -> None:
    scene.keep(warm=2)
    claimed = scene.warm_tasks()[0]
    claimed.tags |= {"deep-insight:pool": "claimed", "deep-insight:session": "a-session"}

    report = scene.keep(warm=2)

    assert report.count("start") == 1
    assert len(scene.warm_tasks()) == 2
    assert claimed.description["desiredStatus"] == "RUNNING"


def test_a_warm_executor_that_ended_is_replaced_by_a_new_one_with_a_new_id(
    scene: KeeperScene,
) -> None:
    scene.keep(warm=1)
    (first,) = scene.warm_tasks()
    eventually(lambda: first.status == "RUNNING", "it runs")
    scene.kill(first)

    scene.keep(warm=1)

    (second,) = scene.warm_tasks()
    assert second.environment["SESSION_ID"] != first.environment["SESSION_ID"]


def test_a_place_whose_last_tasks_are_forgotten_is_filled_all_the_same(scene: KeeperScene) -> None:
    for _ in range(3):
        scene.keep(warm=1)
        (task,) = scene.warm_tasks()
        eventually(lambda: task.status == "RUNNING", "it runs")  # noqa: B023
        scene.kill(task)
    ended = scene.account.tasks.all()
    scene.account.tasks.clear()

    report = scene.keep(warm=1)

    assert report.failures == []
    (task,) = scene.warm_tasks()
    assert task not in ended


def test_a_lost_answer_starts_no_second_task(scene: KeeperScene) -> None:
    scene.account.faults.add("ecs.RunTask", LoseAnswer())

    report = scene.keep(warm=1)
    assert len(report.failures) == 1
    scene.keep(warm=1)

    assert len(scene.account.tasks.all()) == 1


def test_without_spot_capacity_the_pool_is_filled_on_demand(scene: KeeperScene) -> None:
    scene.account.task_operations.refuse_placement(CAPACITY, times=None, spot=True)

    report = scene.keep(warm=2, KEEPER_CAPACITY="spot")

    assert report.failures == []
    assert [task.spot for task in scene.warm_tasks()] == [False, False]


def test_a_place_that_cannot_be_filled_fails_the_run_with_the_reason(scene: KeeperScene) -> None:
    scene.account.task_operations.refuse_placement(CAPACITY, times=1)

    report = scene.keep(warm=2)

    assert len(scene.warm_tasks()) == 1
    assert report.failures == [f"start place 0: {CAPACITY}"]


def test_an_unreadable_claim_key_starts_nothing_and_the_rest_is_done(scene: KeeperScene) -> None:
    expired = scene.task("expired", ends_in=-1)
    scene.account.faults.add("secretsmanager.GetSecretValue", Refuse("AccessDeniedException"))

    report = scene.keep(warm=1)

    assert scene.warm_tasks() == []
    assert expired.description["desiredStatus"] == "STOPPED"
    assert len(report.failures) == 1
    assert report.failures[0].startswith("read the claim key: ")


def test_a_smaller_pool_stops_the_surplus_and_no_claimed_executor(scene: KeeperScene) -> None:
    scene.keep(warm=3)
    claimed = scene.warm_tasks()[2]
    claimed.tags["deep-insight:pool"] = "claimed"

    scene.keep(warm=1)
    assert len(scene.warm_tasks()) == 1
    scene.keep(warm=0)

    assert scene.warm_tasks() == []
    assert claimed.description["desiredStatus"] == "RUNNING"


def test_executors_of_an_older_task_definition_are_replaced(scene: KeeperScene) -> None:
    scene.keep(warm=1)
    (old,) = scene.warm_tasks()
    old.update(taskDefinitionArn=old.description["taskDefinitionArn"][:-1] + "9")

    scene.keep(warm=1)

    (new,) = scene.warm_tasks()
    assert new is not old
    assert old.description["desiredStatus"] == "STOPPED"


def test_running_warm_executors_are_registered_before_anyone_claims_them(
    scene: KeeperScene,
) -> None:
    scene.keep(warm=2)
    tasks = scene.warm_tasks()
    eventually(lambda: all(task.status == "RUNNING" for task in tasks), "they run")

    scene.keep(warm=2)
    again = scene.keep(warm=2)

    assert scene.registered() == {task.address for task in tasks}
    assert again.actions == []


def test_two_tasks_in_one_place_become_one_again(scene: KeeperScene) -> None:
    scene.keep(warm=1)
    (first,) = scene.warm_tasks()
    second = scene.task("warm-again", pool="warm")
    second.update(startedBy=f"{PLACE}0")

    scene.keep(warm=1)

    assert scene.warm_tasks() == [first]
