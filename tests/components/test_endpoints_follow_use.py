"""An endpoint exists for each service that somebody uses, and admits that somebody alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.binding import InternetReach, PortReach, Reach, ServiceReach
from components.deployment import Deployment
from components.zones import ZoneError
from plan.recording import Recording
from tests.components.platform_parts import (
    EGRESS,
    ENDPOINT,
    GROUP,
    INGRESS,
    named,
    network,
)

Declare = Callable[..., Recording]


def connected(deployment: Deployment, users: dict[str, list[Reach]], **changes: Any) -> None:
    tier = network(deployment, **changes)
    for who, reach in users.items():
        tier.connect(who, f"sg-{who}", reach, parent=tier)


def services(*names: str) -> list[Reach]:
    return [ServiceReach(service=name) for name in names]


def test_only_used_services_have_an_endpoint(declare: Declare, deployment: Deployment) -> None:
    recording = declare(
        lambda: connected(
            deployment, {"web": services("logs", "s3"), "job": services("logs", "ecr.api")}
        )
    )

    assert {e.inputs["serviceName"] for e in recording.of_type(ENDPOINT)} == {
        "com.amazonaws.us-east-1.logs",
        "com.amazonaws.us-east-1.ecr.api",
        "com.amazonaws.us-east-1.s3",
    }


def test_interface_endpoints_answer_to_the_services_own_name(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: connected(deployment, {"web": services("logs")}))

    endpoint = recording.one(ENDPOINT)
    assert endpoint.inputs["vpcEndpointType"] == "Interface"
    assert endpoint.inputs["privateDnsEnabled"] is True
    assert len(endpoint.inputs["subnetIds"]) == 2


@pytest.mark.parametrize(("service", "prefix"), [("ecr.api", "ecr"), ("monitoring", "cloudwatch")])
def test_an_endpoint_admits_principals_of_this_account_only(
    declare: Declare, deployment: Deployment, service: str, prefix: str
) -> None:
    recording = declare(lambda: connected(deployment, {"web": services(service)}))

    (statement,) = json.loads(recording.one(ENDPOINT).inputs["policy"])["Statement"]
    assert statement["Action"] == f"{prefix}:*"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}


def test_the_s3_gateway_is_on_every_private_route_table_and_serves_image_layers(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: connected(deployment, {"web": services("s3")}))

    gateway = recording.one(ENDPOINT)
    tables = [
        t.id for t in recording.of_type("aws:ec2/routeTable:RouteTable") if "private" in t.name
    ]
    assert gateway.inputs["vpcEndpointType"] == "Gateway"
    assert sorted(gateway.inputs["routeTableIds"]) == sorted(tables)
    own, layers = json.loads(gateway.inputs["policy"])["Statement"]
    assert own["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    assert layers["Action"] == "s3:GetObject"
    assert layers["Resource"] == "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"


def test_one_zone_is_enough_for_an_endpoint_that_must_be_cheap(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(
        lambda: connected(deployment, {"web": services("logs")}, endpoint_zones="one")
    )

    assert len(recording.one(ENDPOINT).inputs["subnetIds"]) == 1


def test_an_endpoint_is_not_placed_where_it_is_not_offered(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(
        lambda: connected(deployment, {"web": services("bedrock-agentcore.gateway")})
    )

    subnet = named(recording, "aws:ec2/subnet:Subnet")["network-private-use1-az2"]
    assert recording.one(ENDPOINT).inputs["subnetIds"] == [subnet.id]


def test_an_endpoint_that_is_offered_in_no_zone_stops_the_preview(
    declare: Declare, deployment: Deployment
) -> None:
    gaps = {"logs": ["use1-az1", "use1-az2"]}

    with pytest.raises(ZoneError, match="offered in none"):
        declare(lambda: connected(deployment, {"web": services("logs")}, endpoint_zone_gaps=gaps))


def test_each_reach_is_one_egress_and_one_ingress_rule(
    declare: Declare, deployment: Deployment
) -> None:
    database = PortReach(peer="database", security_group_id="sg-database", port=5432)

    recording = declare(lambda: connected(deployment, {"web": [database]}))

    egress, ingress = recording.one(EGRESS).inputs, recording.one(INGRESS).inputs
    assert egress["securityGroupId"] == ingress["referencedSecurityGroupId"] == "sg-web"
    assert egress["referencedSecurityGroupId"] == ingress["securityGroupId"] == "sg-database"
    for rule in (egress, ingress):
        assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 5432, 5432)


def test_who_may_use_one_service_cannot_reach_another(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(
        lambda: connected(deployment, {"web": services("logs"), "job": services("sts")})
    )

    groups = {group.name.split("-")[2]: group.id for group in recording.of_type(GROUP)}
    allowed = {
        (rule.inputs["securityGroupId"], rule.inputs["referencedSecurityGroupId"])
        for rule in recording.of_type(EGRESS)
    }
    assert allowed == {("sg-web", groups["logs"]), ("sg-job", groups["sts"])}


def test_the_internet_is_one_port_and_says_why(declare: Declare, deployment: Deployment) -> None:
    internet = InternetReach(reason="package index")

    recording = declare(lambda: connected(deployment, {"web": [internet]}, nat="single"))

    rule = recording.one(EGRESS).inputs
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("0.0.0.0/0", 443, 443)
    assert "package index" in rule["description"]


def test_the_internet_without_a_route_is_refused(declare: Declare, deployment: Deployment) -> None:
    internet = InternetReach(reason="package index")

    with pytest.raises(ValueError, match="set nat to single or per-az"):
        declare(lambda: connected(deployment, {"web": [internet]}))


def test_groups_start_empty_and_have_a_name_that_is_no_id(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: connected(deployment, {"web": services("logs")}))

    for group in recording.of_type(GROUP):
        assert group.inputs["namePrefix"] == "deep-insight-test-logs-"
        assert not {"ingress", "egress"} & group.inputs.keys()
