"""The platform of each test: the shared account and stack, with tasks and targets of its own."""

from collections.abc import Iterator

import pytest

from tests.fargate.sessions import recorded_calls
from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins import Account, DeployedStack, Fargate, LoadBalancer


@pytest.fixture(scope="session")
def made_calls() -> Iterator[set[recorded_calls.Row]]:
    """Every AWS call of the tests, compared in the end with what the proof of rights reads."""
    found: set[recorded_calls.Row] = set()
    yield found
    recorded_calls.check(found)


@pytest.fixture(autouse=True)
def record(account: Account, made_calls: set[recorded_calls.Row]) -> Iterator[None]:
    """Collect the calls of one test."""
    yield
    made_calls |= recorded_calls.rows(account.calls.by())


@pytest.fixture
def platform(
    account: Account, stack: DeployedStack, fargate: Fargate, balancer: LoadBalancer
) -> Platform:
    """Everything that a session meets."""
    return Platform(account, stack, fargate, balancer)
