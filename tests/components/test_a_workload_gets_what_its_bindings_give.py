"""A workload turns bindings into variables, secrets, rights and rules, and adds nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.binding import Binding, BindingError, PortReach, ServiceReach
from components.deployment import Deployment
from components.fargate import FargateSizeError
from components.grant import Grant
from components.secret import ManagedSecret, ManagedSecretArgs
from plan.recording import Recording
from tests.components.platform_parts import (
    EGRESS,
    LOGS,
    PREBUILT,
    ROLE,
    ROLE_POLICY,
    TASK,
    named,
    network,
    prebuilt_image,
    workload,
)

Declare = Callable[..., Recording]


def declared(declare: Declare, deployment: Deployment, **changes: Any) -> Recording:
    return declare(
        lambda: workload(deployment, network(deployment), **changes),
        of={"deployment": deployment, **changes},
    )


def container(recording: Recording) -> dict[str, Any]:
    (definition,) = json.loads(recording.one(TASK).inputs["containerDefinitions"])
    assert isinstance(definition, dict)
    return definition


def statements(recording: Recording, policy: str) -> dict[str, Any]:
    document = json.loads(named(recording, ROLE_POLICY)[policy].inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_the_container_cannot_write_but_where_it_must(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment, writable={"tmp": "/tmp", "work": "/work"})

    definition = container(recording)
    assert definition["readonlyRootFilesystem"] is True
    assert [m["containerPath"] for m in definition["mountPoints"]] == ["/tmp", "/work"]
    assert [v["name"] for v in recording.one(TASK).inputs["volumes"]] == ["tmp", "work"]


def test_the_container_is_confined(declare: Declare, deployment: Deployment) -> None:
    definition = container(declared(declare, deployment))

    assert definition["user"] == "1000:1000"
    assert definition["linuxParameters"]["initProcessEnabled"] is True
    assert definition["linuxParameters"]["capabilities"]["drop"] == ["ALL"]
    assert definition["stopTimeout"] == 30
    assert definition["image"] == PREBUILT


def test_health_is_asked_by_python_itself(declare: Declare, deployment: Deployment) -> None:
    check = container(declared(declare, deployment))["healthCheck"]

    assert check["command"][:3] == ["CMD", "python", "-c"]
    assert "http://127.0.0.1:8000/health" in check["command"][3]
    compile(check["command"][3], "health", "exec")


def test_logs_go_to_a_group_with_retention(declare: Declare, deployment: Deployment) -> None:
    recording = declared(declare, deployment)

    group = recording.one(LOGS)
    options = container(recording)["logConfiguration"]["options"]
    assert options["awslogs-group"] == group.inputs["name"] == "/deep-insight-test/web"
    assert group.inputs["retentionInDays"] == 7


@pytest.mark.parametrize(("architecture", "name"), [("arm64", "ARM64"), ("x86_64", "X86_64")])
def test_the_task_runs_on_the_architecture_of_its_image(
    declare: Declare, deployment: Deployment, architecture: Any, name: str
) -> None:
    recording = declare(
        lambda: workload(
            deployment,
            network(deployment),
            image=prebuilt_image(deployment, architecture=architecture),
        )
    )

    assert recording.one(TASK).inputs["runtimePlatform"]["cpuArchitecture"] == name


def test_without_grants_there_is_no_task_role(declare: Declare, deployment: Deployment) -> None:
    recording = declared(declare, deployment)

    assert "taskRoleArn" not in recording.one(TASK).inputs
    assert [role.name for role in recording.of_type(ROLE)] == ["web-execution-role"]


def test_the_execution_role_knows_one_image_and_one_log_group(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declared(declare, deployment)

    found = statements(recording, "web-execution-policy")
    assert found["PullImage"]["Resource"] == [
        "arn:aws:ecr:us-east-1:123456789012:repository/team/web"
    ]
    group = recording.one(LOGS).outputs["arn"]
    assert found["WriteLogs"]["Resource"] == [f"{group}:log-stream:*"]
    assert found.keys() == {"RegistryLogin", "PullImage", "WriteLogs"}


def test_only_this_account_can_make_ecs_take_the_roles(
    declare: Declare, deployment: Deployment
) -> None:
    grant = Grant(sid="Run", actions=["ecs:RunTask"], resources=["arn:aws:ecs:::x"])
    binding = Binding(provider="cluster", grants=[grant])

    roles = named(declared(declare, deployment, uses=[binding]), ROLE)

    assert roles.keys() == {"web-execution-role", "web-task-role"}
    for role in roles.values():
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"},
        }


def test_more_disk_than_comes_with_a_task_is_asked_for(
    declare: Declare, deployment: Deployment
) -> None:
    included = declared(declare, deployment).one(TASK).inputs
    more = declared(declare, deployment, storage_gib=50).one(TASK).inputs

    assert "ephemeralStorage" not in included
    assert more["ephemeralStorage"] == {"sizeInGib": 50}


def test_bindings_become_variables_rights_and_rules(
    declare: Declare, deployment: Deployment
) -> None:
    database = Binding(
        provider="database",
        environment={"DATABASE_HOST": "db.internal"},
        grants=[Grant(sid="Connect", actions=["rds-db:Connect"], resources=["arn:aws:rds-db:x"])],
        reach=[PortReach(peer="database", security_group_id="sg-db", port=5432)],
    )

    recording = declared(declare, deployment, uses=[database])

    assert container(recording)["environment"] == [
        {"name": "DATABASE_HOST", "value": "db.internal"}
    ]
    assert statements(recording, "web-task-policy").keys() == {"Connect"}
    assert recording.one(TASK).inputs["taskRoleArn"]
    assert "web-to-database-5432-egress" in named(recording, EGRESS)


def test_a_secret_is_injected_by_the_platform_and_not_readable_by_the_container(
    declare: Declare, deployment: Deployment
) -> None:
    def program() -> None:
        args = ManagedSecretArgs(deployment=deployment, role="api-key", description="A key")
        secret = ManagedSecret("api-key", args)
        workload(deployment, network(deployment), uses=[secret.inject("API_KEY")])

    recording = declare(program)

    arn = recording.one("aws:secretsmanager/secret:Secret").outputs["arn"]
    assert container(recording)["secrets"] == [{"name": "API_KEY", "valueFrom": arn}]
    assert container(recording)["environment"] == []
    assert statements(recording, "web-execution-policy")["ReadSecrets"]["Resource"] == [arn]
    assert "taskRoleArn" not in recording.one(TASK).inputs
    assert "web-to-secretsmanager-443-egress" in named(recording, EGRESS)


def test_a_workload_without_identity_refuses_rights(
    declare: Declare, deployment: Deployment
) -> None:
    grant = Grant(sid="Run", actions=["ecs:RunTask"], resources=["arn:aws:ecs:::x"])
    binding = Binding(provider="cluster", grants=[grant])

    with pytest.raises(BindingError, match="web: it has no AWS identity, but Run would give it"):
        declared(declare, deployment, uses=[binding], identity=False)


@pytest.mark.parametrize("user", ["root", "0", "0:0", ""])
def test_a_container_of_root_is_refused(
    declare: Declare, deployment: Deployment, user: str
) -> None:
    with pytest.raises(BindingError, match="must not run as root"):
        declared(declare, deployment, user=user)


@pytest.mark.parametrize("seconds", [0, 121])
def test_a_stop_timeout_that_fargate_does_not_know_is_refused(
    declare: Declare, deployment: Deployment, seconds: int
) -> None:
    with pytest.raises(BindingError, match="not within 1-120"):
        declared(declare, deployment, stop_timeout_seconds=seconds)


def test_an_odd_size_is_refused(declare: Declare, deployment: Deployment) -> None:
    with pytest.raises(FargateSizeError, match="choose 4096 to 16384 in steps of 1024"):
        declared(declare, deployment, cpu=2048, memory=2048)


def test_the_task_waits_for_its_policies(declare: Declare, deployment: Deployment) -> None:
    recording = declared(declare, deployment)

    policy = named(recording, ROLE_POLICY)["web-execution-policy"]
    assert policy.urn in recording.one(TASK).dependencies


def test_a_preview_needs_no_known_outputs(declare: Declare, deployment: Deployment) -> None:
    service = Binding(provider="queue", reach=[ServiceReach(service="sqs")])

    recording = declare(lambda: workload(deployment, network(deployment), [service]), preview=True)

    assert recording.one(TASK)
