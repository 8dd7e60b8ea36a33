"""The environment contract."""

import subprocess
import sys

import pytest

from agent_runtime.roles import Role
from agent_runtime.settings import (
    SettingsError,
    check_environment,
    contract,
    load_settings,
)

ECS = {
    "AWS_REGION": "us-east-1",
    "DEEP_INSIGHT_EXECUTOR": "ecs",
    "DEEP_INSIGHT_ECS_CLUSTER_ARN": "arn:aws:ecs:us-east-1:123456789012:cluster/c",
    "DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN": (
        "arn:aws:ecs:us-east-1:123456789012:task-definition/executor:7"
    ),
    "DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME": "executor",
    "DEEP_INSIGHT_EXECUTOR_SUBNET_IDS": "subnet-1, subnet-2",
    "DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS": "sg-1",
    "DEEP_INSIGHT_EXECUTOR_PORT": "8080",
    "DEEP_INSIGHT_EXECUTOR_CAPACITY": "spot",
    "DEEP_INSIGHT_EXECUTOR_ROUTE": "direct",
    "DEEP_INSIGHT_ARTIFACTS_BUCKET": "bucket",
    "DEEP_INSIGHT_ARTIFACTS_PREFIX": "artifacts",
}
ALB = {
    "DEEP_INSIGHT_EXECUTOR_ROUTE": "alb",
    "DEEP_INSIGHT_EXECUTOR_URL": "http://executors.internal/",
    "DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN": "arn:aws:elasticloadbalancing:...",
}
BEDROCK = {
    "AWS_REGION": "us-east-1",
    "DEEP_INSIGHT_MODEL_PROVIDER": "bedrock",
    **{f"DEEP_INSIGHT_MODEL_ID_{role.name}": f"model-of-{role}" for role in Role},
}


def test_an_empty_environment_runs_offline_on_this_machine() -> None:
    settings = load_settings({})
    assert (settings.executor, settings.model_provider) == ("local", "offline")
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)


def test_every_problem_is_listed_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(
            {
                "DEEP_INSIGHT_EXECUTER": "ecs",
                "DEEP_INSIGHT_EXECUTOR_URL": "executors.internal",
                "DEEP_INSIGHT_MODEL_PROVIDER": "bedrock",
                "PORT": "eighty",
            }
        )
    problems = "\n".join(caught.value.problems)
    assert "did you mean DEEP_INSIGHT_EXECUTOR?" in problems
    assert "DEEP_INSIGHT_EXECUTOR_URL='executors.internal': must be a URL" in problems
    assert "AWS_REGION is missing" in problems
    assert problems.count("DEEP_INSIGHT_MODEL_ID_") == len(Role)
    assert "PORT='eighty'" in problems
    assert len(caught.value.problems) == 4 + len(Role)


@pytest.mark.parametrize("name", [name for name in ECS if name != "DEEP_INSIGHT_EXECUTOR"])
def test_each_ecs_variable_is_required(name: str) -> None:
    environ = {key: value for key, value in ECS.items() if key != name}
    assert [p for p in check_environment(environ) if p.startswith(f"{name} is missing")]


def test_the_load_balancer_variables_are_required_on_its_route_only() -> None:
    assert check_environment(ECS) == []
    assert len(check_environment(ECS | {"DEEP_INSIGHT_EXECUTOR_ROUTE": "alb"})) == 2
    assert check_environment(ECS | ALB) == []


def test_lists_and_urls_are_parsed() -> None:
    settings = load_settings(ECS | ALB)
    assert settings.executor_subnet_ids == ("subnet-1", "subnet-2")
    assert settings.executor_url == "http://executors.internal"


def test_a_variable_that_is_set_but_empty_counts_as_unset() -> None:
    assert "DEEP_INSIGHT_ARTIFACTS_BUCKET is missing" in str(
        check_environment(ECS | {"DEEP_INSIGHT_ARTIFACTS_BUCKET": " "})
    )


def test_each_role_has_its_own_bedrock_model() -> None:
    settings = load_settings(BEDROCK)
    assert {settings.model_id(role) for role in Role} == {f"model-of-{role}" for role in Role}


def test_a_task_definition_without_a_revision_is_refused() -> None:
    arn = ECS["DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN"].removesuffix(":7")
    problems = check_environment(ECS | {"DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN": arn})
    assert len(problems) == 1
    assert problems[0].startswith("DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN=")


def test_a_secret_is_not_shown_in_a_problem() -> None:
    secret = {spec.name for spec in contract() if spec.secret}
    assert secret == {"OTEL_EXPORTER_OTLP_HEADERS"}
    assert "hidden" not in repr(load_settings({"OTEL_EXPORTER_OTLP_HEADERS": "key=hidden"}))


def test_the_contract_names_every_variable_once_with_a_description() -> None:
    specs = contract()
    assert len({spec.name for spec in specs}) == len(specs)
    assert all(spec.description.endswith(".") for spec in specs)
    by_name = {spec.name: spec for spec in specs}
    assert by_name["DEEP_INSIGHT_EXECUTOR_URL"].is_url
    assert by_name["DEEP_INSIGHT_EXECUTOR_ROUTE"].choices == ("alb", "direct")
    assert by_name["AWS_REGION"].is_required({"DEEP_INSIGHT_EXECUTOR": "ecs"})
    assert not by_name["AWS_REGION"].is_required({"DEEP_INSIGHT_EXECUTOR": "local"})


def test_reading_the_contract_imports_neither_agents_nor_the_cloud_sdk() -> None:
    code = (
        "import sys, agent_runtime.settings as s; s.contract(); "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('strands', 'boto3', 'botocore', 'bedrock_agentcore', 'httpx', 'starlette')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
