"""The keeper's environment and grants, from the contract that keeper/ publishes as data."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.binding import BindingError
from components.grant import Grant
from keeper.permissions import CLUSTER, STACK_NAME, Resource, permissions
from keeper.settings import SettingsError, load_settings

# Stand for values that only exist once something is created.
PLACEHOLDER_ARN = "arn:aws:service:region:000000000000:name"


def checked_environment(
    environment: Mapping[str, pulumi.Input[str]], *, region: str
) -> Mapping[str, pulumi.Input[str]]:
    """The variables, if the keeper would start with them.

    Raises:
        BindingError: with every problem.
    """
    known = {
        name: value if isinstance(value, str) else PLACEHOLDER_ARN
        for name, value in environment.items()
    }
    try:
        load_settings({"AWS_REGION": region, **known})
    except SettingsError as error:
        raise BindingError(f"keeper: {' '.join(error.problems)}") from error
    return environment


def keeper_grants(
    resources: Mapping[Resource, pulumi.Input[str]],
    *,
    cluster_arn: pulumi.Input[str],
    stack: str,
    alb: bool,
    warm: bool,
) -> list[Grant]:
    """A grant for each right in keeper/permissions.py, on the resources of this stack."""
    values = {CLUSTER: cluster_arn, STACK_NAME: stack}

    def filled(conditions: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        return {
            operator: {key: values.get(value, value) for key, value in entries.items()}
            for operator, entries in conditions.items()
        }

    return [
        Grant(
            sid=right.sid,
            actions=right.actions,
            resources=["*" if right.resource == "any" else resources[right.resource]],
            conditions=filled(right.conditions),
        )
        for right in permissions(alb=alb, warm=warm)
    ]
