"""What a Dockerfile copies out of its context, and whether it is there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from components.build_context import context_files

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


def missing_sources(dockerfile: Path, context: Path) -> list[str]:
    """The copied paths that the build would not find: absent, or dropped by ``.dockerignore``."""
    seen = list(context_files(context))
    missing = []
    for source in copied_sources(dockerfile):
        relative = source.strip("/").removeprefix("./") or "."
        if relative == ".":
            continue
        named = {path.relative_to(context).as_posix() for path in context.glob(relative)}
        if not any(file == name or file.startswith(f"{name}/") for file in seen for name in named):
            missing.append(source)
    return missing
