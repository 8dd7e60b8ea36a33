"""Targets whose task is gone leave the target group; every other one stays."""

from tests.fargate.stand_ins import LoadBalancer
from tests.fargate.stand_ins.faults import Refuse
from tests.fargate.stand_ins.polling import eventually
from tests.keeper.conftest import KeeperScene


def test_the_target_of_a_stopped_task_goes_and_that_of_a_live_one_stays(scene: KeeperScene) -> None:
    dead, live = scene.task("dead"), scene.task("live")
    for task in (dead, live):
        scene.register(task)
    scene.kill(dead)

    report = scene.keep()

    assert scene.registered() == {live.address}
    assert [(a.kind, a.subject, a.session_id) for a in report.actions] == [
        ("deregister", f"{dead.address}:8080", "dead")
    ]
    assert live.status == "RUNNING"


def test_a_target_stays_while_its_task_is_still_stopping(scene: KeeperScene) -> None:
    scene.fargate.next_start(stopping_seconds=30)
    task = scene.task("flushing")
    scene.register(task)
    scene.fargate.kill(task)
    eventually(lambda: task.status == "DEPROVISIONING", "the container has ended")

    assert scene.keep().actions == []
    assert scene.registered() == {task.address}


def test_a_stopped_task_without_our_tags_or_of_another_stack_frees_no_target(
    scene: KeeperScene,
) -> None:
    others = [
        scene.task("untagged", stack=None),
        scene.task("other", stack="another-stack"),
        scene.task("elsewhere", target="arn:aws:elasticloadbalancing:x:123456789012:other"),
    ]
    for task in others:
        scene.register(task)
        scene.kill(task)

    assert scene.keep().actions == []
    assert scene.registered() == {task.address for task in others}


def test_a_target_of_a_forgotten_task_goes_once_it_is_unhealthy(scene: KeeperScene) -> None:
    elbv2 = scene.account.client("elbv2", "runtime")
    group = scene.stack.target_group_arn
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.1.2.3", "Port": 8080}])
    assert scene.keep().actions == []

    with LoadBalancer(scene.account, group) as balancer:
        eventually(
            lambda: [t.health[0] for t in balancer.registered()] == ["unhealthy"], "it is unhealthy"
        )
        scene.keep()

    assert scene.registered() == set()


def test_an_address_that_a_new_task_has_is_left_alone(scene: KeeperScene) -> None:
    old, new = scene.task("old"), scene.task("new")
    scene.register(new)
    scene.kill(old)
    old.update(attachments=new.description["attachments"])

    assert scene.keep().actions == []
    assert scene.registered() == {new.address}


def test_one_target_that_cannot_be_removed_keeps_no_other_and_fails_the_run(
    scene: KeeperScene,
) -> None:
    tasks = [scene.task(f"session-{index}") for index in range(3)]
    for task in tasks:
        scene.register(task)
        scene.kill(task)
    bad = tasks[1].address
    scene.account.faults.add(
        "elbv2.DeregisterTargets",
        Refuse("InvalidTarget", "The target is not valid."),
        times=None,
        where=lambda request: bad in request.parameters.values(),
    )

    report = scene.keep()

    assert scene.registered() == {bad}
    assert len(report.failures) == 1
    assert str(bad) in report.failures[0]


def test_targets_are_read_before_the_tasks(scene: KeeperScene) -> None:
    scene.task("a")
    scene.keep()

    names = [f"{call.service}.{call.operation}" for call in scene.account.calls.by("keeper")]
    assert names == [
        "elbv2.DescribeTargetHealth",
        "ecs.ListTasks",
        "ecs.ListTasks",
        "ecs.DescribeTasks",
    ]
