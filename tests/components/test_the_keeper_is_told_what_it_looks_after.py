"""The keeper's function: its environment, rights, triggers and code; and the warm pool's parts."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.binding import BindingError
from components.deployment import Deployment
from components.executor_cluster import ExecutorCluster, ExecutorClusterArgs
from components.keeper_environment import PLACEHOLDER_ARN, checked_environment
from keeper.permissions import permissions
from keeper.settings import load_settings
from plan.project import ROOT
from plan.recording import Recording
from plan.roles import role_for
from tests.components.platform_parts import LOGS, PREBUILT, named, network

Declare = Callable[..., Recording]
FUNCTION = "aws:lambda/function:Function"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
PERMISSION = "aws:lambda/permission:Permission"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_VALUE = "aws:secretsmanager/secretVersion:SecretVersion"


def declared(declare: Declare, deployment: Deployment, **changes: Any) -> Recording:
    values: dict[str, Any] = {"keeper": ROOT / "keeper", **changes}

    def program() -> None:
        cluster = ExecutorCluster(
            "executor",
            ExecutorClusterArgs(
                deployment=deployment,
                network=network(deployment),
                context=Path("executor"),
                builder="prebuilt",
                prebuilt=PREBUILT,
                **values,
            ),
        )
        run = cluster.run()
        pulumi.export("variables", sorted(run.environment))
        pulumi.export("grants", sorted(grant.sid for grant in run.grants))

    return declare(program, of={"deployment": deployment, **changes})


def environment(recording: Recording) -> dict[str, str]:
    return dict(recording.one(FUNCTION).inputs["environment"]["variables"])


@pytest.mark.parametrize("route", ["alb", "direct"])
@pytest.mark.parametrize("warm", [0, 3])
def test_it_starts_with_what_it_is_given(
    declare: Declare, deployment: Deployment, route: str, warm: int
) -> None:
    recording = declared(declare, deployment, route=route, warm=warm)
    settings = load_settings({"AWS_REGION": "us-east-1", **environment(recording)})
    cluster = recording.one("aws:ecs/cluster:Cluster").text("arn")
    assert (settings.stack, settings.cluster_arn) == ("deep-insight-test", cluster)
    assert (settings.target_group_arn is not None) == (route == "alb")
    assert (settings.warm.size if settings.warm else 0) == warm


@pytest.mark.parametrize("route", ["alb", "direct"])
@pytest.mark.parametrize("warm", [0, 3])
def test_its_role_has_the_rights_that_its_code_lists_and_writes_its_own_logs(
    declare: Declare, deployment: Deployment, route: str, warm: int
) -> None:
    recording = declared(declare, deployment, route=route, warm=warm)
    role = role_for(recording, "keeper")
    assert role is not None
    wanted = {a for p in permissions(alb=route == "alb", warm=warm > 0) for a in p.actions}
    assert {right.action for right in role.rights} == wanted | {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    stop = next(right for right in role.rights if right.action == "ecs:StopTask")
    assert stop.resource == "arn:aws:ecs:us-east-1:123456789012:task/deep-insight-test-executor/*"
    tag = "aws:ResourceTag/deep-insight:stack"
    assert stop.condition["StringEquals"] == {tag: "deep-insight-test"}


def test_it_runs_by_the_clock_and_whenever_an_executor_of_its_cluster_stops(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)
    rules = named(recording, RULE)
    assert rules["executor-keeper-schedule"].inputs["scheduleExpression"] == "rate(5 minutes)"
    assert json.loads(rules["executor-keeper-stopped"].inputs["eventPattern"])["detail"] == {
        "clusterArn": [recording.one("aws:ecs/cluster:Cluster").text("arn")],
        "lastStatus": ["STOPPED"],
    }
    function = recording.one(FUNCTION).text("arn")
    assert {target.inputs["arn"] for target in recording.of_type(TARGET)} == {function}
    allowed = {permission.inputs["sourceArn"] for permission in recording.of_type(PERMISSION)}
    assert allowed == {rule.text("arn") for rule in rules.values()}


def test_its_log_group_has_a_retention_and_exists_before_the_first_run(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)
    group = named(recording, LOGS)["executor-keeper-logs"]
    assert group.inputs["name"] == f"/aws/lambda/{recording.one(FUNCTION).text('name')}"
    assert group.inputs["retentionInDays"] == 7
    assert group.urn in recording.waits_for(recording.one(FUNCTION).urn)


def test_it_is_outside_the_network_because_it_calls_aws_only(
    declare: Declare, deployment: Deployment
) -> None:
    assert "vpcConfig" not in declared(declare, deployment).one(FUNCTION).inputs


def test_its_code_is_the_package_without_caches(
    declare: Declare, deployment: Deployment, tmp_path: Path
) -> None:
    folder = tmp_path / "keeper"
    shutil.copytree(ROOT / "keeper", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "run.cpython-311.pyc").write_bytes(b"\0")
    (folder / "notes.txt").write_text("left over", encoding="utf-8")
    code = declared(declare, deployment, keeper=folder).one(FUNCTION).inputs["code"]
    files = {f"keeper/{path.name}" for path in (ROOT / "keeper").glob("*.py")}
    assert set(code["assets"]) == files
    handler = declared(declare, deployment).one(FUNCTION).inputs["handler"]
    module, function = handler.rsplit(".", 1)
    assert f"{module.replace('.', '/')}.py" in files
    assert function == "handle"


def test_without_a_pool_there_is_no_key_and_nobody_may_claim(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)
    assert not recording.of_type(SECRET)
    assert "DEEP_INSIGHT_WARM_CLAIM_KEY_ARN" not in recording.exports["variables"]
    assert "FindWarmExecutors" not in recording.exports["grants"]


def test_a_pool_has_a_key_that_stays_and_both_sides_can_read(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment, warm=1)
    secret, value = recording.one(SECRET), recording.one(SECRET_VALUE)
    assert value.ignore_changes == ("secretString",)
    assert ("secretString",) in value.secrets
    assert environment(recording)["KEEPER_CLAIM_KEY_ARN"] == secret.text("arn")
    assert {"ReadClaimKey", "FindWarmExecutors", "TagClaimedExecutor"} <= set(
        recording.exports["grants"]
    )
    rules = named(recording, RULE)
    assert rules["executor-keeper-schedule"].inputs["scheduleExpression"] == "rate(1 minute)"


def test_a_variable_that_it_would_refuse_stops_the_program() -> None:
    given = {"KEEPER_STACK": "s", "KEEPER_CLUSTER_ARN": PLACEHOLDER_ARN, "KEEPER_WARM": "2"}
    with pytest.raises(BindingError, match="KEEPER_WARM: there is no such setting"):
        checked_environment(given, region="us-east-1")
