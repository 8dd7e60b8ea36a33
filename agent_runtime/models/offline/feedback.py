"""A reviewer's words about a plan, understood like a question: what to drop, what to add."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.analysis import Analysis, Gap, Task
from agent_runtime.models.offline.clauses import Clause, clauses_of
from agent_runtime.models.offline.matching import Mention, scan
from agent_runtime.models.offline.planning import tasks_of
from agent_runtime.models.offline.tables import tables_of
from agent_runtime.models.offline.tokens import tokenize
from agent_runtime.models.offline.understanding import Understanding, understand

_BREAKS = (",", ";", ".", "\n", "고 ", "but ", "and ", "then ", "그리고 ")


def revise(
    plan: Mapping[str, Any], feedback: str, profiles: Sequence[Mapping[str, Any]]
) -> Understanding:
    """The plan's analyses with those dropped and added that the reviewer asked for.

    A part of the feedback that asks for neither in a way understood becomes a gap.
    """
    text = unicodedata.normalize("NFC", feedback)
    kept = tasks_of(plan)
    added: list[Task] = []
    gaps: list[Gap] = []
    for part in _parts(text):
        if _asks(part, vocabulary.REMOVALS):
            remaining = [task for task in kept if not _meant(task.analysis, part, profiles)]
            if len(remaining) == len(kept):
                gaps.append(Gap(part, "feedback"))
            kept = remaining
            continue
        only = _asks(part, vocabulary.ONLYS)
        found = understand(_without_verbs(part), profiles)
        if found.vague or not (found.tasks or found.gaps):
            gaps.append(Gap(part, "feedback"))
            continue
        if only:
            kept = []
        added += found.tasks
        gaps += found.gaps
    known = {task.analysis for task in kept}
    tasks = kept + [task for task in added if task.analysis not in known]
    return Understanding(tasks, gaps)


def _parts(text: str) -> list[str]:
    for mark in _BREAKS:
        text = text.replace(mark, f"{mark}\0" if mark.endswith(" ") else "\0")
    for verb in ("빼고", "제외하고", "삭제하고", "말고"):
        text = text.replace(verb, f"{verb}\0")
    return [part.strip() for part in text.split("\0") if any(c.isalnum() for c in part)]


def _without_verbs(part: str) -> str:
    verbs = vocabulary.ADDITIONS | vocabulary.ONLYS
    kept = [word for word in part.split() if not _asks(word, verbs)]
    return " ".join(kept)


def _asks(part: str, words: frozenset[str]) -> bool:
    tokens = [token.folded for token in tokenize(part)]
    return any(
        token == word or (not word.isascii() and token.startswith(word))
        for token in tokens
        for word in words
    )


def _meant(analysis: Analysis, part: str, profiles: Sequence[Mapping[str, Any]]) -> bool:
    """Whether words of the feedback describe an analysis of the plan."""
    table = next((t for t in tables_of(profiles) if t.path == analysis.source), None)
    if table is None:
        return False
    mentions = [m for m in scan(tokenize(part), table) if not _is_verb(m)]
    clauses = clauses_of(mentions)
    return any(_describes(clause, analysis) for clause in clauses)


def _is_verb(mention: Mention) -> bool:
    word = mention.text.casefold()
    return any(word.startswith(verb) for verb in vocabulary.REMOVALS)


def _describes(clause: Clause, analysis: Analysis) -> bool:
    columns = {column.name for column in [*clause.measures, *clause.dimensions, *clause.times]}
    own = {analysis.measure, analysis.second_measure, analysis.dimension, analysis.time}
    if clause.kinds and analysis.kind not in clause.kinds:
        same = {"share", "total", "count", "average"}
        if not (clause.dimensions and analysis.kind in same and set(clause.kinds) & same):
            return False
    if clause.period and clause.period != analysis.period:
        return False
    named = bool(clause.kinds or clause.period or columns)
    return named and columns <= own
