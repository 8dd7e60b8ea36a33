"""One account and stack a file (moto keeps one state a process); tasks are each test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fargate.stand_ins import Account, DeployedStack, Fargate, LoadBalancer, deploy


@pytest.fixture(scope="module")
def shared_account() -> Iterator[Account]:
    """For one file: another account in this process would empty it."""
    with Account() as account:
        yield account


@pytest.fixture(scope="module")
def stack(shared_account: Account) -> DeployedStack:
    """What the Pulumi program would have made."""
    return deploy(shared_account)


@pytest.fixture
def account(shared_account: Account, stack: DeployedStack) -> Iterator[Account]:
    """The account without tasks, targets, faults and recorded calls."""
    shared_account.forget()
    yield shared_account
    shared_account.forget()


@pytest.fixture
def fargate(account: Account) -> Iterator[Fargate]:
    """Runs the tasks of this test; none is left afterwards."""
    with Fargate(account) as fargate:
        yield fargate


@pytest.fixture
def balancer(account: Account, stack: DeployedStack) -> Iterator[LoadBalancer]:
    """In front of the stack's target group."""
    with LoadBalancer(account, stack.target_group_arn) as balancer:
        yield balancer
