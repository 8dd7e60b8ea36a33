"""NetworkTier on a VPC that somebody else owns adds endpoints and rules, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from components.binding import BindingError, ServiceReach
from components.deployment import Deployment
from components.network_tier import ExistingNetworkArgs, NetworkTier
from components.zones import ZoneError
from plan.recording import Recording
from tests.components.platform_parts import EGRESS, ENDPOINT, GROUP, INGRESS

Declare = Callable[..., Recording]

SUBNETS = {"use1-az1": "subnet-11111111", "use1-az2": "subnet-22222222"}
TABLES = {"use1-az1": "rtb-11111111", "use1-az2": "rtb-22222222"}


def adopt(deployment: Deployment, *used: str, **changes: Any) -> NetworkTier:
    values: dict[str, Any] = {
        "deployment": deployment,
        "vpc_id": "vpc-12345678",
        "private_subnet_ids": SUBNETS,
        "private_route_table_ids": TABLES,
        **changes,
    }
    tier = NetworkTier.from_existing("network", ExistingNetworkArgs(**values))
    tier.connect("web", "sg-web", [ServiceReach(service=s) for s in used], parent=tier)
    return tier


def test_nothing_but_endpoints_groups_and_rules_is_made(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: adopt(deployment, "logs", "s3"))

    types = {resource.type for resource in recording.sorted() if resource.custom}
    assert types == {ENDPOINT, GROUP, EGRESS, INGRESS}
    assert {e.inputs["vpcId"] for e in recording.of_type(ENDPOINT)} == {"vpc-12345678"}
    assert recording.one(ENDPOINT, "s3").inputs["routeTableIds"] == list(TABLES.values())


def test_endpoints_that_exist_are_used_through_their_group(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(
        lambda: adopt(
            deployment,
            "logs",
            "sts",
            existing_services=["logs", "sts"],
            endpoint_security_group_id="sg-endpoints",
        )
    )

    assert not recording.of_type(ENDPOINT)
    rule = recording.one(EGRESS).inputs
    assert rule["referencedSecurityGroupId"] == "sg-endpoints"


def test_an_existing_s3_endpoint_is_reached_by_its_address_list(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(
        lambda: adopt(deployment, "s3", private_route_table_ids={}, existing_services=["s3"])
    )

    assert recording.one(EGRESS).inputs["prefixListId"]
    assert recording.invokes[0].arguments["name"] == "com.amazonaws.us-east-1.s3"


def test_a_network_in_an_unsupported_zone_is_refused(
    declare: Declare, deployment: Deployment
) -> None:
    subnets = {"use1-az1": "subnet-1", "use1-az6": "subnet-2"}

    with pytest.raises(ZoneError, match="does not support use1-az6"):
        declare(lambda: adopt(deployment, private_subnet_ids=subnets))


def test_a_network_without_a_way_to_s3_is_refused(declare: Declare, deployment: Deployment) -> None:
    with pytest.raises(BindingError, match="no route table for use1-az1, use1-az2"):
        declare(lambda: adopt(deployment, private_route_table_ids={}))


def test_existing_endpoints_without_their_group_are_refused(
    declare: Declare, deployment: Deployment
) -> None:
    with pytest.raises(BindingError, match="the existing endpoints of logs need their security"):
        declare(lambda: adopt(deployment, existing_services=["logs", "s3"]))
