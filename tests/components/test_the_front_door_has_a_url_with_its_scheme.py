"""The front door: internal or public, with health checks, and a URL that can be used as it is."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.binding import BindingError
from components.deployment import Deployment
from components.front_door import FrontDoor, FrontDoorArgs
from components.network_tier import ExistingNetworkArgs, NetworkTier
from plan.recording import Recording
from tests.components.platform_parts import (
    EGRESS,
    INGRESS,
    LISTENER,
    LOAD_BALANCER,
    TARGETS,
    named,
    network,
    workload,
)

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
Declare = Callable[..., Recording]


def door(deployment: Deployment, tier: NetworkTier | None = None, **changes: Any) -> FrontDoor:
    tier = tier or network(deployment)
    front = FrontDoor(
        "web-door",
        FrontDoorArgs(
            deployment=deployment,
            network=tier,
            workload=workload(deployment, tier),
            role="web",
            health_path="/health",
            **changes,
        ),
    )
    pulumi.export("url", front.url)
    return front


def test_an_internal_door_is_in_private_subnets_and_admits_nobody_yet(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: door(deployment))

    balancer = recording.one(LOAD_BALANCER).inputs
    private = [s.id for s in recording.of_type("aws:ec2/subnet:Subnet") if "private" in s.name]
    assert balancer["internal"] is True
    assert sorted(balancer["subnets"]) == sorted(private)
    assert not [r for r in recording.of_type(INGRESS) if "cidrIpv4" in r.inputs]
    assert recording.exports["url"] == "http://" + str(
        recording.one(LOAD_BALANCER).outputs["dnsName"]
    )


def test_a_public_door_with_a_certificate_speaks_https_under_its_domain(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(
        lambda: door(deployment, public=True, certificate_arn=CERTIFICATE, domain="app.example.com")
    )

    listener = recording.one(LISTENER).inputs
    public = [s.id for s in recording.of_type("aws:ec2/subnet:Subnet") if "public" in s.name]
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert "TLS13" in listener["sslPolicy"]
    assert sorted(recording.one(LOAD_BALANCER).inputs["subnets"]) == sorted(public)
    (open_rule,) = [r for r in recording.of_type(INGRESS) if "cidrIpv4" in r.inputs]
    assert open_rule.inputs["fromPort"] == 443
    assert recording.exports["url"] == "https://app.example.com"


def test_the_door_reaches_the_workloads_port_and_nothing_else(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: door(deployment))

    assert [n for n in named(recording, EGRESS) if n.startswith("web-load-balancer")] == [
        "web-load-balancer-to-web-8000-egress"
    ]


def test_targets_are_addresses_that_are_asked_for_their_health(
    declare: Declare, deployment: Deployment
) -> None:
    targets = declare(lambda: door(deployment, stickiness_seconds=600)).one(TARGETS).inputs

    assert (targets["targetType"], targets["port"]) == ("ip", 8000)
    assert targets["healthCheck"]["path"] == "/health"
    assert targets["healthCheck"]["interval"] == 5
    assert targets["healthCheck"]["healthyThreshold"] == 2
    assert targets["healthCheck"]["timeout"] < targets["healthCheck"]["interval"]
    assert targets["stickiness"] == {
        "type": "lb_cookie",
        "enabled": True,
        "cookieDuration": 600,
    }


def test_malformed_headers_are_dropped(declare: Declare, deployment: Deployment) -> None:
    balancer = declare(lambda: door(deployment)).one(LOAD_BALANCER).inputs

    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["enableDeletionProtection"] is False


def test_a_protected_door_cannot_be_deleted(declare: Declare, protected: Deployment) -> None:
    balancer = declare(lambda: door(protected)).one(LOAD_BALANCER).inputs

    assert balancer["enableDeletionProtection"] is True


def test_access_logs_may_be_delivered_before_the_door_opens(
    declare: Declare, deployment: Deployment
) -> None:
    recording = declare(lambda: door(deployment, access_logs=True))

    policy = recording.one("aws:s3/bucketPolicy:BucketPolicy")
    delivery = json.loads(policy.inputs["policy"])["Statement"][1]
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Resource"].endswith("/access/AWSLogs/123456789012/*")
    assert policy.urn in recording.one(LOAD_BALANCER).dependencies


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"certificate_arn": CERTIFICATE}, "go together; set both or none"),
        ({"domain": "app.example.com"}, "go together; set both or none"),
        ({"idle_timeout_seconds": 4001}, "not within 1-4000"),
        ({"health_interval_seconds": 2}, "not within 5-300"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    declare: Declare, deployment: Deployment, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BindingError, match=reason):
        declare(lambda: door(deployment, **changes))


def test_a_public_door_is_no_target_of_group_rules(
    declare: Declare, deployment: Deployment
) -> None:
    with pytest.raises(BindingError, match="reached over the internet; use InternetReach"):
        declare(lambda: door(deployment, public=True).reach())


def test_a_public_door_without_public_subnets_is_refused(
    declare: Declare, deployment: Deployment
) -> None:
    def program() -> None:
        args = ExistingNetworkArgs(
            deployment=deployment,
            vpc_id="vpc-12345678",
            private_subnet_ids={"use1-az1": "subnet-1", "use1-az2": "subnet-2"},
            private_route_table_ids={"use1-az1": "rtb-1", "use1-az2": "rtb-2"},
        )
        door(deployment, NetworkTier.from_existing("network", args), public=True)

    with pytest.raises(BindingError, match="needs public subnets in two zones; the network has 0"):
        declare(program)


def test_long_names_are_cut_to_what_a_load_balancer_may_have(declare: Declare) -> None:
    long = Deployment(
        prefix="data-platform-insights-production-eu", region="us-east-1", account_id="123456789012"
    )

    recording = declare(lambda: door(long))

    names = [recording.one(kind).inputs["name"] for kind in (LOAD_BALANCER, TARGETS)]
    assert all(len(name) <= 32 and name.strip("-") == name for name in names)
    assert len(set(names)) == 2
