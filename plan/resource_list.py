"""The machine-readable plan: every resource, the stack's outputs, cost and findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from plan.cost import Cost
from plan.proofs.finding import Verdict
from plan.recording import UNKNOWN, Recording, mask


def _in_order(value: Any) -> Any:
    """The value with its keys sorted: the SDK resolves inputs in an order that changes by run."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def resource_list(recording: Recording, cost: Cost, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """One JSON document; secrets are masked, values only known after creation are marked."""
    return {
        "project": recording.project,
        "stack": recording.stack,
        "region": recording.region,
        "resources": [
            {
                "urn": item.urn,
                "type": item.type,
                "name": item.name,
                "parent": item.parent or None,
                "inputs": _in_order(item.masked_inputs()),
                "dependencies": sorted(item.dependencies),
                "protect": item.protect,
            }
            for item in recording.sorted()
        ],
        "outputs": {
            key: "[secret]"
            if key in recording.secret_exports
            else _in_order(mask(value, frozenset()))
            for key, value in sorted(recording.exports.items())
            if value is not UNKNOWN
        },
        "cost": {
            "currency": cost.table.currency,
            "as_of": cost.table.as_of,
            "region": cost.table.region,
            "idle": round(cost.idle, 2),
            "always": round(cost.always, 2),
            "lines": [asdict(line) for line in cost.lines],
        },
        "proofs": [
            {
                "proof": verdict.proof,
                "holds": verdict.holds,
                "looked_at": verdict.looked_at,
                "findings": [asdict(finding) for finding in verdict.findings],
            }
            for verdict in verdicts
        ],
    }
