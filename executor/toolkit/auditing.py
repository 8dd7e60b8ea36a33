"""Check a report's draft: every number in it is cited, known and verified, or it is a finding."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from executor.toolkit.audited_text import audited_text
from executor.toolkit.calculations import Calculation, read_calculations
from executor.toolkit.charts import read_charts
from executor.toolkit.document import ChartPlace, Placeholder, Text
from executor.toolkit.draft import parse
from executor.toolkit.errors import ReportError
from executor.toolkit.number_words import find_numbers
from executor.toolkit.verification import VERIFIED, Citation, read_citations
from executor.toolkit.workspace import AUDIT, DRAFT, artifacts_lock, read_report_title, write_json

Kind = Literal[
    "uncited_number",
    "unknown_calculation",
    "unknown_chart",
    "unverified_citation",
    "unused_calculation",
]
Verdict = Literal["pass", "retry", "needs_review"]
# What writing the draft again can mend, and what a person must look at; unused is only said.
_MENDED_BY_REWRITING = {"uncited_number", "unknown_calculation", "unknown_chart"}
_NEEDS_A_PERSON = {"unverified_citation"}
# "per 1,000" scales a value; any other number in a unit is one of its own.
_POWER_OF_TEN = re.compile(r"10{2,}|10{0,2}(?:,000)+")


@dataclass(frozen=True)
class Finding:
    """One finding; ``line`` is the draft's line, None when it concerns the whole draft."""

    kind: Kind
    text: str
    line: int | None
    advice: str


@dataclass(frozen=True)
class AuditSummary:
    """The content of ``artifacts/audit.json``.

    ``retry``: a rewrite can mend it. ``needs_review``: a citation is not verified. ``pass``: at
    most unused calculations were found. ``numbers_cited`` counts placeholders of known ones.
    """

    verdict: Verdict
    findings: list[Finding]
    numbers_cited: int
    numbers_uncited: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-serialisable data."""
        return asdict(self)


def audit() -> AuditSummary:
    """Audit ``artifacts/report_draft.md`` with title and captions; write ``artifacts/audit.json``.

    Raises:
        ReportError: no draft was written yet, or it cannot be parsed.
    """
    try:
        draft = DRAFT.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{DRAFT} cannot be read: build the report first") from error
    summary = audit_draft(draft, read_report_title())
    with artifacts_lock():
        write_json(AUDIT, summary.to_dict())
    return summary


def audit_draft(draft: str, title: str = "") -> AuditSummary:
    """Audit a draft against the workspace's calculations, citations and charts; writes nothing.

    Args:
        draft: Markdown, see ``executor.toolkit.draft``.
        title: the report's title, when the draft's first heading is not it.
    """
    known = {calculation.id: calculation for calculation in read_calculations()}
    citations = {citation.calculation_id: citation for citation in read_citations()}
    charts = read_charts()
    findings: list[Finding] = []
    used: set[str] = set()
    cited = 0

    def cite(part: Placeholder) -> list[Finding]:
        if part.id not in known:
            return [_unknown_calculation(part, list(known))]
        first = part.id not in used
        used.add(part.id)
        return _own_findings(part, known[part.id], citations.get(part.id)) if first else []

    for part, place in audited_text(title, parse(draft), charts):
        if isinstance(part, Text):
            findings.extend(_uncited(part, place))
        elif isinstance(part, Placeholder):
            cited += part.id in known
            findings.extend(cite(part))
        elif part.id not in charts:
            findings.append(_unknown_chart(part, list(charts)))
        else:
            for identifier in charts[part.id].calculations:
                findings.extend(cite(Placeholder(identifier, True, part.line)))
    findings.extend(_unused(id, entry.label) for id, entry in known.items() if id not in used)
    uncited = sum(finding.kind == "uncited_number" for finding in findings)
    return AuditSummary(_verdict(findings), findings, cited, uncited)


def _verdict(findings: list[Finding]) -> Verdict:
    kinds = {finding.kind for finding in findings}
    if kinds & _MENDED_BY_REWRITING:
        return "retry"
    return "needs_review" if kinds & _NEEDS_A_PERSON else "pass"


def _own_findings(
    part: Placeholder, calculation: Calculation, citation: Citation | None
) -> list[Finding]:
    """What is wrong with a cited calculation itself: its status, a number hidden in its unit."""
    problem = _unverified(part, citation)
    hidden = [
        Finding(
            "uncited_number",
            number,
            part.line,
            f"the unit of '{part.id}' holds {number}: do not cite it, or record a unit without it",
        )
        for number in find_numbers(calculation.unit)
        if not _POWER_OF_TEN.fullmatch(number)
    ]
    return [*([problem] if problem else []), *hidden]


def _uncited(part: Text, place: str) -> list[Finding]:
    return [
        Finding(
            "uncited_number",
            number,
            part.line,
            f"{place}replace {number} with the {{{{id}}}} of a registered calculation, or"
            " remove it",
        )
        for number in find_numbers(part.text)
    ]


def _unknown_calculation(part: Placeholder, known: list[str]) -> Finding:
    return Finding(
        "unknown_calculation",
        part.id,
        part.line,
        f"use the id of a registered calculation: {_listed(known)}",
    )


def _unknown_chart(part: ChartPlace, known: list[str]) -> Finding:
    return Finding(
        "unknown_chart", part.id, part.line, f"use the id of a saved chart: {_listed(known)}"
    )


def _unverified(part: Placeholder, citation: Citation | None) -> Finding | None:
    if citation is None:
        return Finding(
            "unverified_citation", part.id, part.line, "run the verification after recording"
        )
    if citation.status == VERIFIED:
        return None
    return Finding(
        "unverified_citation",
        part.id,
        part.line,
        f"{citation.status}: {citation.reason}; a person must look at the calculation",
    )


def _unused(identifier: str, label: str) -> Finding:
    return Finding(
        "unused_calculation",
        identifier,
        None,
        f"'{label}' was calculated but is not in the report: cite it or leave it out",
    )


def _listed(names: list[str]) -> str:
    if not names:
        return "none is there yet"
    return ", ".join(names[:10]) + (" ..." if len(names) > 10 else "")
