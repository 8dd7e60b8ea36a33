"""The whole program: both stacks, previews, and two stacks in one account and region."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client.stack import Stack
from plan.program import run_program
from plan.project import StackConfiguration, read_stack
from plan.recording import Recording
from tests.recorded_stacks import recorded_stack

NAMES = ("name", "bucket", "agentRuntimeName", "family", "dashboardName", "policyName")
# Named within a parent that carries the stack's name itself.
INSIDE = ("aws:iam/rolePolicy:RolePolicy", "AgentRuntimeEndpoint")
DATA = ("aws:s3/bucket:Bucket", "aws:ecr/repository:Repository")


@pytest.fixture(scope="module", params=["dev", "prod"])
def stack(request: pytest.FixtureRequest) -> Recording:
    return recorded_stack(request.param)


def physical_names(recording: Recording) -> Iterator[tuple[str, str]]:
    for resource in recording.sorted():
        if resource.type.endswith(INSIDE) or not resource.custom:
            continue
        for key in NAMES:
            if key in resource.inputs:
                yield resource.type, str(resource.inputs[key])


def test_everything_belongs_to_a_component(stack: Recording) -> None:
    orphans = [
        r.name
        for r in stack.sorted()
        if r.custom and not r.parent and not r.type.startswith("pulumi:providers")
    ]

    assert orphans == []


def test_components_have_tokens_of_this_project_and_registered_outputs(stack: Recording) -> None:
    components = [r for r in stack.sorted() if not r.custom]

    assert {r.type.rpartition(":")[0] for r in components} == {"deepinsight:index"}
    assert {r.urn for r in components} == set(stack.component_outputs)
    assert {r.type.rpartition(":")[2] for r in components} >= {
        "NetworkTier",
        "ExecutorCluster",
        "AgentRuntime",
        "ContainerWorkload",
        "FrontDoor",
    }


def test_children_are_named_by_role_or_zone_and_never_by_number(stack: Recording) -> None:
    for resource in stack.sorted():
        assert not resource.name.split("-")[-1].isdigit(), resource.name


def test_every_resource_uses_the_provider_that_tags_it(stack: Recording) -> None:
    (provider,) = stack.of_type("pulumi:providers:aws")
    tags = (
        json.loads(provider.inputs["defaultTags"])["tags"]
        if isinstance(provider.inputs["defaultTags"], str)
        else provider.inputs["defaultTags"]["tags"]
    )

    assert tags == {
        "Application": "deep-insight",
        "Environment": stack.stack,
        "Owner": "data-platform",
        "Project": "deep-insight",
        "ManagedBy": "pulumi",
    }
    for resource in stack.sorted():
        if resource.type.startswith("aws:"):
            assert resource.provider.startswith(provider.urn), resource.name


def test_own_tags_and_the_accounts_it_may_use_reach_the_provider() -> None:
    recording = recorded_stack(
        "dev", 'tags={"CostCenter": "42"}', "owner=insights", 'allowedAccountIds=["123456789012"]'
    )

    provider = json.dumps(dict(recording.one("pulumi:providers:aws").inputs)).replace("\\", "")
    for text in ('"CostCenter": "42"', '"Owner": "insights"', '["123456789012"]'):
        assert text in provider


def test_every_physical_name_carries_the_stack(stack: Recording) -> None:
    without = [
        (kind, name)
        for kind, name in physical_names(stack)
        if stack.stack not in name and "/aws/bedrock-agentcore/runtimes/" not in name
    ]

    assert without == []


def other(stack: Recording) -> Recording:
    configuration, _problems = read_stack(stack.stack)
    return run_program(
        StackConfiguration(
            configuration.project, "other", configuration.values, configuration.secret_keys
        )
    )


def test_two_stacks_share_no_physical_name(stack: Recording) -> None:
    assert not set(physical_names(stack)) & set(physical_names(other(stack)))


def test_a_first_preview_knows_no_output_and_still_works(stack: Recording) -> None:
    assert recorded_stack(stack.stack, preview=True).resources.keys() == stack.resources.keys()


def test_a_client_finds_everything_among_the_outputs_and_no_secret(stack: Recording) -> None:
    assert stack.exports.keys() >= {
        "region",
        "account_id",
        "runtime_arn",
        "runtime_endpoint",
        "artifacts_bucket",
        "artifacts_prefix",
        "executor_url",
        "executor_log_group",
        "keeper_log_group",
        "runtime_log_group",
    }
    assert stack.exports["executor_url"].startswith("http://")
    assert not stack.secret_exports


def test_the_client_reads_every_output_that_it_knows(stack: Recording) -> None:
    assert Stack.model_fields.keys() <= stack.exports.keys()
    read = Stack.model_validate(stack.exports)
    assert read.session_prefix("s") == f"{stack.exports['artifacts_prefix']}/s/"


def test_only_prod_protects_its_data_and_watches_itself() -> None:
    dev, prod = recorded_stack("dev"), recorded_stack("prod")

    assert {r.protect for r in dev.of_type(*DATA)} == {False}
    assert {r.protect for r in prod.of_type(*DATA)} == {True}
    assert "dashboard_url" in prod.exports
    assert "dashboard_url" not in dev.exports
    assert not dev.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    for alarm in prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
        assert alarm.inputs["alarmActions"] == [prod.exports["alarm_topic_arn"]]


def test_the_program_itself_fits_on_a_screen() -> None:
    assert len(Path("__main__.py").read_text(encoding="utf-8").splitlines()) <= 30


def test_an_existing_vpc_replaces_the_network(tmp_path: Path) -> None:
    vpc: dict[str, Any] = {
        "vpcId": "vpc-0123456789abcdef0",
        "privateSubnetIds": {"use1-az1": "subnet-11111111", "use1-az2": "subnet-22222222"},
        "privateRouteTableIds": {"use1-az1": "rtb-11111111", "use1-az2": "rtb-22222222"},
    }

    recording = recorded_stack("dev", f"existingVpc={json.dumps(vpc)}")

    assert not recording.of_type("aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet")
    assert recording.exports["runtime_arn"]
