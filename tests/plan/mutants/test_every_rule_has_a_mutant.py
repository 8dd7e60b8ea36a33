"""Reads the rules out of the proofs' own source, so that a new one cannot lack its mutant."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from plan.proofs import PROOFS, order
from tests.plan.mutants.test_every_recorded_failure_is_found_again import TABLE

FOLDER = Path(order.__file__).parent


def parsed(*modules: str) -> dict[str, ast.Module]:
    """These modules of the proofs and every one that they import, by name."""
    found: dict[str, ast.Module] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(found[name]):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("plan.proofs."):
                waiting.append(str(node.module).rsplit(".", 1)[1])
    return found


PARSED = parsed(*PROOFS)


def rules(module: ast.Module) -> Iterator[str]:
    """The first argument of each ``findings.add``; a computed one fails, as nobody can list it."""
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Attribute(attr="add", value=holder), args=[rule, _, _]):
                if ast.unparse(holder).endswith("findings"):
                    assert isinstance(rule, ast.Constant), (
                        f"line {rule.lineno}: {ast.unparse(rule)}"
                    )
                    yield str(rule.value)


@pytest.mark.parametrize("module", sorted(PARSED))
def test_every_rule_has_a_mutant(module: str) -> None:
    assert set(rules(PARSED[module])) - {mutant.rule for mutant in TABLE} == set()


def test_rules_are_read_from_the_helpers_of_a_proof_too() -> None:
    found = {rule for module in PARSED.values() for rule in rules(module)}
    assert {"origin", "digest", "agentcore-zone", "used-too-early", "interfaces-held"} <= found
