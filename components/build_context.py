"""The files that a Docker build sees, and a digest of them.

The digest decides whether an image is rebuilt and tags it, so it must change exactly when the
build's input changes: `.dockerignore` is honoured, and neither times nor owners count.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Kept in the context whatever .dockerignore says, because the build itself needs them.
ALWAYS_KEPT = ("Dockerfile", ".dockerignore")


class BuildContextError(ValueError):
    """A build context that cannot be built; the message names what is missing."""


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    keeps: bool


def _compile(pattern: str) -> re.Pattern[str]:
    """A .dockerignore pattern; it matches the named path and everything below it.

    Wildcards are those of Docker's moby/patternmatcher: ``*`` and ``?`` stop at a slash, ``**``
    does not.
    """
    out = ""
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            out, position = out + "(?:.*/)?", position + 3
        elif pattern.startswith("**", position):
            out, position = out + ".*", position + 2
        elif pattern[position] == "*":
            out, position = out + "[^/]*", position + 1
        elif pattern[position] == "?":
            out, position = out + "[^/]", position + 1
        elif pattern[position] == "[" and (end := pattern.find("]", position + 1)) > position:
            out, position = out + pattern[position : end + 1], end + 1
        else:
            out, position = out + re.escape(pattern[position]), position + 1
    return re.compile(f"{out}(?:/.*)?")


def _rules(context: Path) -> list[_Rule]:
    ignore = context / ".dockerignore"
    if not ignore.is_file():
        return []
    rules = []
    for line in ignore.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        keeps = text.startswith("!")
        text = os.path.normpath(text.removeprefix("!").strip()).lstrip("/")
        rules.append(_Rule(_compile(text), keeps))
    return rules


def context_files(context: Path) -> Iterator[str]:
    """The paths below `context` that a build sees, sorted, with forward slashes."""
    rules = _rules(context)
    for path in sorted(context.rglob("*")):
        relative = path.relative_to(context).as_posix()
        if path.is_dir() and not path.is_symlink():
            continue
        kept = True
        for rule in rules:
            if rule.pattern.fullmatch(relative):
                kept = rule.keeps
        if kept or relative in ALWAYS_KEPT:
            yield relative


def context_digest(context: Path, *, platform: str, build_args: Mapping[str, str]) -> str:
    """Sixteen hex digits that change with the files, the platform or the build arguments.

    Raises:
        BuildContextError: no such folder, or no Dockerfile in it.
    """
    if not context.is_dir():
        raise BuildContextError(f"The build context {context} is not a folder.")
    if not (context / "Dockerfile").is_file():
        raise BuildContextError(f"The build context {context} has no Dockerfile.")
    digest = hashlib.sha256(platform.encode())
    for key, value in sorted(build_args.items()):
        digest.update(f"\0{key}={value}".encode())
    for relative in context_files(context):
        path = context / relative
        digest.update(f"\0{relative}\0{path.lstat().st_mode & 0o111:o}\0".encode())
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]
