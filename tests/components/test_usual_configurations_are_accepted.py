"""What looks like a mistake and is none is accepted."""

import json
import re
from typing import Any

import botocore.session
import pytest

from components.deployment import RETENTION_DAYS
from stack.loading import PROJECT, parse

REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/executor"
DIGEST = f"@sha256:{'0' * 64}"
VPC: dict[str, Any] = {
    "vpcId": "vpc-0123456789abcdef0",
    "privateSubnetIds": {"use1-az1": "subnet-11111111", "use1-az2": "subnet-22222222"},
    "publicSubnetIds": {"use1-az1": "subnet-33333333", "use1-az2": "subnet-44444444"},
    "privateRouteTableIds": {"use1-az1": "rtb-11111111", "use1-az2": "rtb-11111111"},
    "existingServices": ["ecr.api", "ecr.dkr", "logs"],
    "endpointSecurityGroupId": "sg-11111111",
}

ACCEPTED: dict[str, dict[str, Any]] = {
    "logs for ten years": {"logRetentionDays": 3653},
    "one route table for all zones": {"existingVpc": VPC},
    "prod with an existing VPC": {"existingVpc": VPC, "flowLogs": True, "nat": "per-az"},
    "a gap in one of two zones": {"endpointZoneGaps": {"ecs": ["use1-az1"]}},
    "a gap of an endpoint that exists": {
        "existingVpc": VPC,
        "endpointZoneGaps": {"logs": ["use1-az1", "use1-az2"]},
    },
    "a gap of a service that is not used": {
        "executorRoute": "direct",
        "endpointZoneGaps": {"elasticloadbalancing": ["use1-az1", "use1-az2"]},
    },
    "a zone that the table does not know": {"agentcoreZoneIds": ["use1-az3", "use1-az5"]},
    "tags of every alphabet": {
        "tags": {"cost:center/팀": "데이터 분석 @ A+B=_.-"},
        "owner": "팀 1",
    },
    "as many tags as fit": {"tags": {f"Tag{number}": "" for number in range(44)} | {"Name": "x"}},
    "a prefix that only resembles a reserved one": {"namePrefix": "sgx"},
}


@pytest.mark.parametrize("keys", ACCEPTED.values(), ids=ACCEPTED)
def test_it_is_accepted(keys: dict[str, Any]) -> None:
    texts = {
        f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in keys.items()
    }

    assert parse({"aws:region": "us-east-1", **texts}, stack="prod")


def test_a_region_without_a_row_is_accepted_with_its_zones() -> None:
    zones = ["usw1-az1", "usw1-az3"]

    config = parse({"aws:region": "us-west-1", f"{PROJECT}:agentcoreZoneIds": zones}, stack="dev")

    assert config.agentcore_zone_ids == tuple(zones)


@pytest.mark.parametrize("name", ["", "-multi-amd64-arm64", ":64x64", ":x86ish", ":v1.x8664"])
@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_a_name_that_tells_no_single_platform_is_not_judged(name: str, architecture: str) -> None:
    image = f"{REPOSITORY}{name}{DIGEST}"
    values = {
        "imageBuilder": "prebuilt",
        "executorImage": image,
        "agentImage": image,
        "executorArchitecture": architecture,
    }

    config = parse(
        {"aws:region": "us-east-1", **{f"{PROJECT}:{k}": v for k, v in values.items()}},
        stack="dev",
    )

    assert config.executor_image == image


def test_the_retentions_are_those_that_cloudwatch_logs_offers() -> None:
    model = botocore.session.Session().get_service_model("logs")
    documentation = str(model.shape_for("Days").documentation)
    offered = documentation.partition("Possible values are: ")[2].partition("</p>")[0]

    assert list(RETENTION_DAYS) == [int(days) for days in re.findall("[0-9]+", offered)]
