"""What a build would be sent of a folder: `.dockerignore` by its documented rules.

A path is left out when the last pattern that matches it, or a folder above it, has no `!`. Docker's
classic builder and buildah do not even look into a folder that is left out, unless a pattern with
`!` begins with its name.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPLICATIONS = ("executor", "agent_runtime")


def build_context(folder: Path) -> set[str]:
    """Relative paths of the files that reach the builder."""
    lines = [line.strip() for line in (folder / ".dockerignore").read_text().splitlines()]
    patterns = [_Pattern.parsed(line) for line in lines if line and not line.startswith("#")]
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if _is_sent(path, patterns)}


@dataclass(frozen=True)
class _Pattern:
    text: str
    leaves_out: bool
    regex: re.Pattern[str]

    @classmethod
    def parsed(cls, line: str) -> "_Pattern":
        text = line.removeprefix("!").strip("/")
        return cls(text, not line.startswith("!"), _regex(text))


def _regex(pattern: str) -> re.Pattern[str]:
    pieces = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern)
    return re.compile("".join(pieces.get(token, re.escape(token)) for token in tokens))


def _is_sent(path: Path, patterns: list[_Pattern]) -> bool:
    folders = [parent.as_posix() for parent in path.parents[:-1]]
    for folder in folders:
        named = any(f"{p.text}/".startswith(f"{folder}/") for p in patterns if not p.leaves_out)
        if _is_left_out(Path(folder), patterns) and not named:
            return False
    return not _is_left_out(path, patterns)


def _is_left_out(path: Path, patterns: list[_Pattern]) -> bool:
    names = [path.as_posix(), *(parent.as_posix() for parent in path.parents[:-1])]
    left_out = False
    for pattern in patterns:
        if any(pattern.regex.fullmatch(name) for name in names):
            left_out = pattern.leaves_out
    return left_out
