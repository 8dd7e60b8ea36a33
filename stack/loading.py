"""Reading a stack's configuration as the engine hands it over.

`parse` reports every problem at once: unknown keys, wrong types and broken rules, each with the
way out.
"""

import difflib
import json
from collections.abc import Mapping, Sequence, Set
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import pulumi
import pulumi.runtime.config as engine
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from stack.config import BROKEN, RuleProblems, StackConfig, StackProblems
from stack.problem import cut, shown
from stack.sentences import sentence

PROJECT = "deep-insight"
REGION_KEY = "aws:region"
JSON_KINDS = {"array": """a list like ["a", "b"]""", "object": """a map like {"a": "b"}"""}


def keys() -> dict[str, FieldInfo]:
    """The configuration keys as they are written, with their fields."""
    return {
        field.alias or name: field
        for name, field in StackConfig.model_fields.items()
        if not field.exclude
    }


def engine_type(annotation: Any) -> str:
    """The type of a key as Pulumi.yaml names it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return engine_type(get_args(annotation)[0])
    if origin in (tuple, list, Sequence):
        return "array"
    if origin in (dict, Mapping):
        return "object"
    if origin is Literal:
        return "string"
    for part in get_args(annotation):
        if part is not NoneType:
            return engine_type(part)
    plain = {bool: "boolean", int: "integer", str: "string"}
    return plain.get(annotation, "object")


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
    given, broken, problems = _read(values)
    surroundings: dict[str, Any] = {"stack": stack}
    if REGION_KEY in values:
        surroundings["region"] = values[REGION_KEY]
    else:
        problems.append(
            f"{REGION_KEY}: it is not set; run: pulumi config set {REGION_KEY} us-east-1"
        )
        broken.add("region")
    config, found = _validated(given, surroundings, broken)
    if problems or config is None:
        raise StackProblems(stack, problems + found)
    return config


def _read(values: Mapping[str, Any]) -> tuple[dict[str, Any], set[str], list[str]]:
    """The values by key, the keys whose intended value is not the one they have, and why."""
    known = keys()
    given: dict[str, Any] = {}
    meant: set[str] = set()
    problems: list[str] = []
    for full, value in values.items():
        namespace, _, key = full.partition(":")
        if namespace != PROJECT:
            continue
        if key not in known:
            problem, near = _unknown(key, known)
            problems.append(problem)
            meant.update(near)
            continue
        kind = engine_type(known[key].annotation)
        try:
            given[key] = _decoded(value, kind)
        except ValueError as error:
            problems.append(
                f"{key}: {shown(value)} is not JSON ({error}); write {JSON_KINDS[kind]}"
            )
            meant.add(key)
    return given, meant, problems


def _unknown(key: str, known: Mapping[str, FieldInfo]) -> tuple[str, list[str]]:
    """What to say about a key that does not exist, and the key that was probably meant."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "docs/configuration.md lists the keys"
    return f"{cut(key)}: there is no such key; {hint}", near


def _decoded(value: Any, kind: str) -> Any:
    """Lists and maps arrive from the engine as JSON text.

    Raises:
        ValueError: the text is not JSON.
    """
    if kind in JSON_KINDS and isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return value


def _validated(
    given: Mapping[str, Any], surroundings: Mapping[str, Any], broken: Set[str]
) -> tuple[StackConfig | None, list[str]]:
    """The configuration or all problems; rules are also checked for the keys of the right type."""
    config, mistyped, problems = _attempt(given, surroundings, broken)
    if mistyped:
        rest = {key: value for key, value in given.items() if key not in mistyped}
        _, _, more = _attempt(rest, surroundings, broken | mistyped)
        problems += more
    return config, problems


def _attempt(
    given: Mapping[str, Any], surroundings: Mapping[str, Any], broken: Set[str]
) -> tuple[StackConfig | None, set[str], list[str]]:
    """The configuration if there is one, the keys with a wrong type, and all problems."""
    try:
        config = StackConfig.model_validate({**given, **surroundings}, context={BROKEN: broken})
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        return config, set(), []
    mistyped: set[str] = set()
    problems: list[str] = []
    for detail in details:
        rule = detail.get("ctx", {}).get("error")
        if isinstance(rule, RuleProblems):
            problems += [f"{problem.key}: {problem.text}" for problem in rule.problems]
        else:
            mistyped.add(str(detail["loc"][0]))
            problems.append(sentence(detail, StackConfig))
    return None, mistyped, problems
