"""The report in a few sentences, with values instead of placeholders: the job's last word."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_runtime.models.offline.prose.draft import section_of
from agent_runtime.models.offline.prose.facts import facts_of

_PLACEHOLDER = re.compile(r"\{\{([a-z0-9_]+)(?:\|plain)?\}\}")
_MOST_SENTENCES = 6


def summary(language: str, steps: Sequence[Mapping[str, Any]], results: Mapping[str, Any]) -> str:
    """The leading sentence of each finding, then what was left open."""
    values = {str(entry.get("id")): entry for entry in results.get("calculations") or ()}
    leads = [
        section_of(facts, language).lead
        for facts in facts_of(steps, results, quoted=False)
        if facts.calculations
    ]
    lines = [_PLACEHOLDER.sub(lambda m: _shown(values.get(m[1], {})), lead) for lead in leads]
    reasons = [str(entry.get("reason", "")) for entry in results.get("unanswered") or ()]
    told = [line.replace("**", "").replace("`", "") for line in lines[:_MOST_SENTENCES]]
    return "\n".join([*told, *reasons])


def _shown(entry: Mapping[str, Any]) -> str:
    value, unit = entry.get("value"), str(entry.get("unit") or "")
    if not isinstance(value, int | float):
        return str(value)
    digits = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    if unit == "%":
        return f"{value:,.1f}%"
    return f"{digits}{'' if unit[:1] >= '가' else ' '}{unit}".rstrip()
