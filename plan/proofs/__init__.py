"""The proofs: functions from a recording to typed findings, one module each."""

from __future__ import annotations

from collections.abc import Mapping

from plan.proofs import environment, images, order, placement, reach, rights
from plan.proofs.finding import Finding, Proof, Verdict
from plan.recording import Recording

__all__ = ["PROOFS", "Finding", "Proof", "Verdict", "prove_all"]

PROOFS: Mapping[str, Proof] = {
    environment.NAME: environment.prove,
    rights.NAME: rights.prove,
    reach.NAME: reach.prove,
    images.NAME: images.prove,
    placement.NAME: placement.prove,
    order.NAME: order.prove,
}


def prove_all(recording: Recording) -> list[Verdict]:
    """Every proof's verdict, in the order of the list."""
    return [prove(recording) for prove in PROOFS.values()]
