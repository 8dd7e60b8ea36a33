"""IAM decisions from a real evaluator, asked in one batch.

The evaluator (`plan/evaluator`, run by Node) knows actions, resource types, conditions, resource
and endpoint policies. Matching by hand is what this replaces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from plan.evaluator_process import EvaluatorProcess, EvaluatorUnavailableError


@dataclass(frozen=True)
class Question:
    """May ``principal`` do ``action`` on ``resource`` in this context?

    ``policies`` are the principal's own, each ``{"name", "policy"}``; an allowing statement's Sid
    comes back in :attr:`Decision.rights`. ``documented`` skips the catalogue's resource types.
    """

    key: str
    principal: str
    action: str
    resource: str
    account: str
    context: Mapping[str, str]
    policies: Sequence[Mapping[str, Any]]
    endpointPolicies: Sequence[Mapping[str, Any]] = ()
    resourcePolicy: Mapping[str, Any] | None = None
    documented: bool = False


@dataclass(frozen=True)
class Decision:
    """The answer to a question."""

    allowed: bool
    rights: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class ActionFacts:
    """What the catalogue of actions says of one."""

    exists: bool
    wildcard_only: bool
    types: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """Answers by question key, and facts by action."""

    decisions: Mapping[str, Decision] = field(default_factory=dict)
    actions: Mapping[str, ActionFacts] = field(default_factory=dict)


@cache
def _evaluator() -> EvaluatorProcess:
    return EvaluatorProcess()


@cache
def _ask(document: str) -> str:
    try:
        return _evaluator().ask(document)
    except EvaluatorUnavailableError:
        _evaluator.cache_clear()
        raise


def _plain(question: Question) -> dict[str, Any]:
    """The question without the principal's policies, which are sent once for all questions."""
    return {key: value for key, value in vars(question).items() if key != "policies"}


def evaluate(questions: Sequence[Question], actions: Sequence[str]) -> Evaluation:
    """Decides all questions and looks up all actions; equal batches are asked once a process.

    Raises:
        EvaluatorUnavailableError: Not installed, failed, or silent for 60 s.
    """
    document = {
        "simulations": [_plain(item) for item in questions],
        "policies": {item.principal: item.policies for item in questions},
        "actions": sorted(set(actions)),
    }
    answer = json.loads(_ask(json.dumps(document, sort_keys=True)))
    decisions = {
        key: Decision(entry["allowed"], tuple(entry["rights"]), entry["reason"])
        for key, entry in answer["simulations"].items()
    }
    facts = {
        name: ActionFacts(entry["exists"], entry["wildcardOnly"], tuple(entry["types"]))
        for name, entry in answer["actions"].items()
    }
    return Evaluation(decisions, facts)
