"""What a build would be sent of a folder: `.dockerignore` by its documented rules.

A path is left out when the last pattern that matches it, or a folder above it, has no `!`.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPLICATIONS = ("executor", "agent_runtime")


def build_context(folder: Path) -> set[str]:
    """Relative paths of the files that reach the builder."""
    patterns = _patterns((folder / ".dockerignore").read_text())
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if not _is_ignored(path, patterns)}


def _patterns(text: str) -> list[tuple[bool, re.Pattern[str]]]:
    lines = [line.strip() for line in text.splitlines()]
    return [
        (not line.startswith("!"), _regex(line.removeprefix("!").strip("/")))
        for line in lines
        if line and not line.startswith("#")
    ]


def _regex(pattern: str) -> re.Pattern[str]:
    pieces = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern)
    return re.compile("".join(pieces.get(token, re.escape(token)) for token in tokens))


def _is_ignored(path: Path, patterns: list[tuple[bool, re.Pattern[str]]]) -> bool:
    names = [path.as_posix(), *(parent.as_posix() for parent in path.parents[:-1])]
    ignored = False
    for leaves_out, regex in patterns:
        if any(regex.fullmatch(name) for name in names):
            ignored = leaves_out
    return ignored
