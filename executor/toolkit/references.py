"""What both renderers say about citations and sources: details, verdict, size and period."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from executor.toolkit.formatting import Language, format_value
from executor.toolkit.report_text import words
from executor.toolkit.verification_reasons import reason_in

if TYPE_CHECKING:
    from executor.toolkit.report import Source
    from executor.toolkit.verification import Citation


class Detail(NamedTuple):
    """One line below a citation's label; ``code`` asks for a fixed-width face."""

    name: str
    value: str
    code: bool = False


def details(citation: "Citation", language: Language) -> list[Detail]:
    """Return formula, source with columns and rows, note, query and reason, as far as given."""
    said = words(language)
    place = [citation.source, ", ".join(citation.columns)]
    if citation.rows is not None:
        place.append(said["rows_used"].format(rows=f"{citation.rows:,}"))
    # A formula in words that only says the label again tells a reader nothing.
    formula = "" if _repeats(citation.formula, citation.label) else citation.formula
    lines = [
        Detail(said["formula"], formula),
        Detail(said["source"], " · ".join(part for part in place if part)),
        Detail(said["note"], citation.note),
        Detail("SQL", citation.query, code=True),
        Detail(said["reason"], reason_in(citation.reason, language)),
    ]
    return [line for line in lines if line.value]


def _repeats(formula: str, label: str) -> bool:
    """Whether every word of the formula is in the label."""
    return set(re.findall(r"[^\W_]+", formula)) <= set(re.findall(r"[^\W_]+", label))


def recomputed(citation: "Citation", language: Language) -> str:
    """Return the value that a mismatch was recomputed to, formatted; empty for other statuses."""
    if citation.status != "mismatch" or citation.recomputed is None:
        return ""
    again = format_value(citation.recomputed, citation.unit, language)
    return f"{words(language)['recomputed']}: {again}"


def verdict(citations: Sequence["Citation"], language: Language) -> str:
    """Return the sentence under the title: how many citations hold and how that was checked."""
    said = words(language)
    if not citations:
        return said["no_citations"]
    statuses = [citation.status for citation in citations]
    counts = {name: statuses.count(name) for name in ("verified", "mismatch", "unverifiable")}
    return f"{said['sentence'].format(total=len(statuses), **counts)} {said['method']}"


def size(source: "Source") -> str:
    """Return rows by columns, or a dash when the file can no longer be loaded."""
    return "-" if source.rows is None else f"{source.rows:,} × {source.columns}"


def period(source: "Source") -> str:
    """Return first and last day, or a dash for a file without dates."""
    return "-" if source.period is None else " – ".join(source.period)
