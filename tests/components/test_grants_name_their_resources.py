"""A grant names actions and resources; a star is refused unless IAM knows nothing better."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.grant import UNSCOPED_ACTIONS, Grant, GrantError
from components.policy import permission_policy


def test_a_star_is_refused_for_an_action_that_can_be_narrowed() -> None:
    with pytest.raises(GrantError) as raised:
        Grant(sid="Run", actions=["ecs:RunTask"], resources=["*"])

    assert str(raised.value) == (
        "Run: ecs:RunTask on '*'; these actions support resource-level permissions, so name the "
        "ARNs."
    )


def test_a_star_among_named_resources_is_refused_too() -> None:
    with pytest.raises(GrantError):
        Grant(sid="Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::b/*", "*"])


@pytest.mark.parametrize("action", sorted(UNSCOPED_ACTIONS))
def test_a_star_is_accepted_where_iam_takes_nothing_else(action: str) -> None:
    assert Grant(sid="Any", actions=[action], resources=["*"]).resources == ["*"]
    assert UNSCOPED_ACTIONS[action]


def test_one_action_that_can_be_narrowed_spoils_the_star_of_the_others() -> None:
    with pytest.raises(GrantError, match="ecr:BatchGetImage"):
        Grant(
            sid="Pull",
            actions=["ecr:GetAuthorizationToken", "ecr:BatchGetImage"],
            resources=["*"],
        )


@pytest.mark.parametrize("action", ["ecs:*", "*", "ecs:Run*", "RunTask", "ecs.RunTask"])
def test_a_wildcard_or_malformed_action_is_refused(action: str) -> None:
    with pytest.raises(GrantError, match="is not one action"):
        Grant(sid="Run", actions=[action], resources=["arn:aws:ecs:::x"])


@pytest.mark.parametrize("sid", ["", "with space", "with-hyphen"])
def test_a_statement_id_that_iam_refuses_is_refused(sid: str) -> None:
    with pytest.raises(GrantError, match="letters and digits"):
        Grant(sid=sid, actions=["ecs:RunTask"], resources=["arn:aws:ecs:::x"])


def test_an_empty_grant_is_refused() -> None:
    with pytest.raises(GrantError, match="at least one"):
        Grant(sid="Nothing", actions=["ecs:RunTask"], resources=[])


def test_a_star_that_only_becomes_known_later_is_refused_then(
    resolve: Callable[[Callable[[], Any]], Any],
) -> None:
    def document() -> pulumi.Output[str]:
        late = pulumi.Output.from_input("*")
        return permission_policy([Grant(sid="Run", actions=["ecs:RunTask"], resources=[late])])

    with pytest.raises(ValueError, match=r"ecs:RunTask on '\*'"):
        resolve(document)


def test_a_document_has_one_named_statement_for_each_grant(
    resolve: Callable[[Callable[[], Any]], Any],
) -> None:
    def document() -> pulumi.Output[str]:
        return permission_policy(
            [
                Grant(
                    sid="Run",
                    actions=["ecs:RunTask"],
                    resources=[pulumi.Output.from_input("arn:aws:ecs:::task")],
                    conditions={"ArnEquals": {"ecs:cluster": pulumi.Output.from_input("arn:c")}},
                ),
                Grant(sid="Login", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            ]
        )

    assert json.loads(resolve(document)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Run",
                "Effect": "Allow",
                "Action": ["ecs:RunTask"],
                "Resource": ["arn:aws:ecs:::task"],
                "Condition": {"ArnEquals": {"ecs:cluster": "arn:c"}},
            },
            {
                "Sid": "Login",
                "Effect": "Allow",
                "Action": ["ecr:GetAuthorizationToken"],
                "Resource": ["*"],
            },
        ],
    }
