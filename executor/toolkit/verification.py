"""Recompute every registered calculation in a second engine and say whether it holds.

Tolerance: two numbers agree when they differ by at most one part in 10^9 (summation order), or when
the recorded one is the recomputed one rounded to the decimals it shows, with at most 1 % relative
difference so that rounding cannot hide an error. A recorded integer is never taken for a rounding.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from executor.toolkit.calculations import Calculation, Value, read_calculations
from executor.toolkit.dependence import Computed, constant_queries
from executor.toolkit.errors import DataError, ToolkitError
from executor.toolkit.query_shape import count_query, picks_a_number, reads_source
from executor.toolkit.sandbox import QueryError, Sandbox
from executor.toolkit.workspace import (
    CITATIONS,
    artifacts_lock,
    confine,
    read_json_list,
    sha256_of,
    write_json,
)

RELATIVE_TOLERANCE = 1e-9
ROUNDING_CAP = 0.01

_CONSTANT = "the query returns {} whatever the data hold: compute the value from the columns"
_PICKED = "the query picks among numbers written in it: compute the value from the columns"

VERIFIED, MISMATCH, UNVERIFIABLE = "verified", "mismatch", "unverifiable"


@dataclass(frozen=True)
class Citation:
    """A calculation with the verifier's judgement; ``reason`` is empty when it is verified."""

    number: int
    calculation_id: str
    label: str
    value: Value
    unit: str
    recomputed: Value
    status: str
    reason: str
    formula: str
    query: str
    source: str
    source_sha256: str | None
    columns: list[str]
    rows: int | None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-serialisable data."""
        return asdict(self)


@dataclass(frozen=True)
class VerificationSummary:
    """Counts per status and the citations; the content of ``artifacts/citations.json``."""

    verified: int
    mismatch: int
    unverifiable: int
    citations: list[Citation]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-serialisable data."""
        return asdict(self)


@dataclass
class _Source:
    """A freshly loaded source, or why it cannot be loaded."""

    sandbox: Sandbox | None
    name: str
    rows: int
    sha256: str | None
    problem: str


def verify() -> VerificationSummary:
    """Recompute every registered calculation and write ``artifacts/citations.json``.

    Each source is loaded once from disk, each query runs on it in DuckDB. Nothing is skipped: what
    cannot be recomputed is ``unverifiable`` with the reason, and so is what agrees but does not
    come from the data. Citation numbers that a report already printed stay as they are.
    """
    sources: dict[str, _Source] = {}
    citations = []
    try:
        for number, calculation in enumerate(_in_report_order(read_calculations()), start=1):
            source = sources.get(calculation.source)
            if source is None:
                source = sources[calculation.source] = _open(calculation.source)
            citations.append(_judge(number, calculation, source))
        for path, source in sources.items():
            citations = _without_constants(citations, path, source)
    finally:
        for source in sources.values():
            if source.sandbox is not None:
                source.sandbox.close()
    return write_citations(citations)


def write_citations(citations: list[Citation]) -> VerificationSummary:
    """Write the citations in the order given and return them with their counts."""
    statuses = [citation.status for citation in citations]
    summary = VerificationSummary(
        statuses.count(VERIFIED),
        statuses.count(MISMATCH),
        statuses.count(UNVERIFIABLE),
        citations,
    )
    with artifacts_lock():
        write_json(CITATIONS, summary.to_dict())
    return summary


def read_citations() -> list[Citation]:
    """Return the citations last written; empty before the first verification.

    Raises:
        ToolkitError: the file was changed by hand into something else.
    """
    try:
        return [Citation(**entry) for entry in read_json_list(CITATIONS, "citations")]
    except TypeError as error:
        raise ToolkitError(
            f"{CITATIONS} holds an entry with other fields than verify() writes: verify again"
        ) from error


def agree(recorded: Value, recomputed: Value) -> bool:
    """Tell whether two values agree within the tolerance stated at the top of this module."""
    if isinstance(recorded, str) and isinstance(recomputed, str):
        month = f"{recorded}-01" if len(recorded) == len("2024-03") else recorded
        return recorded.strip() == recomputed.strip() or month == recomputed
    if recorded is None or recomputed is None:
        return recorded is recomputed
    if isinstance(recorded, str) or isinstance(recomputed, str):
        return str(recorded) == str(recomputed)
    if isinstance(recomputed, float) and not math.isfinite(recomputed):
        return False
    if math.isclose(recorded, recomputed, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12):
        return True
    decimals = _decimals(recorded)
    if decimals == 0:
        return False
    half_unit = 0.5 * 10**-decimals * (1 + 1e-6)
    difference = abs(recorded - recomputed)
    return difference <= half_unit and difference <= ROUNDING_CAP * abs(recomputed)


def _decimals(number: float) -> int:
    """Return how many decimals the shortest form of a number shows; 0 for whole numbers."""
    text = repr(float(number))
    if "e" in text or text.endswith(".0"):
        return 0
    return len(text.partition(".")[2])


def _in_report_order(calculations: list[Calculation]) -> list[Calculation]:
    """Order calculations as the last citations were numbered, new ones behind."""
    try:
        numbers = {citation.calculation_id: citation.number for citation in read_citations()}
    except ToolkitError:
        # A spoilt citations.json is what verifying again mends.
        numbers = {}
    return sorted(calculations, key=lambda entry: numbers.get(entry.id, len(numbers) + 1))


def _open(source: str) -> _Source:
    from executor.toolkit.loading import load

    digest = None
    try:
        path = confine(source)
        digest = sha256_of(path) if path.is_file() else None
        table = load(source)
        sandbox = Sandbox(table)
    except DataError as error:
        return _Source(None, "", 0, digest, f"the source cannot be loaded: {error}")
    return _Source(sandbox, table.name, len(table.frame), digest, "")


def _judge(number: int, calculation: Calculation, source: _Source) -> Citation:
    recomputed, status, reason = _recompute(calculation, source)
    return Citation(
        number=number,
        calculation_id=calculation.id,
        label=calculation.label,
        value=calculation.value,
        unit=calculation.unit,
        recomputed=recomputed,
        status=status,
        reason=reason,
        formula=calculation.formula,
        query=calculation.query,
        source=calculation.source,
        source_sha256=source.sha256,
        columns=calculation.columns,
        rows=calculation.rows,
        note=calculation.note,
    )


def _without_constants(citations: list[Citation], path: str, source: _Source) -> list[Citation]:
    """Return the citations; verified ones of a source that it does not determine no longer are."""
    if source.sandbox is None:
        return citations
    computed = {
        citation.calculation_id: Computed(citation.query, citation.recomputed)
        for citation in citations
        if citation.source == path and citation.status == VERIFIED
    }
    constant = constant_queries(source.sandbox, source.name, source.sandbox.table, computed)
    return [
        replace(citation, status=UNVERIFIABLE, reason=_CONSTANT.format(citation.recomputed))
        if citation.calculation_id in constant
        else citation
        for citation in citations
    ]


def _recompute(calculation: Calculation, source: _Source) -> tuple[Value, str, str]:
    """Return the recomputed value, the status and the reason for anything but verified."""
    if source.sandbox is None:
        return None, UNVERIFIABLE, source.problem
    try:
        tree = source.sandbox.tree(calculation.query)
        if not reads_source(tree, source.name):
            return (
                None,
                UNVERIFIABLE,
                f'the query computes nothing from the source: it must read table "{source.name}"',
            )
        if picks_a_number(tree):
            return None, UNVERIFIABLE, _PICKED
        recomputed: Value = source.sandbox.value(calculation.query)
    except QueryError as error:
        return None, UNVERIFIABLE, str(error)
    if isinstance(recomputed, float) and not math.isfinite(recomputed):
        return None, UNVERIFIABLE, f"the query returns {recomputed}, not a finite number"
    if not agree(calculation.value, recomputed):
        return recomputed, MISMATCH, f"recorded {calculation.value}, recomputed {recomputed}"
    problem = _rows_problem(calculation, source, tree)
    return recomputed, MISMATCH if problem else VERIFIED, problem


def _rows_problem(calculation: Calculation, source: _Source, tree: dict[str, Any]) -> str:
    """Check the recorded number of rows as far as the query tells which rows it uses."""
    rows, sandbox = calculation.rows, source.sandbox
    if rows is None or sandbox is None:
        return ""
    if rows > source.rows:
        return f"recorded {rows:,} rows used, but the source has {source.rows:,}"
    query = count_query(sandbox, tree, calculation.columns)
    if query is None:
        return ""
    counts = sandbox.row(query)
    if rows in counts:
        return ""
    return f"recorded {rows:,} rows used, recomputed {counts[0]:,}"
