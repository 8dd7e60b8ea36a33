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
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

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
    encrypted_keys: frozenset[str] = frozenset()
    """Declared keys whose value, or a part of it, is a placeholder for an encrypted one."""

    def short(self, key: str) -> str:
        """A full key as a user writes it: without the own project's name."""
        return _short_key(self.project, key)


def stack_names(root: Path = ROOT) -> list[str]:
    """The stacks that have a file."""
    files = (path.name for path in root.glob("Pulumi.?*.yaml"))
    return sorted(name.removeprefix("Pulumi.").removesuffix(".yaml") for name in files)


class _Loader(yaml.SafeLoader):
    """YAML as the CLI takes it: no key twice, a date is a text, and every problem has its place."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own form
        first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # Looked at as it is written: once constructed, a merged key would look like a second one.
        node = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if first := lines.get((key.tag, key.value)):
                problem = f"the key {key.value} is in line {first} already"
                raise ComposerError(None, None, problem, key.start_mark)
            lines[key.tag, key.value] = key.start_mark.line + 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from error


def _parsed(text: str) -> Any:
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader


def _load(path: Path) -> Any:
    """The content of a YAML file, ``None`` when it is empty."""
    way_out = "put a file there that you may read"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanInputError(
            [f"{path.name} cannot be read: {error.strerror}; {way_out}."]
        ) from error
    except UnicodeDecodeError as error:
        raise PlanInputError([f"{path.name} is not UTF-8 text; save it as UTF-8."]) from error
    try:
        content = _parsed(text)
        json.dumps(content, default=str)
    except yaml.YAMLError as error:
        sentence = f"{path.name}{_place_and_problem(error, text)}; correct the file there."
        raise PlanInputError([sentence]) from error
    except (ValueError, RecursionError) as error:
        what = "a value that contains itself or is nested too deeply; write it without that"
        raise PlanInputError([f"{path.name} holds {what}."]) from error
    return content


def _place_and_problem(error: yaml.YAMLError, text: str) -> str:
    """Line, column and what is wrong there, as far as the parser says."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line, error.problem_mark.column
        problem = error.problem
    elif isinstance(error, ReaderError):
        before = text[: error.position]
        line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
        problem = f"the character {chr(error.character)!r} is not allowed"
    else:
        return f": {' '.join(str(error).split())}"
    return f", line {line + 1}, column {column + 1}: {' '.join(str(problem).split())}"


def _mapping(path: Path, content: Any, start: str) -> dict[Any, Any]:
    if not isinstance(content, dict):
        raise PlanInputError([f"{path.name} must hold a YAML mapping; start it with `{start}`."])
    return content


def _block(path: Path, content: Mapping[Any, Any]) -> dict[str, Any]:
    """The ``config`` block of a file's content."""
    block = content.get("config")
    if block is None:
        return {}
    if not isinstance(block, dict):
        way_out = "write lines like `deep-insight:nat: none`"
        raise PlanInputError([f"{path.name}: config must be a mapping; {way_out}."])
    way_out = "docs/configuration.md lists the keys"
    if strange := [key for key in block if not isinstance(key, str)]:
        raise PlanInputError(
            [f"{path.name}: the key {key!r} of config is no text; {way_out}." for key in strange]
        )
    return block


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _full_key(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _short_key(project: str, key: str) -> str:
    return key.removeprefix(f"{project}:")


def _without_ciphertext(value: Any) -> Any:
    """The value with a placeholder for everything in it that is encrypted."""
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return SECRET_PLACEHOLDER
        return {key: _without_ciphertext(item) for key, item in value.items()}
    return [_without_ciphertext(item) for item in value] if isinstance(value, list) else value


def _parse(text: str, declared: str | None) -> Any:
    """The value that ``pulumi config set`` would store for a declared type."""
    if declared in {None, "string"}:
        return text
    return _parsed(text)


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
        PlanInputError: No such stack, or a file that the CLI could not read.
    """
    _check_stack(stack, stack_names(root))
    main = root / "Pulumi.yaml"
    content = _mapping(main, _load(main), "name: deep-insight")
    declared = _Declarations(str(content.get("name", "")), _block(main, content))
    values = dict(declared.defaults)
    secrets = set(declared.secrets)
    problems = _apply_file(root / f"Pulumi.{stack}.yaml", declared, values, secrets)
    for override in overrides:
        key = _short_key(declared.project, override.partition("=")[0] or override)
        problems.pop(key, None)
        if problem := _apply_override(override, declared, values):
            problems[key] = problem
    texts = {key: _text(value) for key, value in values.items() if value is not None}
    encrypted = {key for key in declared.types if SECRET_PLACEHOLDER in texts.get(key, "")}
    configuration = StackConfiguration(
        declared.project, stack, texts, frozenset(secrets), frozenset(encrypted)
    )
    return configuration, problems


def _apply_file(
    path: Path, declared: _Declarations, values: dict[str, Any], secrets: set[str]
) -> dict[str, str]:
    """Adds what a stack file sets to ``values`` and ``secrets``; answers its problems by key."""
    problems: dict[str, str] = {}
    for key, given in _settings(path).items():
        full = _full_key(declared.project, key)
        values[full] = value = _without_ciphertext(given)
        if value != given:
            secrets.add(full)
        problem = _type_problem(key, value, declared.types.get(full))
        if problem and value != SECRET_PLACEHOLDER:
            problems[_short_key(declared.project, full)] = f"{path.name}: {problem}"
    return problems


def _check_stack(stack: str, stacks: Sequence[str]) -> None:
    if stack in stacks:
        return
    missing = f"There is no stack {stack!r} (no Pulumi.{stack}.yaml)"
    way_out = f"; choose {' or '.join(stacks)}."
    if not stacks:
        way_out = f", nor any other; `pulumi stack init {stack}` makes it."
    raise PlanInputError([missing + way_out])


def _settings(path: Path) -> dict[str, Any]:
    """What a stack file sets; an empty one sets nothing."""
    content = _load(path)
    return {} if content is None else _block(path, _mapping(path, content, "config:"))


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
