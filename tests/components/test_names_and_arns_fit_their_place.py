"""Physical names stay within limits and apart; ARNs name the right partition."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.deployment import Deployment, bounded, partition_of

NAME = st.from_regex(r"[a-z]([a-z0-9-]{0,60}[a-z0-9])?", fullmatch=True)


@given(NAME, st.integers(12, 64))
def test_a_name_never_exceeds_its_limit_and_ends_in_no_hyphen(name: str, limit: int) -> None:
    short = bounded(name, limit)

    assert len(short) <= limit
    assert not short.endswith("-")
    assert short == name or len(name) > limit


@given(NAME)
def test_two_long_names_with_one_beginning_stay_apart(tail: str) -> None:
    common = "deep-insight-production-eu-central"

    assert bounded(f"{common}-{tail}-a", 32) != bounded(f"{common}-{tail}-b", 32)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")],
)
def test_regions_belong_to_a_partition(region: str, partition: str) -> None:
    assert partition_of(region) == partition


def test_an_arn_is_of_this_account_and_region(
    resolve: Callable[[Callable[[], Any]], Any],
) -> None:
    deployment = Deployment(prefix="x", region="us-gov-west-1", account_id="123456789012")

    arn = resolve(lambda: deployment.arn("ecs", "task/x/*"))

    assert arn == "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:task/x/*"
