"""The keeper's list of rights covers the calls that it makes, and holds nothing more."""

import ast
import sys
from pathlib import Path

import pytest

import keeper
from keeper.permissions import permissions
from tests.fargate.stand_ins.polling import eventually
from tests.keeper.conftest import KeeperScene

PREFIXES = {"ecs": "ecs", "elbv2": "elasticloadbalancing", "secretsmanager": "secretsmanager"}
WITHOUT_A_CALL = {"iam:PassRole", "ecs:TagResource"}
"""Asked for by IAM as a part of RunTask."""


def listed(*, alb: bool, warm: bool) -> set[str]:
    return {action for right in permissions(alb=alb, warm=warm) for action in right.actions}


def called(scene: KeeperScene) -> set[str]:
    return {
        f"{PREFIXES[call.service]}:{call.operation}" for call in scene.account.calls.by("keeper")
    }


@pytest.mark.parametrize("warm", [0, 2])
@pytest.mark.parametrize("alb", [True, False])
def test_a_full_run_uses_all_rights_and_no_other(scene: KeeperScene, alb: bool, warm: int) -> None:
    group = scene.stack.target_group_arn if alb else ""
    scene.task("expired", ends_in=-1)
    dead = scene.task("dead")
    scene.register(dead)
    scene.kill(dead)

    scene.keep(warm=warm, KEEPER_TARGET_GROUP_ARN=group)
    eventually(lambda: all(t.status == "RUNNING" for t in scene.warm_tasks()), "warm ones run")
    scene.keep(warm=warm, KEEPER_TARGET_GROUP_ARN=group)

    assert called(scene) == listed(alb=alb, warm=warm > 0) - WITHOUT_A_CALL


def test_only_boto3_and_the_standard_library_are_imported() -> None:
    allowed = {*sys.stdlib_module_names, "boto3", "botocore", "keeper"}
    for path in Path(keeper.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import():
                    names = [alias.name for alias in node.names]
                case ast.ImportFrom():
                    names = [node.module or ""]
                case _:
                    continue
            assert {name.partition(".")[0] for name in names} <= allowed, path.name


def test_stopping_is_limited_to_the_tag_by_iam_itself() -> None:
    (stop,) = [r for r in permissions(alb=True, warm=True) if "ecs:StopTask" in r.actions]

    assert stop.conditions["StringEquals"] == {"aws:ResourceTag/deep-insight:stack": "{stack}"}
