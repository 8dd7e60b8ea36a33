"""What the keeper is told, from the environment only; every problem is reported at once.

`VARIABLES` is the contract that the infrastructure is checked against.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
PREFIX = "KEEPER_"
ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d{12}:\S+")
MOST_WARM = 50
"""More would be a fleet, not a pool; it also bounds the calls of one run."""
CAPACITIES = ("on_demand", "spot")


class SettingsError(ValueError):
    """The environment is wrong. `problems` holds one line for each thing to change."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Variable:
    """One environment variable: `warm` ones are required as soon as a warm pool is wanted."""

    description: str
    required: bool = False
    warm: bool = False
    default: str = ""


VARIABLES: Mapping[str, Variable] = {
    "AWS_REGION": Variable("region of the stack; Lambda sets it", required=True),
    "KEEPER_STACK": Variable("value of the tag deep-insight:stack of our tasks", required=True),
    "KEEPER_CLUSTER_ARN": Variable("cluster that the tasks run in", required=True),
    "KEEPER_LIFETIME_SECONDS": Variable(
        "life of an executor, for tasks whose deadline cannot be read", default="28800"
    ),
    "KEEPER_TARGET_GROUP_ARN": Variable("target group of the alb route; empty on the direct one"),
    "KEEPER_DRY_RUN": Variable("true: only report what would be done", default="false"),
    "KEEPER_WARM_POOL_SIZE": Variable("executors that wait unclaimed", default="0"),
    "KEEPER_TASK_DEFINITION_ARN": Variable("task definition with its revision", warm=True),
    "KEEPER_CONTAINER_NAME": Variable("container of the executor", warm=True),
    "KEEPER_SUBNET_IDS": Variable("subnets of warm tasks, comma-separated", warm=True),
    "KEEPER_SECURITY_GROUP_IDS": Variable("security groups, comma-separated", warm=True),
    "KEEPER_CAPACITY": Variable("on_demand or spot", default="on_demand"),
    "KEEPER_CLAIM_KEY_ARN": Variable("secret from which start-up tokens are derived", warm=True),
}


@dataclass(frozen=True)
class WarmPool:
    """How warm executors are started."""

    size: int
    task_definition_arn: str
    container_name: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    spot: bool
    claim_key_arn: str


@dataclass(frozen=True)
class Settings:
    """The keeper's settings. `target_group_arn` is None on the direct route, `warm` without a
    pool."""

    region: str
    stack: str
    cluster_arn: str
    lifetime_seconds: int
    target_group_arn: str | None
    dry_run: bool
    warm: WarmPool | None


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Raises SettingsError with all problems."""
    environment = os.environ if environment is None else environment
    reader = _Reader(environment)
    size = reader.integer("KEEPER_WARM_POOL_SIZE", 0, MOST_WARM)
    settings = Settings(
        region=reader.text("AWS_REGION"),
        stack=reader.text("KEEPER_STACK"),
        cluster_arn=reader.arn("KEEPER_CLUSTER_ARN"),
        lifetime_seconds=reader.integer("KEEPER_LIFETIME_SECONDS", 60, 7 * 86400),
        target_group_arn=reader.arn("KEEPER_TARGET_GROUP_ARN") or None,
        dry_run=reader.choice("KEEPER_DRY_RUN", ("false", "true")) == "true",
        warm=_warm_pool(reader, size) if size > 0 else None,
    )
    problems = _unknown(environment) + reader.problems
    if problems:
        raise SettingsError(problems)
    return settings


def _warm_pool(reader: _Reader, size: int) -> WarmPool:
    reader.warm = True
    return WarmPool(
        size=size,
        task_definition_arn=reader.arn("KEEPER_TASK_DEFINITION_ARN"),
        container_name=reader.text("KEEPER_CONTAINER_NAME"),
        subnet_ids=reader.items("KEEPER_SUBNET_IDS"),
        security_group_ids=reader.items("KEEPER_SECURITY_GROUP_IDS"),
        spot=reader.choice("KEEPER_CAPACITY", CAPACITIES) == "spot",
        claim_key_arn=reader.arn("KEEPER_CLAIM_KEY_ARN"),
    )


class _Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.warm = False
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        variable = VARIABLES[name]
        value = self._environment.get(name, "").strip() or variable.default
        if not value and (variable.required or (variable.warm and self.warm)):
            reason = "" if variable.required else " (KEEPER_WARM_POOL_SIZE is above 0)"
            self.problems.append(f"{name} is not set{reason}: {variable.description}.")
        return value

    def integer(self, name: str, least: int, most: int) -> int:
        def convert(text: str) -> int:
            number = int(text)
            if not least <= number <= most:
                raise ValueError(text)
            return number

        return self._converted(name, convert, f"a whole number from {least} to {most}", least)

    def arn(self, name: str) -> str:
        def convert(text: str) -> str:
            if not ARN.fullmatch(text):
                raise ValueError(text)
            return text

        return self._converted(name, convert, "an ARN", "")

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        def convert(text: str) -> str:
            if text not in choices:
                raise ValueError(text)
            return text

        return self._converted(name, convert, " or ".join(choices), choices[0])

    def items(self, name: str) -> tuple[str, ...]:
        return tuple(item.strip() for item in self.text(name).split(",") if item.strip())

    def _converted(self, name: str, convert: Callable[[str], T], wanted: str, otherwise: T) -> T:
        text = self.text(name)
        try:
            return convert(text) if text else otherwise
        except ValueError:
            self.problems.append(f"{name} is {text!r}; set it to {wanted}.")
            return otherwise


def _unknown(environment: Mapping[str, str]) -> list[str]:
    problems = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, n=1)
            advice = f"did you mean {near[0]}?" if near else "remove it."
            problems.append(f"{name}: there is no such setting; {advice}")
    return problems
