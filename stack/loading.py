"""Reading a stack's configuration as the engine hands it over.

`parse` reports every problem at once: unknown keys, wrong types and broken rules, each with the
way out.
"""

import difflib
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi.runtime.config as engine
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from stack.config import RuleProblems, StackConfig, StackProblems

PROJECT = "deep-insight"
REGION_KEY = "aws:region"
KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "list": "a list",
    "tuple": "a list",
    "dict": "a map",
    "model": "a map",
    "string": "text",
}


def keys() -> dict[str, FieldInfo]:
    """The configuration keys as they are written, with their fields."""
    return {
        field.alias or name: field
        for name, field in StackConfig.model_fields.items()
        if not field.exclude
    }


def load() -> StackConfig:
    """The configuration of the stack that the engine runs.

    Raises:
        StackProblems: everything that is wrong with it.
    """
    everything = {**engine.get_config_env(), **engine.CONFIG.get()}
    return parse(everything, stack=pulumi.get_stack())


def parse(values: Mapping[str, Any], *, stack: str) -> StackConfig:
    """The configuration in `values`, which are keyed like ``deep-insight:nat``.

    Raises:
        StackProblems: everything that is wrong with it.
    """
    problems = []
    known = keys()
    given: dict[str, Any] = {}
    for full, value in values.items():
        namespace, _, key = full.partition(":")
        if namespace != PROJECT:
            continue
        if key not in known:
            problems.append(_unknown(key, known))
        else:
            given[key] = _decoded(value)
    surroundings: dict[str, Any] = {"stack": stack}
    if REGION_KEY in values:
        surroundings["region"] = values[REGION_KEY]
    else:
        problems.append(
            f"{REGION_KEY}: it is not set; run: pulumi config set {REGION_KEY} us-east-1"
        )
    config, found = _validated(given, surroundings)
    if problems or config is None:
        raise StackProblems(stack, problems + found)
    return config


def _unknown(key: str, known: Mapping[str, FieldInfo]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "docs/configuration.md lists the keys"
    return f"{key}: there is no such key; {hint}"


def _decoded(value: Any) -> Any:
    """Lists and maps arrive from the engine as JSON text."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _validated(
    given: dict[str, Any], surroundings: dict[str, Any]
) -> tuple[StackConfig | None, list[str]]:
    """The configuration or all problems; rules are also checked for the keys of the right type."""
    try:
        return StackConfig.model_validate({**given, **surroundings}), []
    except ValidationError as error:
        broken, problems = _sentences(error)
    if broken:
        rest = {key: value for key, value in given.items() if key not in broken}
        try:
            StackConfig.model_validate({**rest, **surroundings})
        except ValidationError as error:
            problems += [
                text for text in _sentences(error)[1] if text.partition(":")[0] not in broken
            ]
    return None, problems


def _sentences(error: ValidationError) -> tuple[set[str], list[str]]:
    """The keys with a wrong type, and one sentence for each problem."""
    broken: set[str] = set()
    problems: list[str] = []
    for detail in error.errors(include_url=False):
        rule = detail.get("ctx", {}).get("error")
        if isinstance(rule, RuleProblems):
            problems += [f"{problem.key}: {problem.text}" for problem in rule.problems]
            continue
        key = str(detail["loc"][0])
        broken.add(key)
        path = ".".join(str(part) for part in detail["loc"])
        problems.append(f"{path}: {detail['input']!r}: {_expected(detail)}")
    return broken, problems


def _expected(detail: Any) -> str:
    kind = detail["type"].split("_")[0]
    if kind in KINDS and detail["type"].endswith(("_type", "_parsing")):
        return f"write {KINDS[kind]}"
    if detail["type"] == "extra_forbidden":
        return "there is no such entry"
    message = str(detail["msg"])
    return message[:1].lower() + message[1:]
