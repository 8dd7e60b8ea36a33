"""The platform of each test: the shared account and stack, with tasks and targets of its own."""

import pytest

from tests.fargate.sessions.deployed_runtime import Platform
from tests.fargate.stand_ins import Account, DeployedStack, Fargate, LoadBalancer


@pytest.fixture
def platform(
    account: Account, stack: DeployedStack, fargate: Fargate, balancer: LoadBalancer
) -> Platform:
    """Everything that a session meets."""
    return Platform(account, stack, fargate, balancer)
