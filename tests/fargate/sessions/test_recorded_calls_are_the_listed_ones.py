"""`plan/calls.json`, from which rights are proven, against what these tests have recorded."""

from plan.calls import all_calls
from tests.fargate.sessions.recorded_calls import CALLERS, Row, recorded

SERVICES = ("ecs", "elbv2", "s3", "secretsmanager")
IMPLIED = {"ecs:TagResource", "iam:PassRole"}
"""Rights that RunTask needs besides its own; no call of their own shows them."""


def listed(*, implied: bool) -> set[Row]:
    return {
        Row(call.caller, call.service, call.operation, call.target)
        for call in all_calls()
        if call.caller in CALLERS and call.service in SERVICES
        if implied or call.operation != "RunTask" or call.action not in IMPLIED
    }


def test_every_recorded_call_is_listed() -> None:
    assert sorted(recorded() - listed(implied=True)) == []


def test_every_listed_call_was_recorded() -> None:
    assert sorted(listed(implied=False) - recorded()) == []
