"""Zones, endpoints and existing networks are judged before any resource is registered."""

from typing import Any

import pytest

from tests.components.test_bad_configuration_is_refused_in_one_go import VPC, problems

# keys -> how the only problem begins.
BAD_NETWORKS: list[tuple[dict[str, Any], str]] = [
    (
        {"existingVpc": VPC | {"privateSubnetIds": {}}},
        "existingVpc: privateSubnetIds names no zone; name a private subnet for each of at least "
        "two of use1-az1, use1-az2",
    ),
    (
        {"existingVpc": VPC | {"privateSubnetIds": {"use1-az1": "subnet-11111111"}}},
        "existingVpc: 1 zone is too few; choose two of use1-az1, use1-az2",
    ),
    (
        {
            "existingVpc": VPC
            | {"privateSubnetIds": {"use1-az1": "subnet-11111111", "use1-az2": "subnet-11111111"}}
        },
        "existingVpc: subnet-11111111 is named for use1-az1 and use1-az2, but a subnet is in one",
    ),
    (
        {"existingVpc": VPC | {"publicSubnetIds": {"use1-az2": "subnet-11111111"}}},
        "existingVpc: subnet-11111111 is named for use1-az1 and use1-az2, but a subnet is in one",
    ),
    (
        {"existingVpc": VPC | {"publicSubnetIds": {"us-east-1a": "subnet-33333333"}}},
        "existingVpc.publicSubnetIds: 'us-east-1a' is not a zone ID",
    ),
    (
        {"existingVpc": VPC | {"existingServices": ["com.amazonaws.us-east-1.ecr.dkr"]}},
        "existingVpc.existingServices: 'com.amazonaws.us-east-1.ecr.dkr' is not an endpoint "
        "service that the platform knows; write its short name like ecr.dkr",
    ),
    (
        {"existingVpc": VPC | {"existingServices": ["nosuch"]}},
        "'nosuch' is not an endpoint service that the platform knows; write its short name like "
        "logs, or leave it out: there are bedrock-agentcore, ",
    ),
    (
        {"existingVpc": VPC, "availabilityZoneIds": ["use1-az1", "use1-az2"]},
        "availabilityZoneIds: an existing VPC is used in the zones of existingVpc.privateSubnetIds",
    ),
    (
        {"existingVpc": VPC, "reservedCidrs": ["10.0.0.0/8"]},
        "reservedCidrs: an existing VPC has its network already",
    ),
    (
        {"existingVpc": {"privateSubnetIds": VPC["privateSubnetIds"]}},
        "existingVpc.vpcId: it is missing; add it to existingVpc",
    ),
    (
        {"existingVpc": VPC | {"junk": 1}},
        "existingVpc.junk: 1: there is no such entry; the entries are vpcId, privateSubnetIds, ",
    ),
    (
        {"endpointZoneGaps": {"ecs": ["use1-az1", "use1-az2"]}},
        "endpointZoneGaps: the endpoint of ecs is offered in none of use1-az1, use1-az2; add",
    ),
    (
        {"existingVpc": VPC, "endpointZoneGaps": {"logs": ["use1-az1", "use1-az2"]}},
        "add another zone to availabilityZoneIds, or to existingVpc.privateSubnetIds, or correct",
    ),
    (
        {"warm": 1, "endpointZoneGaps": {"secretsmanager": ["use1-az1", "use1-az2"]}},
        "endpointZoneGaps: the endpoint of secretsmanager is offered in none of",
    ),
    (
        {"endpointZoneGaps": {"nosuch": ["use1-az1"]}},
        "endpointZoneGaps: 'nosuch' is not an endpoint service that the platform knows",
    ),
    (
        {"endpointZoneGaps": {"ecs": ["us-east-1a"]}},
        "endpointZoneGaps.ecs: 'us-east-1a' is not a zone ID",
    ),
    (
        {"agentcoreZoneIds": ["euw1-az1", "euw1-az2"]},
        "agentcoreZoneIds: euw1-az1 is not in us-east-1; name zones of that region, or leave",
    ),
    ({"agentcoreZoneIds": ["use1-az3"]}, "agentcoreZoneIds: use1-az3 alone is too few; name all"),
    ({"agentcoreZoneIds": ["use1-az1", "use1-az1"]}, "agentcoreZoneIds: a zone is named twice;"),
    (
        {"agentcoreZoneIds": ["use1-az1", "use2-az1"]},
        "agentcoreZoneIds: 'use1-az1, use2-az1' are in different regions; name zones of the",
    ),
    ({"agentcoreZoneIds": ["use1-az٣", "use1-az1"]}, "agentcoreZoneIds: 'use1-az٣' is not a zone"),
]


@pytest.mark.parametrize(("keys", "sentence"), BAD_NETWORKS, ids=[text for _, text in BAD_NETWORKS])
def test_the_only_problem_says_what_and_the_way_out(keys: dict[str, Any], sentence: str) -> None:
    (problem,) = problems(**keys)

    assert sentence in problem
    assert "\n" not in problem


@pytest.mark.parametrize("zones", [[], ["mar1-az1", "mar1-az2"]])
def test_a_region_that_does_not_exist_is_refused_whatever_zones_are_named(zones: list[str]) -> None:
    (problem,) = problems(region="mars-1", agentcoreZoneIds=zones)

    assert problem.startswith("aws:region: 'mars-1' is not an AWS region; choose one of ap-")


def test_zones_of_another_region_are_refused_for_a_region_without_a_row() -> None:
    (problem,) = problems(region="us-west-1", agentcoreZoneIds=["use1-az1", "use1-az2"])

    assert problem.startswith("agentcoreZoneIds: use1-az1 is not in us-west-1; name zones of that")
