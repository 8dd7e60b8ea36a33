"""Zones are chosen among those that AgentCore and the endpoints support."""

import pytest

from components.zones import AGENTCORE_ZONES, ZONE_ID, ZoneError, choose_zones, endpoint_zones


def test_without_a_wish_the_first_two_supported_zones_are_used() -> None:
    assert choose_zones("ap-northeast-1") == ("apne1-az1", "apne1-az2")


def test_an_unsupported_zone_is_refused_and_the_supported_ones_are_listed() -> None:
    with pytest.raises(ZoneError) as raised:
        choose_zones("us-east-1", ["use1-az1", "use1-az6"])

    assert "does not support use1-az6" in str(raised.value)
    assert "use1-az1, use1-az2, use1-az4" in str(raised.value)


def test_an_unknown_region_is_refused_and_the_known_ones_are_listed() -> None:
    with pytest.raises(ZoneError) as raised:
        choose_zones("us-west-1")

    assert "us-west-2" in str(raised.value)
    assert "agentcoreZoneIds" in str(raised.value)


def test_the_override_replaces_the_table() -> None:
    override = ["usw1-az1", "usw1-az3"]

    assert choose_zones("us-west-1", (), override) == ("usw1-az1", "usw1-az3")


@pytest.mark.parametrize(
    ("zones", "reason"),
    [(["use1-az1"], "too few"), (["use1-az1", "use1-az1"], "named twice")],
)
def test_fewer_than_two_zones_are_refused(zones: list[str], reason: str) -> None:
    with pytest.raises(ZoneError, match=reason):
        choose_zones("us-east-1", zones)


def test_an_endpoint_avoids_zones_in_which_it_is_not_offered() -> None:
    zones = ("use1-az1", "use1-az2")

    assert endpoint_zones("bedrock-agentcore.gateway", zones) == ("use1-az2",)
    assert endpoint_zones("logs", zones) == zones
    assert endpoint_zones("logs", zones, {"logs": ["use1-az2"]}) == ("use1-az1",)


def test_an_endpoint_that_is_offered_nowhere_says_what_to_do() -> None:
    with pytest.raises(ZoneError, match="add another zone to availabilityZoneIds"):
        endpoint_zones("logs", ["use1-az1"], {"logs": ["use1-az1"]})


def test_every_row_of_the_table_has_two_zones_that_the_address_plan_can_place() -> None:
    for region, zones in AGENTCORE_ZONES.items():
        assert len(zones) >= 2, region
        assert all(ZONE_ID.fullmatch(zone) for zone in zones), region
