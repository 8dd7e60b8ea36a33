"""Both stacks with every meaningful option: no proof has a finding."""

import pytest

from plan.comparison import collisions, differences
from plan.program import record
from plan.proofs import prove_all
from tests.plan.existing_vpc import (
    EXISTING,
    EXISTING_ON_THE_INTERNET,
    EXISTING_WITH_ENDPOINTS,
)
from tests.recorded_stacks import recorded_stack

DIGEST = "sha256:" + "0" * 64
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
PREBUILT = (
    "imageBuilder=prebuilt",
    f"executorImage={REGISTRY}/platform/executor@{DIGEST}",
    f"agentImage={REGISTRY}/platform/agent@{DIGEST}",
)

OPTIONS: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "direct route": ("executorRoute=direct",),
    "no NAT": ("nat=none",),
    "one NAT": ("nat=single",),
    "NAT per zone": ("nat=per-az",),
    "three zones": ('availabilityZoneIds=["use1-az4", "use1-az1", "use1-az2"]', "nat=per-az"),
    "endpoints in one zone": ("endpointZones=one",),
    "endpoints in all zones": ("endpointZones=all",),
    "BuildKit": ("imageBuilder=docker-build",),
    "images from outside": PREBUILT,
    "spot": ("executorCapacity=spot",),
    "x86 executors": ("executorArchitecture=x86_64",),
    "large executors": ("executorCpu=4096", "executorMemory=16384", "executorStorage=100"),
    "code on the internet": ("executorInternet=true", "nat=single"),
    "snapshot start": ("runtimePlatformVersion=V2",),
    "regional profile": ("model=us.anthropic.claude-sonnet-5",),
    "two models": ("agentModels={planner: global.anthropic.claude-opus-5}",),
    "a model without profile": ("model=amazon.nova-lite-v1:0",),
    "pinned endpoint": ("pinnedEndpoint=true",),
    "warm pool": ("warm=2",),
    "warm pool, direct, on spot": ("warm=1", "executorRoute=direct", "executorCapacity=spot"),
    "alarms": ("alarms=true", "alarmEmail=team@example.com"),
    "flow and access logs": ("flowLogs=true", "accessLogs=true"),
    "Seoul": ("aws:region=ap-northeast-2", "model=apac.anthropic.claude-sonnet-5"),
    "GovCloud": ("aws:region=us-gov-west-1", "model=us-gov.anthropic.claude-sonnet-5"),
    "existing VPC": (EXISTING,),
    "existing VPC with endpoints": (EXISTING_WITH_ENDPOINTS,),
    "existing VPC on the internet": (EXISTING_ON_THE_INTERNET,),
    "short executions": ("executorLongestExecutionSeconds=300",),
    "long executions": ("executorLongestExecutionSeconds=7200", "executorRoute=direct"),
    "no traces": ("traces=false",),
}

# Options that meet something which only prod has.
IN_PROD: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "direct route": ("executorRoute=direct", "accessLogs=false"),
    "no NAT": ("nat=none",),
    "BuildKit": ("imageBuilder=docker-build",),
    "images from outside": PREBUILT,
    "code on the internet": ("executorInternet=true",),
    "warm pool": ("warm=50",),
    "existing VPC": (EXISTING, "flowLogs=false"),
}

EVERYWHERE = [
    *(("dev", option, overrides) for option, overrides in OPTIONS.items()),
    *(("prod", option, overrides) for option, overrides in IN_PROD.items()),
]


@pytest.mark.parametrize(
    ("stack", "overrides"),
    [
        pytest.param(stack, overrides, id=f"{stack}, {name}")
        for stack, name, overrides in EVERYWHERE
    ],
)
def test_every_proof_holds(stack: str, overrides: tuple[str, ...]) -> None:
    recording = recorded_stack(stack, *overrides)
    findings = [str(item) for verdict in prove_all(recording) for item in verdict.findings]
    assert findings == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_two_runs_declare_the_same(stack: str) -> None:
    assert differences(recorded_stack(stack), record(stack)) == []


@pytest.mark.parametrize("option", ["as it is", "direct route", "existing VPC", "alarms"])
def test_a_preview_needs_no_value_that_only_exists_afterwards(option: str) -> None:
    created = recorded_stack("dev", *OPTIONS[option])
    preview = recorded_stack("dev", *OPTIONS[option], preview=True)
    assert set(preview.resources) == set(created.resources)


def test_two_stacks_claim_no_name_twice() -> None:
    assert collisions(recorded_stack("dev"), recorded_stack("prod")) == []


def test_a_name_without_its_stack_would_be_claimed_twice() -> None:
    stacks = [recorded_stack("dev"), recorded_stack("prod")]
    fixed = [
        stack.change_inputs(stack.one("aws:s3/bucket:Bucket", "artifacts").urn, bucket="artifacts")
        for stack in stacks
    ]
    assert collisions(*fixed) == ["aws:s3/bucket:Bucket artifacts"]
