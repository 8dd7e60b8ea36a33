"""AgentRuntime: the environment is the contract, and everything is there before it starts."""

import ast
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pytest
from botocore import xform_name
from botocore.loaders import Loader

from components.agent_runtime import AgentRuntime, AgentRuntimeArgs
from components.binding import Binding, BindingError
from components.deployment import Deployment
from components.policy import permission_policy
from components.runtime_environment import checked_environment
from plan.recording import Recording
from tests.components.platform_parts import LOGS, ROLE, ROLE_POLICY, RUNTIME, named, network

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/agent@sha256:" + "0" * 64
ENDPOINT = "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint"
OFFLINE = Binding(
    provider="offline analyst", environment={"DEEP_INSIGHT_MODEL_PROVIDER": "offline"}
)
Declare = Callable[..., Recording]


def runtime(
    deployment: Deployment, uses: Sequence[Binding] = (OFFLINE,), **changes: Any
) -> AgentRuntime:
    values: dict[str, Any] = {
        "deployment": deployment,
        "network": network(deployment),
        "runtime_name": "deep_insight_test",
        "context": Path("agent_runtime"),
        "builder": "prebuilt",
        "prebuilt": IMAGE,
        "uses": uses,
        **changes,
    }
    return AgentRuntime("agent-runtime", AgentRuntimeArgs(**values))


def test_it_runs_in_private_subnets_with_a_group_of_its_own(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: runtime(deployment))

    mode = recording.one(RUNTIME).inputs["networkConfiguration"]
    private = [s.id for s in recording.of_type("aws:ec2/subnet:Subnet") if "private" in s.name]
    group = named(recording, "aws:ec2/securityGroup:SecurityGroup")["agent-runtime-group"]
    assert mode["networkMode"] == "VPC"
    assert sorted(mode["networkModeConfig"]["subnets"]) == sorted(private)
    assert mode["networkModeConfig"]["securityGroups"] == [group.id]
    assert "requireServiceS3Endpoint" not in mode["networkModeConfig"]


def test_deleting_its_group_and_subnets_waits_for_agentcores_interfaces(
    declare: Declare, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded: set[str] = set()
    register = pulumi.resource.register_resource

    def spy(resource: Any, type_: str, name: str, *rest: Any) -> None:
        (opts,) = [item for item in rest if isinstance(item, pulumi.ResourceOptions)]
        waits = opts.custom_timeouts is not None and opts.custom_timeouts.delete
        if waits or (opts.hooks and opts.hooks.before_delete):
            guarded.add(name)
        register(resource, type_, name, *rest)

    monkeypatch.setattr(pulumi.resource, "register_resource", spy)
    declare(lambda: runtime(deployment))

    assert guarded == {
        "agent-runtime-group",
        "network-private-use1-az1",
        "network-private-use1-az2",
    }


def test_lifecycle_and_platform_version_are_explicit(
    declare: Declare, deployment: Deployment
) -> None:
    inputs = declare(lambda: runtime(deployment, idle_seconds=600)).one(RUNTIME).inputs

    assert inputs["lifecycleConfigurations"] == [
        {"idleRuntimeSessionTimeout": 600, "maxLifetime": 28800}
    ]
    assert inputs["platformVersion"] == "V1"


def test_a_variable_that_the_contract_lacks_is_refused(
    declare: Declare, deployment: Deployment
) -> None:
    extra = Binding(provider="x", environment={"ALB_DNS": "internal-x"})

    with pytest.raises(BindingError, match="ALB_DNS is not a variable of the agent runtime"):
        declare(lambda: runtime(deployment, [OFFLINE, extra]))


def test_every_required_variable_that_nobody_supplies_is_named(
    declare: Declare, deployment: Deployment
) -> None:
    half = Binding(provider="x", environment={"DEEP_INSIGHT_EXECUTOR": "ecs"})

    with pytest.raises(BindingError) as raised:
        declare(lambda: runtime(deployment, [half]))

    assert "DEEP_INSIGHT_ECS_CLUSTER_ARN is missing" in str(raised.value)
    assert "DEEP_INSIGHT_ARTIFACTS_BUCKET is missing" in str(raised.value)


def test_a_url_without_scheme_is_refused_as_soon_as_it_is_known(declare: Declare) -> None:
    def program() -> None:
        url = pulumi.Output.from_input("internal-executor.us-east-1.elb.amazonaws.com")
        checked = checked_environment({"DEEP_INSIGHT_EXECUTOR_URL": url}, platform_version="V1")
        pulumi.export("url", checked["DEEP_INSIGHT_EXECUTOR_URL"])

    with pytest.raises(ValueError, match="must be a URL with its scheme"):
        declare(program)


def test_values_that_are_known_are_checked_at_once() -> None:
    with pytest.raises(BindingError, match="DEEP_INSIGHT_EXECUTOR="):
        checked_environment({"DEEP_INSIGHT_EXECUTOR": "lambda"}, platform_version="V1")


@pytest.mark.parametrize(("version", "size"), [("V1", 4096), ("V2", 2560)])
def test_more_than_the_service_takes_is_refused(version: str, size: int) -> None:
    name = "OTEL_RESOURCE_ATTRIBUTES"
    fits = {name: "x" * (size - len(name))}

    assert checked_environment(fits, platform_version=version) == fits
    with pytest.raises(BindingError, match=f"more than the {size} of platform version {version}"):
        checked_environment({name: fits[name] + "x"}, platform_version=version)


def test_a_value_longer_than_the_service_takes_is_refused() -> None:
    with pytest.raises(BindingError, match="more than 5000"):
        checked_environment({"OTEL_SERVICE_NAME": "x" * 5001}, platform_version="V1")


def test_secrets_are_refused_with_the_other_way_to_use_one(
    declare: Declare, deployment: Deployment
) -> None:
    secret = Binding(provider="secret", secrets={"API_KEY": "arn:aws:secretsmanager:x"})

    with pytest.raises(BindingError, match="AgentCore injects no secrets"):
        declare(lambda: runtime(deployment, [OFFLINE, secret]))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"runtime_name": "deep-insight"}, "no hyphens"),
        ({"runtime_name": "1st"}, "starting with a letter"),
        ({"idle_seconds": 59}, "do not work"),
        ({"idle_seconds": 900, "lifetime_seconds": 600}, "do not work"),
        ({"lifetime_seconds": 28801}, "do not work"),
    ],
)
def test_what_the_service_would_refuse_stops_the_preview(
    declare: Declare, deployment: Deployment, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BindingError, match=reason):
        declare(lambda: runtime(deployment, **changes))


def test_only_this_accounts_runtimes_can_take_the_role(
    declare: Declare, deployment: Deployment
) -> None:
    role = declare(lambda: runtime(deployment)).one(ROLE)

    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:*"},
    }


def test_policy_rules_and_endpoints_exist_before_the_runtime(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: runtime(deployment))

    waited_for = recording.one(RUNTIME).dependencies
    policies = [policy.urn for policy in recording.of_type(ROLE_POLICY)]
    rules = [r.urn for r in recording.sorted() if "SecurityGroup" in r.type and "Rule" in r.type]
    endpoints = [r.urn for r in recording.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")]
    assert {*policies, *rules, *endpoints} <= waited_for
    assert len(endpoints) >= 6


def test_a_pinned_endpoint_follows_the_deployed_version(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: runtime(deployment, pinned_endpoint=True))

    endpoint = recording.one(ENDPOINT).inputs
    made = recording.one(RUNTIME).outputs
    assert endpoint["name"] == "live"
    assert endpoint["agentRuntimeVersion"] == made["agentRuntimeVersion"]
    names = {group.inputs["name"] for group in recording.of_type(LOGS)}
    base = f"/aws/bedrock-agentcore/runtimes/{made['agentRuntimeId']}"
    assert {f"{base}-live", f"{base}-DEFAULT"} <= names


def test_logs_and_traces_are_delivered_and_logs_are_not_kept_for_ever(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: runtime(deployment))

    sources = recording.of_type("aws:cloudwatch/logDeliverySource:LogDeliverySource")
    arn = recording.one(RUNTIME).outputs["agentRuntimeArn"]
    assert {s.inputs["logType"] for s in sources} == {"APPLICATION_LOGS", "TRACES"}
    assert {s.inputs["resourceArn"] for s in sources} == {arn}
    assert len(recording.of_type("aws:cloudwatch/logDelivery:LogDelivery")) == 2
    assert {g.inputs["retentionInDays"] for g in recording.of_type(LOGS)} == {7}


def actions_of_the_client() -> set[str]:
    """What the calls in client/ of AgentCore's data plane need; a user id needs one more."""
    operations = {
        xform_name(name): name
        for name in Loader().load_service_model("bedrock-agentcore", "service-2")["operations"]
    }
    files = (Path(__file__).parents[2] / "client").glob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    actions = set()
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in operations:
            action = f"bedrock-agentcore:{operations[call.func.attr]}"
            for_user = any(keyword.arg == "runtimeUserId" for keyword in call.keywords)
            actions |= {action, f"{action}ForUser"} if for_user else {action}
    assert len(actions) > 1
    return actions


def test_a_client_in_the_network_may_invoke_this_runtime_only(
    declare: Declare, deployment: Deployment
) -> None:
    def program() -> None:
        binding = runtime(deployment).invoke()
        pulumi.export("environment", dict(binding.environment))
        pulumi.export("policy", permission_policy(list(binding.grants)))

    recording = declare(program)

    arn = recording.one(RUNTIME).outputs["agentRuntimeArn"]
    (statement,) = json.loads(recording.exports["policy"])["Statement"]
    assert statement["Resource"] == [arn, f"{arn}/runtime-endpoint/DEFAULT"]
    assert set(statement["Action"]) == actions_of_the_client()
    assert recording.exports["environment"]["DEEP_INSIGHT_RUNTIME_ARN"] == arn
