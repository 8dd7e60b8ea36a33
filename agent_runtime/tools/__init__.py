"""The tools of each agent; every result is one JSON text (docs/contracts.md, section 3.4)."""

import json
from typing import Any


def answer(value: Any) -> str:
    """A tool's result as one JSON text that keeps Korean readable."""
    return json.dumps(value, ensure_ascii=False, default=str)


def clip(text: str, most: int) -> str:
    """At most `most` characters: the first and the last half, and how many are missing."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"
