"""What a Dockerfile copies out of its context, and whether it is there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

_COPY = re.compile(r"^(COPY|ADD)\s+(.*)$", re.IGNORECASE)


def _instructions(text: str) -> Iterator[str]:
    """Logical lines: continuations joined, comments left out."""
    current = ""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        current += stripped.removesuffix("\\").rstrip() + " "
        if not stripped.endswith("\\"):
            yield current.strip()
            current = ""
    if current:
        yield current.strip()


def copied_sources(dockerfile: Path) -> list[str]:
    """Paths that COPY and ADD take from the context, as written; stages and URLs left out."""
    found = []
    for line in _instructions(dockerfile.read_text(encoding="utf-8")):
        match = _COPY.match(line)
        if not match:
            continue
        rest = match.group(2)
        words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
        flags = [word for word in words if word.startswith("--")]
        if any(flag.startswith("--from=") for flag in flags):
            continue
        paths = [word for word in words if not word.startswith(("--", "<<"))]
        found += [path for path in paths[:-1] if "://" not in path]
    return found


def _ignored(context: Path, dockerfile: Path) -> list[tuple[bool, re.Pattern[str]]]:
    own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    file = own if own.is_file() else context / ".dockerignore"
    if not file.is_file():
        return []
    rules = []
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        negated = text.startswith("!")
        rules.append((negated, _pattern(text.lstrip("!").strip("/"))))
    return rules


def _pattern(text: str) -> re.Pattern[str]:
    """Docker's pattern as a regular expression that also matches what lies below."""
    expression = ""
    index = 0
    while index < len(text):
        if text.startswith("**/", index):
            expression, index = expression + "(?:.*/)?", index + 3
        elif text.startswith("**", index):
            expression, index = expression + ".*", index + 2
        elif text[index] == "*":
            expression, index = expression + "[^/]*", index + 1
        elif text[index] == "?":
            expression, index = expression + "[^/]", index + 1
        else:
            expression, index = expression + re.escape(text[index]), index + 1
    return re.compile(f"^{expression}(?:/.*)?$")


def missing_sources(dockerfile: Path, context: Path) -> list[str]:
    """The copied paths that the build would not find: absent, or dropped by ``.dockerignore``."""
    rules = _ignored(context, dockerfile)
    missing = []
    for source in copied_sources(dockerfile):
        relative = source.strip("/").removeprefix("./") or "."
        if relative == ".":
            continue
        matches = list(context.glob(relative))
        kept = [path for path in matches if not _dropped(path, context, rules)]
        if not kept:
            missing.append(source)
    return missing


def _dropped(path: Path, context: Path, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    """Whether the last matching rule drops the path and nothing inside it is brought back."""
    relative = path.relative_to(context).as_posix()
    dropped = False
    for negated, pattern in rules:
        if pattern.match(relative):
            dropped = not negated
    if dropped and path.is_dir():
        return not any(
            not _dropped(item, context, rules) for item in path.rglob("*") if item.is_file()
        )
    return dropped
