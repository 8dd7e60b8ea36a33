"""The cost of a recording against its own resources and the price table."""

import pytest

from plan.cost import Cost, cost, price_table
from tests.recorded_stacks import recorded_stack


def lines(priced: Cost) -> dict[str, tuple[float | None, float | None]]:
    return {line.item: (line.idle, line.always) for line in priced.lines}


def test_every_price_has_a_source_and_the_table_a_date() -> None:
    table = price_table()
    assert table.as_of >= "2026-01-01"
    assert all(price.source and price.unit for price in table.prices.values())


def test_endpoints_are_paid_by_zone() -> None:
    one = lines(cost(recorded_stack("dev", "endpointZones=one")))["interface endpoints"][0]
    both = lines(cost(recorded_stack("dev", "endpointZones=all")))["interface endpoints"][0]
    assert one is not None
    assert both == pytest.approx(2 * one)


def test_nat_gateways_are_paid_each() -> None:
    assert "NAT gateways" not in lines(cost(recorded_stack("dev", "nat=none")))
    single = lines(cost(recorded_stack("dev", "nat=single")))["NAT gateways"][0]
    assert single == pytest.approx(0.045 * 730)
    assert lines(cost(recorded_stack("dev", "nat=per-az")))["NAT gateways"][0] == 2 * single


def test_an_executor_costs_nothing_while_nobody_uses_it() -> None:
    idle, always = lines(cost(recorded_stack("dev")))["executor, processors"]
    assert idle == 0
    assert always == pytest.approx(0.03238 * 730, abs=0.01)


def test_the_architecture_has_its_own_price() -> None:
    arm = lines(cost(recorded_stack("dev")))["executor, processors"][1]
    x86 = lines(cost(recorded_stack("dev", "executorArchitecture=x86_64")))["executor, processors"][
        1
    ]
    assert arm is not None
    assert x86 is not None
    assert x86 > arm


def test_the_direct_route_pays_no_load_balancer() -> None:
    assert "load balancer" not in lines(cost(recorded_stack("dev", "executorRoute=direct")))


def test_what_has_no_price_is_not_added_up() -> None:
    priced = cost(recorded_stack("dev", "executorStorage=50"))
    assert lines(priced)["executor, disk"] == (None, None)
    assert priced.idle == pytest.approx(sum(line.idle or 0 for line in priced.lines))


def test_gateways_that_nothing_may_use_are_named() -> None:
    assert cost(recorded_stack("dev")).notes == ()
    assert "nat could be none" in cost(recorded_stack("dev", "nat=single")).notes[0]
    used = recorded_stack("dev", "executorInternet=true", "nat=single")
    assert cost(used).notes == ()
