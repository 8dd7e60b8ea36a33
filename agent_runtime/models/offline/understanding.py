"""From a question and the profiles of the files to analyses, and to what cannot be answered."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_runtime.models.offline.analysis import Gap, Task
from agent_runtime.models.offline.clauses import Clause, clauses_of
from agent_runtime.models.offline.matching import Mention, scan
from agent_runtime.models.offline.overview import overview_tasks
from agent_runtime.models.offline.resolution import resolve
from agent_runtime.models.offline.tables import Table, tables_of
from agent_runtime.models.offline.tokens import tokenize

MAX_ANALYSES = 16
"""Most analyses of one question; a report beyond that is not read."""


@dataclass
class Understanding:
    """What a question asks of the data. `vague` is set when it named nothing in particular."""

    tasks: list[Task] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    vague: bool = False


def understand(question: str, profiles: Sequence[Mapping[str, Any]]) -> Understanding:
    """The analyses that answer the question, in its order, each once.

    Of several files each clause is read against the one whose columns it names; the file that the
    question fits best comes first. Files are not joined: a clause that needs two is a gap.
    """
    tables = tables_of(profiles)
    question = unicodedata.normalize("NFC", question)
    tokens = tokenize(question)
    readings = [(table, scan(tokens, table)) for table in tables]
    readings.sort(key=lambda reading: -_fit(reading[0], reading[1], question))
    result = Understanding()
    if not readings:
        return result
    table, mentions = readings[0]
    clauses = clauses_of(mentions)
    for clause in clauses:
        chosen, best = _better_table(clause, table, readings[1:])
        first, last = best.span
        phrase = " ".join(question[tokens[first].begin : tokens[last].end].split())
        _add(result, *resolve(best, chosen, phrase, alone=len(clauses) == 1))
    if not result.tasks and _asks_generally(clauses, result.gaps):
        result.vague = True
        measure = next((m for clause in clauses for m in clause.measures), None)
        _add(result, overview_tasks(table, measure), [])
    if result.tasks and len(tables) > 1 and result.vague:
        for other, _ in readings[1:]:
            _add(result, overview_tasks(other, None)[:2], [])
    result.tasks = result.tasks[:MAX_ANALYSES]
    return result


def _asks_generally(clauses: Sequence[Clause], gaps: Sequence[Gap]) -> bool:
    """Whether the question leaves open what to compute, by its words or by naming nothing."""
    open_clauses = [c for c in clauses if not (c.absent or c.unsupported or c.structured)]
    return not gaps or any(clause.general for clause in open_clauses)


def _fit(table: Table, mentions: Sequence[Mention], question: str) -> float:
    score = sum(mention.score for mention in mentions)
    lost = sum(mention.sort in ("absent", "unknown") for mention in mentions)
    named = len(table.name) > 2 and table.name.casefold() in question.casefold()
    return score - 0.5 * lost + 2 * named + min(table.rows, 10**9) / 10**12


def _better_table(
    clause: Clause, table: Table, others: Sequence[tuple[Table, list[Mention]]]
) -> tuple[Table, Clause]:
    """The table in which a clause finds all that it names, when the first lacks something."""
    if not clause.absent and clause.named:
        return table, clause
    start = clause.mentions[0].start
    for other, mentions in others:
        for candidate in clauses_of(mentions):
            covers = any(mention.start == start for mention in candidate.mentions)
            if covers and candidate.named and not candidate.absent:
                return other, candidate
    return table, clause


def _add(result: Understanding, tasks: Sequence[Task], gaps: Sequence[Gap]) -> None:
    known = {task.analysis for task in result.tasks}
    result.tasks += [task for task in tasks if task.analysis not in known]
    result.gaps += [gap for gap in dict.fromkeys(gaps) if gap not in result.gaps]
