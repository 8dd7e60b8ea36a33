"""The report's draft: the answer first, then the findings, what is open and the method."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from agent_runtime.models.offline.naming import names
from agent_runtime.models.offline.prose.english import English
from agent_runtime.models.offline.prose.facts import Facts, Section, facts_of, safe_name
from agent_runtime.models.offline.prose.korean import Korean


def write_draft(
    question: str,
    language: str,
    title: str,
    steps: Sequence[Mapping[str, Any]],
    results: Mapping[str, Any],
    quoted: bool = False,
) -> str:
    """The whole draft in Markdown.

    `quoted` writes every name from the data as code: the way to mend a draft in which the audit
    took a name for a number.
    """
    words = headings(language)
    told = [
        (facts, section_of(facts, language) if facts.calculations else None)
        for facts in facts_of(steps, results, quoted)
    ]
    leads = [section.lead for _, section in told if section]
    if results.get("unanswered"):
        leads.append(words["partly"])
    parts = [
        f"# {safe_name(title, True) if quoted or has_digit(title) else title}",
        f"**{words['question']}**: {prose(question)}",
        f"## {words['answer']}",
        "\n".join(f"- {lead}" for lead in leads) or words["nothing"],
        f"## {words['findings']}",
    ]
    for facts, section in told:
        parts.append(f"### {names(language).title(facts.names)}")
        parts += _told(facts, section, words)
    parts += _open_questions(results, words)
    parts += [f"## {words['method']}", _verification(results, words), words["scope"]]
    return "\n\n".join(part for part in parts if part) + "\n"


def section_of(facts: Facts, language: str) -> Section:
    """What the report says about one step, in the job's language."""
    return (Korean() if language == "ko" else English()).section(facts)


@cache
def headings(language: str) -> dict[str, str]:
    """Headings and fixed sentences of a language."""
    text = files(__package__).joinpath("headings.toml").read_text(encoding="utf-8")
    words: dict[str, str] = tomllib.loads(text)["ko" if language == "ko" else "en"]
    return words


def has_digit(text: str) -> bool:
    """Whether the audit could find a number in the text."""
    return any(character.isdigit() for character in text)


def _told(facts: Facts, section: Section | None, words: Mapping[str, str]) -> list[str]:
    if section is None:
        return [words["failed"]]
    first, *rest = [*section.paragraphs, ""]
    parts = [f"{section.lead} {first}".strip(), *rest]
    if section.rows:
        line = "| " + " | ".join(section.header) + " |"
        rule = "|" + "|".join([" --- ", *[" ---: "] * (len(section.header) - 1)]) + "|"
        rows = ["| " + " | ".join(row) + " |" for row in section.rows]
        parts.append("\n".join([line, rule, *rows]))
    if facts.has_chart:
        parts.append(f"![](chart:{facts.step}_chart)")
    return parts


def _open_questions(results: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    unanswered = results.get("unanswered") or ()
    lines = [
        f"- {safe_name(str(entry.get('phrase', '')), True)}: {prose(str(entry.get('reason', '')))}"
        for entry in unanswered
    ]
    return [f"## {words['open']}", "\n".join(lines)] if lines else []


def _verification(results: Mapping[str, Any], words: Mapping[str, str]) -> str:
    statuses = {str(entry.get("status")) for entry in results.get("calculations") or ()}
    return words["verified"] if statuses <= {"verified"} else words["unverified"]


def prose(sentence: str) -> str:
    """A sentence that names columns: words that could be read as numbers or signs become code."""
    return " ".join(
        safe_name(word, True) if has_digit(word) or set(word) & set("_*`[]<>#|{}$\\\\~!&") else word
        for word in sentence.split()
    )
