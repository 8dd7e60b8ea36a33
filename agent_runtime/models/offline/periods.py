"""Dates in questions and lengths of time: 2024년 3월, Q1 2024, the period that suits a span."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from agent_runtime.models.offline.vocabulary import MONTHS

_YEAR = re.compile(
    r"((?:19|20)\d\d)(?:년|년도)?(?:에|의|과|와|도|은|는|을|을|에는|에서|부터|까지|대비|보다)?"
)
_MONTH = re.compile(r"(\d{1,2})월(?:에|의|과|와|은|는|에는|달|부터|까지|보다)?")
_QUARTER = re.compile(r"(?:q([1-4])|([1-4])(?:q|분기))(?:에|의|과|와|은|는)?", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,2})일(?:에|의|과|와|은|는|에는|부터|까지|보다)?")
_HALF = re.compile(r"(상반기|하반기|h1|h2)(?:에|의|과|와|은|는|에는)?", re.IGNORECASE)
_FIRST = ("상반기", "h1", "H1")
_ISO = re.compile(r"((?:19|20)\d\d)[-./](\d{1,2})(?:[-./](\d{1,2}))?")
FILTER = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?")
"""A period as contracts write it: 2024, 2024-Q1, 2024-03, 2024-03-05."""


def period_filter(words: Sequence[str]) -> tuple[int, str] | None:
    """How many of the words name one period, and that period; None when they name none."""
    if not words:
        return None
    iso = _ISO.fullmatch(words[0])
    if iso:
        year, month, day = iso.groups()
        return 1, f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    year = _YEAR.fullmatch(words[0])
    following = words[1] if len(words) > 1 else ""
    if year:
        part = _HALF.fullmatch(following)
        if part:
            return 2, f"{year[1]}-01..{year[1]}-06" if part[
                1
            ] in _FIRST else f"{year[1]}-07..{year[1]}-12"
        month, quarter = _MONTH.fullmatch(following), _QUARTER.fullmatch(following)
        if month and 1 <= int(month[1]) <= 12:
            day = _DAY.fullmatch(words[2]) if len(words) > 2 else None
            if day and 1 <= int(day[1]) <= 31:
                return 3, f"{year[1]}-{int(month[1]):02d}-{int(day[1]):02d}"
            return 2, f"{year[1]}-{int(month[1]):02d}"
        if quarter:
            return 2, f"{year[1]}-Q{quarter[1] or quarter[2]}"
        return 1, year[1]
    year = _YEAR.fullmatch(following)
    if year and words[0].casefold() in MONTHS:
        return 2, f"{year[1]}-{MONTHS[words[0].casefold()]:02d}"
    quarter = _QUARTER.fullmatch(words[0])
    if year and quarter:
        return 2, f"{year[1]}-Q{quarter[1] or quarter[2]}"
    return None


def moment(value: object) -> datetime | None:
    """A profile's minimum or maximum as a moment, whatever ISO form it has."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError:
        return None


def period_for(first: object, last: object) -> str:
    """The period that gives a readable series between two moments: about 6 to 60 points."""
    start, end = moment(first), moment(last)
    if start is None or end is None:
        return "month"
    days = (end - start).total_seconds() / 86400
    for period, longest in (
        ("hour", 2),
        ("day", 45),
        ("week", 120),
        ("month", 1830),
        ("quarter", 5500),
    ):
        if days <= longest:
            return period
    return "year"


def from_to(first: str, last: str) -> str:
    """One filter value for the time from one period to another, each of which may be a range."""
    begin, end = first.partition("..")[0], last.rpartition("..")[2]
    return begin if begin == end else f"{begin}..{end}"


def period_of(date: str) -> str:
    """How long a date as contracts write it is: a year, quarter, month or day."""
    if "Q" in date:
        return "quarter"
    return {4: "year", 7: "month"}.get(len(date), "day")
