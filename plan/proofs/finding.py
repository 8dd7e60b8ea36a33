"""What a proof answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from plan.recording import Recording


@dataclass(frozen=True)
class Finding:
    """One broken rule.

    ``rule`` is a stable identifier that tests and mutants name, ``subject`` the resource, variable
    or role concerned, ``message`` one sentence with what is wrong and the way out.
    """

    proof: str
    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"[{self.proof}/{self.rule}] {self.subject}: {self.message}"


@dataclass(frozen=True)
class Verdict:
    """A proof's answer: what was looked at, in words, and every broken rule."""

    proof: str
    looked_at: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return not self.findings


Proof = Callable[[Recording], Verdict]


class Findings:
    """Collects the findings of one proof."""

    def __init__(self, proof: str) -> None:
        self.proof = proof
        self.found: list[Finding] = []

    def add(self, rule: str, subject: str, message: str) -> None:
        """Adds a finding."""
        self.found.append(Finding(self.proof, rule, subject, message))

    def verdict(self, looked_at: str) -> Verdict:
        """The verdict, findings ordered and without repeats."""
        ordered: Sequence[Finding] = sorted(
            set(self.found), key=lambda item: (item.rule, item.subject, item.message)
        )
        return Verdict(self.proof, looked_at, tuple(ordered))
