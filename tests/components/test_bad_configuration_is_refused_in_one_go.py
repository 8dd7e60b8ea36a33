"""Each bad input fails before any resource is registered, with every problem and the way out."""

from typing import Any

import pytest

from stack.config import StackConfig, StackProblems
from stack.loading import PROJECT, parse

DIGEST = "sha256:" + "0" * 64
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/team/agent@{DIGEST}"
PREBUILT = {"imageBuilder": "prebuilt", "executorImage": IMAGE, "agentImage": IMAGE}
VPC: dict[str, Any] = {
    "vpcId": "vpc-0123456789abcdef0",
    "privateSubnetIds": {"use1-az1": "subnet-11111111", "use1-az2": "subnet-22222222"},
    "privateRouteTableIds": {"use1-az1": "rtb-11111111", "use1-az2": "rtb-11111111"},
}

# keys -> what one of the problems says.
BAD_INPUTS: list[tuple[dict[str, Any], str]] = [
    ({"executorCpu": "lots"}, "executorCpu: 'lots': write a whole number"),
    ({"alarms": "perhaps"}, "alarms: 'perhaps': write true or false"),
    ({"tags": ["a"]}, "tags: ['a']: write a map"),
    ({"reservedCidrs": "10.0.0.0/8"}, "reservedCidrs: '10.0.0.0/8': write a list"),
    ({"nat": "two"}, "nat: 'two': input should be 'none', 'single' or 'per-az'"),
    (
        {"executorRoutes": "alb"},
        "executorRoutes: there is no such key; did you mean executorRoute?",
    ),
    ({"colour": "red"}, "colour: there is no such key; docs/configuration.md lists the keys"),
    (
        {"availabilityZoneIds": ["use1-az1", "use1-az6"]},
        "choose at least two of use1-az1, use1-az2",
    ),
    ({"availabilityZoneIds": ["us-east-1a", "us-east-1b"]}, "write the ID like use1-az1"),
    ({"vpcCidr": "10.0.0.0/24"}, "vpcCidr: 10.0.0.0/24 is too small; use a prefix length"),
    ({"vpcCidr": "10.0.0.0/8"}, "is too large"),
    ({"vpcCidr": "8.8.0.0/16"}, "is not a private network"),
    (
        {"vpcCidr": "10.0.0.0/16", "reservedCidrs": ["10.0.128.0/17"]},
        "vpcCidr: 10.0.0.0/16 overlaps 10.0.128.0/17 of reservedCidrs",
    ),
    ({"reservedCidrs": ["10.0.0.1/8"]}, "reservedCidrs: '10.0.0.1/8' is not an IPv4 network"),
    (
        {"executorCpu": 1024, "executorMemory": 1024},
        "Fargate does not offer 1024 MiB with 1024 CPU units; choose 2048 to 8192",
    ),
    ({"executorCpu": 1000}, "Fargate has no 1000 CPU units; choose one of 256, 512"),
    ({"executorCpu": 256, "executorMemory": 512}, "leave nothing for user code"),
    ({"executorStorage": 10}, "executorStorage: 10: input should be greater than or equal to 20"),
    (
        {"runtimeName": "deep-insight"},
        "runtimeName: 'deep-insight' is not a runtime name: AgentCore takes 1 to 48 letters, "
        "digits and underscores, starting with a letter (no hyphens); use 'deep_insight'",
    ),
    ({"runtimeName": "a" * 48}, "is longer than 48 characters; use at most 43"),
    (
        {"model": "anthropic.claude-sonnet-5"},
        "model: anthropic.claude-sonnet-5 is only served through an inference profile; use "
        "us.anthropic.claude-sonnet-5",
    ),
    ({"model": "eu.anthropic.claude-sonnet-5"}, "cannot be used from us-east-1; use us.anthropic"),
    ({"model": "Claude"}, "model: 'Claude' is not a Bedrock model id"),
    ({"agentModels": {"codr": "x.y"}}, "agentModels: there is no agent 'codr'; the agents are"),
    ({"agentModels": {"coder": "anthropic.claude-opus-5"}}, "agentModels.coder: anthropic.claude"),
    ({"agentArchitecture": "x86_64"}, "AgentCore runs linux/arm64 images only, not 'x86_64'"),
    (
        {
            "imageBuilder": "prebuilt",
            "executorImage": IMAGE,
            "agentImage": IMAGE.replace("agent@", "agent:v1-amd64@"),
        },
        "agentImage: it is an x86 image",
    ),
    (
        {"imageBuilder": "prebuilt", "agentImage": IMAGE},
        "executorImage: imageBuilder: prebuilt needs",
    ),
    (
        {"imageBuilder": "prebuilt", "agentImage": IMAGE, "executorImage": "team/executor:latest"},
        "does not name an ECR image by digest",
    ),
    (
        {
            "imageBuilder": "prebuilt",
            "agentImage": IMAGE,
            "executorImage": IMAGE.replace("us-east-1", "eu-west-1"),
        },
        "executorImage: it is in eu-west-1",
    ),
    ({"executorImage": IMAGE}, "only counts with imageBuilder: prebuilt"),
    (
        {"executorInternet": True, "nat": "none"},
        "executorInternet: user code cannot reach the internet with nat: none; set nat to single",
    ),
    ({"executorLongestExecutionSeconds": 7200}, "a load balancer waits for at most 4000 s"),
    ({"executorIdleSeconds": 3600, "executorLifetimeSeconds": 600}, "executorIdleSeconds: 3600 is"),
    (
        {"runtimeIdleSeconds": 900, "runtimeLifetimeSeconds": 600},
        "runtimeIdleSeconds: 900 is longer",
    ),
    ({"logRetentionDays": 10}, "CloudWatch Logs does not offer 10 days; choose one of 1, 3, 5, 7"),
    ({"alarmEmail": "nobody"}, "alarmEmail: 'nobody' is not an e-mail address"),
    ({"alarmEmail": "a@example.com"}, "alarmEmail: only counts with alarms: true"),
    ({"accessLogs": True, "executorRoute": "direct"}, "accessLogs: the direct route has no load"),
    ({"namePrefix": "Deep_Insight"}, "namePrefix: 'Deep_Insight': use at most 20 lower-case"),
    ({"namePrefix": "sg-data"}, "AWS reserves names that start with sg-"),
    ({"tags": {"Owner": "me"}}, "tags: Owner is set by the program"),
    ({"tags": {"aws:x": "y"}}, "tags: aws:x: AWS reserves tags"),
    ({"allowedAccountIds": ["123"]}, "allowedAccountIds: '123' is not an account id"),
    (
        {
            "existingVpc": {
                "vpcId": "vpc-0123456789abcdef0",
                "privateSubnetIds": {"use1-az6": "subnet-66666666"},
            }
        },
        "existingVpc: AgentCore does not support use1-az6",
    ),
    (
        {
            "existingVpc": {
                "vpcId": "vpc-0123456789abcdef0",
                "privateSubnetIds": {"use1-az1": "subnet-11111111", "use1-az2": "subnet-22222222"},
            }
        },
        "existingVpc: the existing network has no S3 endpoint and no route table for use1-az1",
    ),
    (
        {"existingVpc": {"vpcId": "mine", "privateSubnetIds": {}}},
        "existingVpc.vpcId: 'mine': write an id like vpc-0123456789abcdef0",
    ),
    ({"namePrefix": "sg"}, "namePrefix: 'sg': AWS reserves names that start with sg- or internal-"),
    ({"namePrefix": "internal"}, "internal-; choose another start, like deep-insight"),
    ({"tags": {"": "x"}}, "tags: '' is not the key of a tag; use 1 to 128 characters out of"),
    ({"tags": {"a" * 129: "x"}}, "is not the key of a tag; use 1 to 128 characters"),
    ({"tags": {"a;b": "x"}}, "tags: 'a;b' is not the key of a tag; use 1 to 128 characters out of"),
    ({"tags": {"Team": "x" * 257}}, "is not the value of a tag; use at most 256 characters out of"),
    ({"tags": {"Team": "a\nb"}}, "tags.Team: 'a\\nb' is not the value of a tag"),
    ({"tags": {"AWS:x": "y"}}, "tags: AWS:x: AWS reserves tags that start with aws:; choose"),
    ({"tags": {"owner": "me"}}, "tags: owner is set by the program; choose another tag"),
    ({"tags": {"Team": "a", "team": "b"}}, "tags: team and Team are the same tag for IAM; leave"),
    (
        {"tags": {f"Tag{number}": "x" for number in range(45)}},
        "tags: 45 tags are too many: AWS takes 50 of each resource and the program sets 6; use at",
    ),
    ({"owner": "a" * 257}, "is not the value of a tag; use at most 256 characters"),
    ({"owner": "data, platform"}, "owner: 'data, platform' is not the value of a tag; use at most"),
    ({"availabilityZoneIds": ["", "use1-az1"]}, "availabilityZoneIds: '' is not a zone ID"),
    ({"vpcCidr": "10.0.0.0/255.255.0.0"}, "AWS takes it as 10.0.0.0/16 only"),
    ({"allowedAccountIds": ["١٢٣٤٥٦٧٨٩٠١٢"]}, "is not an account id of 12 digits; write it like"),
    (
        PREBUILT | {"executorImage": IMAGE.replace("agent@", "executor:v1-amd64@")},
        "executorImage: it is an x86_64 image by its name, but executorArchitecture is arm64; "
        "give an image for arm64, or set executorArchitecture to x86_64",
    ),
    (
        PREBUILT
        | {
            "executorArchitecture": "x86_64",
            "executorImage": IMAGE.replace("agent@", "executor_aarch64@"),
        },
        "executorImage: it is an arm64 image by its name, but executorArchitecture is x86_64",
    ),
    (
        PREBUILT | {"agentImage": IMAGE.replace("agent@", "agent:X64@")},
        "agentImage: it is an x86 image by its name, but AgentCore runs linux/arm64 images only; "
        "give one that is built for arm64",
    ),
    (PREBUILT | {"agentImage": IMAGE.replace("agent@", "agent-x86@")}, "agentImage: it is an x86"),
    (
        {"executorIdleSeconds": 900, "executorLifetimeSeconds": 700},
        "900 is longer than executorLifetimeSeconds (700); lower it, or raise "
        "executorLifetimeSeconds",
    ),
    ({"alarmEmail": "a@example.com"}, "set alarms to true, or leave it out"),
    (
        {"tags": '{"Team": broken'},
        "(Expecting value: line 1 column 10 (char 9)); write a map like {",
    ),
    ({"availabilityZoneIds": "[use1-az1"}, "is not JSON (Expecting value: line 1 column 2"),
]
LONG = "x" * 5000
LONG_INPUTS: list[dict[str, Any]] = [
    {"nat": LONG},
    {"owner": LONG},
    {"namePrefix": LONG},
    {"runtimeName": f"-{LONG}"},
    {"vpcCidr": LONG},
    {"reservedCidrs": [LONG]},
    {"availabilityZoneIds": [LONG]},
    {"model": f"!{LONG}"},
    {"agentModels": {LONG: LONG}},
    {"agentArchitecture": LONG},
    {"alarmEmail": LONG},
    {"imageBuilder": "prebuilt", "executorImage": LONG, "agentImage": LONG},
    {"tags": {LONG: LONG}},
    {"tags": "{" + LONG},
    {"existingVpc": VPC | {LONG: 1}},
    {"existingVpc": VPC | {"existingServices": [LONG]}},
    {"endpointZoneGaps": {LONG: []}},
    {LONG: 1},
]


def problems(stack: str = "test", region: str | None = "us-east-1", **keys: Any) -> list[str]:
    values: dict[str, Any] = {f"{PROJECT}:{key}": value for key, value in keys.items()}
    if region:
        values["aws:region"] = region
    with pytest.raises(StackProblems) as raised:
        parse(values, stack=stack)
    return raised.value.problems


@pytest.mark.parametrize(("keys", "sentence"), BAD_INPUTS, ids=[text for _, text in BAD_INPUTS])
def test_a_bad_value_is_refused_with_the_way_out(keys: dict[str, Any], sentence: str) -> None:
    assert any(sentence in problem for problem in problems(**keys)), problems(**keys)


@pytest.mark.parametrize(("keys", "sentence"), BAD_INPUTS, ids=[text for _, text in BAD_INPUTS])
def test_a_problem_is_one_line(keys: dict[str, Any], sentence: str) -> None:
    assert all("\n" not in problem for problem in problems(**keys))


@pytest.mark.parametrize("keys", LONG_INPUTS, ids=[next(iter(k))[:20] for k in LONG_INPUTS])
def test_a_long_value_is_not_repeated_whole(keys: dict[str, Any]) -> None:
    assert all("x" * 90 not in problem for problem in problems(**keys))


def test_problems_of_every_kind_are_listed_at_once() -> None:
    found = problems(
        region="us-east-1",
        executorCpu="lots",
        colour="red",
        runtimeName="deep-insight",
        vpcCidr="10.0.0.0/24",
        logRetentionDays=10,
    )

    assert [problem.partition(":")[0] for problem in found] == [
        "colour",
        "executorCpu",
        "runtimeName",
        "vpcCidr",
        "logRetentionDays",
    ]


def test_a_region_without_agentcore_is_refused_and_the_others_are_listed() -> None:
    (problem,) = problems(region="us-west-1")

    assert problem.startswith("aws:region: no AgentCore availability zones are known")
    assert "eu-central-1" in problem


def test_a_missing_region_is_a_problem() -> None:
    assert problems(region=None) == [
        "aws:region: it is not set; run: pulumi config set aws:region us-east-1"
    ]


@pytest.mark.parametrize("stack", ["Prod", "my_stack", "-x", "x" * 21, "x" * 80, "dev.1"])
def test_a_stack_name_that_cannot_be_part_of_names_is_refused(stack: str) -> None:
    (problem,) = problems(stack=stack)

    assert "becomes part of every name" in problem


def test_global_profiles_are_refused_where_they_do_not_exist() -> None:
    assert any("us-gov" in problem for problem in problems(region="us-gov-west-1"))


def test_no_agent_may_use_a_global_profile_where_there_is_none() -> None:
    regional = "us-gov.anthropic.claude-sonnet-5"
    found = problems(
        region="us-gov-west-1",
        model=regional,
        agentModels={"coder": "global.anthropic.claude-opus-5", "planner": regional},
    )

    assert found == [
        "agentModels.coder: global inference profiles do not exist in us-gov-west-1; use "
        "us-gov.anthropic.claude-opus-5"
    ]


def test_a_bad_stack_name_does_not_hide_a_reserved_prefix() -> None:
    assert [problem.partition(":")[0] for problem in problems(stack="Prod", namePrefix="sg")] == [
        "namePrefix",
        "stack",
    ]


def test_the_stack_and_the_region_are_not_keys() -> None:
    assert problems(stack_="x", region_="y") == [
        "stack_: there is no such key; docs/configuration.md lists the keys",
        "region_: there is no such key; docs/configuration.md lists the keys",
    ]


def test_text_from_the_engine_becomes_typed_values() -> None:
    config = parse(
        {
            "aws:region": "eu-central-1",
            f"{PROJECT}:executorCpu": "2048",
            f"{PROJECT}:alarms": "true",
            f"{PROJECT}:availabilityZoneIds": '["euc1-az2", "euc1-az3"]',
            f"{PROJECT}:agentModels": '{"coder": "eu.anthropic.claude-opus-5"}',
            f"{PROJECT}:existingVpc": "{}",
            f"{PROJECT}:alarmEmail": "",
            "other:key": "is none of our business",
        },
        stack="eu",
    )

    assert config.executor_cpu == 2048
    assert config.alarms is True
    assert config.availability_zone_ids == ("euc1-az2", "euc1-az3")
    assert config.model_of("coder") == "eu.anthropic.claude-opus-5"
    assert config.model_of("planner") == config.model
    assert (config.existing_vpc, config.alarm_email) == (None, None)
    assert (config.stack, config.region) == ("eu", "eu-central-1")


def test_a_checked_configuration_cannot_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        StackConfig().nat = "single"  # type: ignore[misc]
