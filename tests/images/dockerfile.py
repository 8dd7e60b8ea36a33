"""A Dockerfile as a list of instructions, continuation lines joined."""

import re
from pathlib import Path

from tests.images.build_context import ROOT


def instructions(application: str) -> list[tuple[str, str]]:
    """(instruction, rest of the line) in order, comments left out."""
    text = Path(ROOT, application, "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(name.upper(), rest) for name, rest in pairs]


def values(application: str, instruction: str) -> list[str]:
    """What follows each instruction of this kind."""
    return [rest for name, rest in instructions(application) if name == instruction]
