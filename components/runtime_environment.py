"""The agent runtime's environment, checked against the contract in agent_runtime/settings.py.

Names are checked while the program runs, before anything is registered with them; values are
checked by the runtime's own settings model as soon as they are known.
"""

from collections.abc import Mapping
from operator import itemgetter
from typing import TypeAlias

import pulumi

from agent_runtime.settings import check_environment, contract
from components.binding import BindingError

PlatformVersion: TypeAlias = str

# Source: CreateAgentRuntime in the bedrock-agentcore-control service model.
MOST_VARIABLES, LONGEST_NAME, LONGEST_VALUE = 50, 100, 5000
# All names and values together, in bytes, by platform version. Source: reports of the service's
# ValidationException; the service model has no such limit.
TOTAL_BYTES: Mapping[PlatformVersion, int] = {"V1": 4096, "V2": 2560}


def checked_environment(
    environment: Mapping[str, pulumi.Input[str]], *, platform_version: PlatformVersion
) -> dict[str, pulumi.Input[str]]:
    """The same variables; each value waits for the check of all of them.

    Raises:
        BindingError: a variable that the runtime does not read, one that it requires and nobody
        supplies, or more than the service takes. Every problem is listed.
    """
    plain = {name: value for name, value in environment.items() if isinstance(value, str)}
    problems = _name_problems(environment, plain) + _size_problems(plain, platform_version)
    complete = len(plain) == len(environment)
    if complete:
        problems += check_environment(plain)
    _refuse(problems)
    if complete:
        return dict(sorted(environment.items()))

    def check(known: Mapping[str, str]) -> Mapping[str, str]:
        _refuse(check_environment(known) + _size_problems(known, platform_version))
        return known

    verified = pulumi.Output.all(**dict(environment)).apply(check)
    return {
        name: value if isinstance(value, str) else verified.apply(itemgetter(name))
        for name, value in sorted(environment.items())
    }


def _name_problems(
    environment: Mapping[str, pulumi.Input[str]], plain: Mapping[str, str]
) -> list[str]:
    specs = {spec.name: spec for spec in contract()}
    problems = [
        f"{name} is not a variable of the agent runtime" for name in environment.keys() - specs
    ]
    effective = {spec.name: spec.default for spec in specs.values() if spec.default} | dict(plain)
    problems += [
        f"{name} is missing: {spec.description}"
        for name, spec in specs.items()
        if name not in environment and spec.is_required(effective)
    ]
    if len(environment) > MOST_VARIABLES:
        problems.append(f"{len(environment)} variables are more than {MOST_VARIABLES}")
    problems += [f"{name} is too long a name" for name in environment if len(name) > LONGEST_NAME]
    return problems


def _size_problems(known: Mapping[str, str], platform_version: PlatformVersion) -> list[str]:
    problems = [
        f"{name} has {len(value)} characters, more than {LONGEST_VALUE}"
        for name, value in known.items()
        if len(value) > LONGEST_VALUE
    ]
    total = sum(len(name.encode()) + len(value.encode()) for name, value in known.items())
    if total > TOTAL_BYTES[platform_version]:
        problems.append(
            f"the variables take {total} bytes, more than the {TOTAL_BYTES[platform_version]} of "
            f"platform version {platform_version}"
        )
    return problems


def _refuse(problems: list[str]) -> None:
    if problems:
        raise BindingError(f"agent runtime: {'; '.join(sorted(problems))}.")
