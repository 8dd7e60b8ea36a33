"""Periods counted from the data's last date: 지난해, 올해 1분기, last 3 months, a month alone.

A file has no today. What such words mean is counted from the last date in it, and the plan says so.
"""

import calendar
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent_runtime.models.offline.vocabulary import MONTHS, NUMBERS, RELATIVE, UNITS
from agent_runtime.models.offline.wording import stems

_MONTH = re.compile(r"(\d{1,2})월(?:달)?")
_DAY = re.compile(r"(\d{1,2})(?:일|st|nd|rd|th)?")
_QUARTER = re.compile(r"q([1-4])|([1-4])(?:q|분기)", re.IGNORECASE)
_LENGTH = re.compile(r"(\d{1,3})([^\d\W]*)")
_HALVES = {"상반기": 1, "하반기": 2, "h1": 1, "h2": 2}
_BEFORE_MONTH = frozenset(
    {"in", "of", "during", "for", "since", "until", "and", "vs", "from", "to"}
)

Found = tuple[int, str]
"""How many words were read, and the period that they name."""


def half(year: int, number: int) -> str:
    """The first or the second half of a year as a range of months."""
    return f"{year}-01..{year}-06" if number == 1 else f"{year}-07..{year}-12"


def relative_period(words: Sequence[str], before: str, last: datetime) -> Found | None:
    """The period that the words name when the data end at `last`; None when they name none.

    `before` is the word in front of them: an English month alone needs "in" or the like.
    """
    if not words:
        return None
    readings = [[stem for stem, _ in stems(word.casefold())] for word in words[:4]]
    return (
        _recent(readings, last)
        or _named(readings, last)
        or _alone(readings, words[0], before.casefold(), last)
    )


def _recent(readings: list[list[str]], last: datetime) -> Found | None:
    """ "최근 3개월", "last 6 months": as many units up to the last day."""
    if len(readings) < 2 or not _any(readings[0], RELATIVE["recent"]):
        return None
    for stem in readings[1]:
        found = _LENGTH.fullmatch(stem)
        number = int(found[1]) if found else NUMBERS.get(stem, 0)
        attached = found[2] if found else ""
        following = readings[2] if len(readings) > 2 else []
        for length, units in ((2, [attached]), (3, [] if attached else following)):
            unit = next((name for name, names in UNITS.items() if _any(units, names)), "")
            if number and unit:
                start = _back(last, number, unit) + timedelta(days=1)
                return length, f"{start.date().isoformat()}..{last.date().isoformat()}"
    return None


def _named(readings: list[list[str]], last: datetime) -> Found | None:
    """ "지난해", "last year", "올해 1분기": a unit some steps before the last one."""
    for length in (2, 1):
        if length > len(readings):
            continue
        joined = readings[0] if length == 1 else [readings[0][0] + stem for stem in readings[1]]
        for key in ("this", "last", "before_last"):
            steps = ("this", "last", "before_last").index(key)
            for unit in ("day", "week", "month", "quarter", "year"):
                if _any(joined, RELATIVE.get(f"{key}_{unit}", frozenset())):
                    if unit == "year":
                        return _within(readings[length:], length, last.year - steps)
                    return length, _unit(_back(last, steps, unit), unit)
    return None


def _within(following: list[list[str]], length: int, year: int) -> Found:
    """A part of the year that the next word names, or the whole year."""
    for stem in following[0] if following else []:
        quarter, month = _QUARTER.fullmatch(stem), _MONTH.fullmatch(stem)
        if quarter:
            return length + 1, f"{year}-Q{quarter[1] or quarter[2]}"
        if month and 1 <= int(month[1]) <= 12:
            return length + 1, f"{year}-{int(month[1]):02d}"
        if stem in _HALVES:
            return length + 1, half(year, _HALVES[stem])
    return length, str(year)


def _alone(readings: list[list[str]], word: str, before: str, last: datetime) -> Found | None:
    """A month, quarter or half without its year: the latest one that the data have reached."""
    for stem in readings[0]:
        quarter, month = _QUARTER.fullmatch(stem), _MONTH.fullmatch(stem)
        number = int(month[1]) if month else 0
        if word[:1].isupper() or before in _BEFORE_MONTH:
            number = number or MONTHS.get(stem, 0)
        if quarter:
            wanted = int(quarter[1] or quarter[2])
            year = last.year - (3 * wanted - 2 > last.month)
            return 1, f"{year}-Q{wanted}"
        if stem in _HALVES:
            return 1, half(last.year - (_HALVES[stem] == 2 and last.month < 7), _HALVES[stem])
        if 1 <= number <= 12:
            year = last.year - (number > last.month)
            day = _day(readings[1]) if len(readings) > 1 else 0
            if 1 <= day <= calendar.monthrange(year, number)[1]:
                return 2, f"{year}-{number:02d}-{day:02d}"
            return 1, f"{year}-{number:02d}"
    return None


def _day(readings: list[str]) -> int:
    return next((int(found[1]) for found in map(_DAY.fullmatch, readings) if found), 0)


def _unit(moment: datetime, unit: str) -> str:
    if unit == "quarter":
        return f"{moment.year}-Q{(moment.month + 2) // 3}"
    if unit == "month":
        return f"{moment.year}-{moment.month:02d}"
    if unit == "week":
        monday = moment - timedelta(days=moment.weekday())
        return f"{monday.date().isoformat()}..{(monday + timedelta(days=6)).date().isoformat()}"
    return moment.date().isoformat()


def _back(moment: datetime, number: int, unit: str) -> datetime:
    """The moment that many units earlier; a day that the month lacks becomes its last one."""
    if unit in ("day", "week"):
        return moment - timedelta(days=number * (7 if unit == "week" else 1))
    months = moment.year * 12 + moment.month - 1
    months -= number * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = max(months // 12, 1), months % 12 + 1
    last_of_month = calendar.monthrange(year, month)[1]
    ends = moment.day == calendar.monthrange(moment.year, moment.month)[1]
    day = last_of_month if ends else min(moment.day, last_of_month)
    return moment.replace(year=year, month=month, day=day)


def _any(stems_of_word: Sequence[str], words: frozenset[str]) -> bool:
    return any(stem in words for stem in stems_of_word)
