"""The project and stack files as the Pulumi CLI would read them.

Pulumi's mocks know neither ``Pulumi.yaml`` nor the stack files: the CLI applies the defaults, the
types and the overrides before a program starts. This module does the same.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the Pulumi program."""

SECRET_PLACEHOLDER = "encrypted-in-the-stack-file"  # noqa: S105 - stands for a value we cannot read
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


class PlanInputError(Exception):
    """The command or the configuration cannot be used; every problem is in ``problems``."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class StackConfiguration:
    """What the CLI hands to the program: full keys (``project:key``) and JSON or plain text."""

    project: str
    stack: str
    values: Mapping[str, str]
    secret_keys: frozenset[str]


def stack_names(root: Path = ROOT) -> list[str]:
    """The stacks that have a file."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))


def _load(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        first_line = str(error).splitlines()[0]
        raise PlanInputError([f"{path.name} cannot be read: {first_line}"]) from error
    if not isinstance(content, dict):
        raise PlanInputError([f"{path.name} must hold a YAML mapping."])
    return content


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _full_key(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _parse(text: str, declared: str | None) -> Any:
    """The value that ``pulumi config set`` would store for a declared type."""
    if declared in {None, "string"}:
        return text
    return yaml.safe_load(text)


def _type_problem(key: str, value: Any, declared: str | None) -> str | None:
    if declared is None or declared not in _TYPES:
        return None
    right = isinstance(value, _TYPES[declared])
    if declared == "integer" and isinstance(value, bool):
        right = False
    if right:
        return None
    return f"Configuration {key} is {value!r}; it must be {_with_article(declared)}."


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aio' else 'a'} {noun}"


class _Declarations:
    """The ``config`` block of Pulumi.yaml."""

    def __init__(self, project: str, block: Mapping[str, Any]) -> None:
        self.project = project
        self.types: dict[str, str | None] = {}
        self.defaults: dict[str, Any] = {}
        self.secrets: set[str] = set()
        for key, entry in block.items():
            full = _full_key(project, key)
            if not isinstance(entry, dict):
                self.types[full] = None
                self.defaults[full] = entry
                continue
            self.types[full] = entry.get("type")
            if entry.get("secret"):
                self.secrets.add(full)
            for name in ("default", "value"):
                if name in entry:
                    self.defaults[full] = entry[name]

    def unknown(self, key: str) -> str:
        own = [
            name.split(":", 1)[1] if name.startswith(self.project) else name for name in self.types
        ]
        near = difflib.get_close_matches(key, own, n=1)
        hint = f" Did you mean {near[0]}?" if near else " docs/configuration.md lists the keys."
        return f"Configuration {key} is not declared in Pulumi.yaml.{hint}"


def read_stack(
    stack: str, overrides: Sequence[str] = (), root: Path = ROOT
) -> tuple[StackConfiguration, dict[str, str]]:
    """The configuration of a stack, and what an engine would refuse of it: a sentence by key.

    A value of the wrong type is kept as a text, so that the program tells its own problem with it.

    Args:
        stack: Name of the stack; ``Pulumi.<stack>.yaml`` must exist.
        overrides: ``key=value`` texts, as after ``--config``; later ones win.
        root: Folder of ``Pulumi.yaml``.

    Raises:
        PlanInputError: No such stack, or a file that is no YAML mapping.
    """
    stacks = stack_names(root)
    if stack not in stacks:
        raise PlanInputError(
            [f"There is no stack {stack!r} (no Pulumi.{stack}.yaml); choose {' or '.join(stacks)}."]
        )
    project_file = _load(root / "Pulumi.yaml")
    project = str(project_file.get("name", ""))
    declared = _Declarations(project, project_file.get("config") or {})
    problems: dict[str, str] = {}
    values = dict(declared.defaults)
    secrets = set(declared.secrets)
    for key, value in (_load(root / f"Pulumi.{stack}.yaml").get("config") or {}).items():
        full = _full_key(project, key)
        if isinstance(value, dict) and set(value) == {"secure"}:
            secrets.add(full)
            value = SECRET_PLACEHOLDER
        elif problem := _type_problem(key, value, declared.types.get(full)):
            problems[key] = f"Pulumi.{stack}.yaml: {problem}"
        values[full] = value
    for override in overrides:
        problem = _apply_override(override, declared, values)
        if problem:
            problems[override.partition("=")[0] or override] = problem
    texts = {key: _text(value) for key, value in values.items() if value is not None}
    return StackConfiguration(project, stack, texts, frozenset(secrets)), problems


def _apply_override(override: str, declared: _Declarations, values: dict[str, Any]) -> str | None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        return f"--config {override!r} is not KEY=VALUE."
    full = _full_key(declared.project, key)
    if full not in declared.types and not full.startswith(("aws:", "docker")):
        return declared.unknown(key)
    kind = declared.types.get(full)
    try:
        values[full] = _parse(text, kind)
    except yaml.YAMLError:
        values[full] = text
        return f"Configuration {key} is {text!r}; it must be {_with_article(str(kind))}."
    return _type_problem(key, values[full], kind)
