"""Names, values and conditions as SQL and as pandas code; everything is quoted, nothing trusted."""

import calendar
import math
from datetime import datetime, timedelta

from agent_runtime.models.offline.analysis import Filter
from agent_runtime.models.offline.days import NAMES, PART_NAMES, PARTS, days_of
from agent_runtime.models.offline.periods import FILTER
from agent_runtime.models.offline.tables import Column

PERIOD_SQL = {
    "hour": "strftime({}, '%Y-%m-%d %H:00')",
    "day": "strftime({}, '%Y-%m-%d')",
    "week": "strftime(date_trunc('week', {}), '%Y-%m-%d')",
    "month": "strftime({}, '%Y-%m')",
    "quarter": "year({0}) || '-Q' || quarter({0})",
    "year": "strftime({}, '%Y')",
}
"""A period's name in SQL; `period_text` of the prelude writes the same in Python."""


def cycle_sql(period: str, column: Column, language: str) -> str:
    """The name of a weekday, of a part of the week or of an hour of the day in SQL."""
    if period == "hour_of_day":
        return f"strftime({identifier(column.name)}, '%H:00')"
    if period == "weekpart":
        parts = PART_NAMES[language]
        first = PARTS["weekend"][0] + 1
        return (
            f"CASE WHEN isodow({identifier(column.name)}) >= {first}"
            f" THEN {text(parts['weekend'])} ELSE {text(parts['weekdays'])} END"
        )
    names = ", ".join(text(name) for name in NAMES[language])
    return f"list_extract([{names}], isodow({identifier(column.name)}))"


def cycle_code(period: str, column: Column, language: str) -> str:
    """The same name in pandas."""
    series = f"frame[{column.name!r}].dt"
    if period == "hour_of_day":
        return f"{series}.strftime('%H:00')"
    if period == "weekpart":
        named = {d: PART_NAMES[language][part] for part, days in PARTS.items() for d in days}
        return f"{series}.day_of_week.map({named!r})"
    return f"{series}.day_of_week.map(dict(enumerate({list(NAMES[language])!r})))"


PERIOD_CODES = {"hour": "h", "day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
"""Frequencies of `Series.dt.to_period`."""

COMPARISONS = {
    "at_least": (">=", ">="),
    "above": (">", ">"),
    "at_most": ("<=", "<="),
    "below": ("<", "<"),
}
"""Operators of filters in Python and in SQL."""

_WHOLE = "CAST(CAST({} AS BIGINT) AS VARCHAR)"
_STAMP = "%Y-%m-%d %H:%M:%S"


def identifier(name: str) -> str:
    """A column's or table's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal in SQL."""
    return "'" + value.replace("'", "''") + "'"


def key_sql(column: Column) -> str:
    """The values of a grouping column as texts, in SQL."""
    name = identifier(column.name)
    match column.kind:
        case "integer":
            return _WHOLE.format(name)
        case "boolean" | "number":
            return f"CAST({name} AS VARCHAR)"
        case "date":
            return f"strftime({name}, '{date_format(column)}')"
        case _:
            return name


def key_code(column: Column) -> str:
    """The values of a grouping column as pandas code that yields the groups of `key_sql`."""
    series = f"frame[{column.name!r}]"
    if column.kind == "date":
        return f"{series}.dt.strftime({date_format(column)!r})"
    return series


def date_format(column: Column) -> str:
    """Days when the column's range has no time of day, seconds otherwise."""
    ends = (str(column.minimum), str(column.maximum))
    timed = any(len(end) > 10 and not end.endswith("00:00:00") for end in ends)
    return _STAMP if timed else "%Y-%m-%d"


def condition(column: Column, filter_: Filter) -> tuple[str, str] | None:
    """A filter as (pandas code, SQL); None when its value does not suit the column.

    A date column's value is a period, `from..to`, or days of the week; `not` leaves rows without
    a value out.
    """
    series, quoted = f"frame[{column.name!r}]", identifier(column.name)
    if column.kind == "date" and days_of(filter_.value):
        return _on_days(filter_, series, quoted)
    if column.kind == "date" or column.is_year:
        if not is_period(filter_.value):
            return None
        return _dated(column, filter_, series, quoted)
    if filter_.operator in COMPARISONS or column.numeric:
        number = _number(filter_.value)
        if number is None or not column.numeric:
            return None
        code, sql = COMPARISONS.get(filter_.operator, ("==", "="))
        if filter_.operator == "not":
            return f"{series}.notna() & ({series} != {number})", f"{quoted} <> {number}"
        return f"{series} {code} {number}", f"{quoted} {sql} {number}"
    value, quoted_value = repr(filter_.value), text(filter_.value)
    if column.kind == "boolean":
        value = quoted_value = "True" if filter_.value.casefold() == "true" else "False"
    if filter_.operator == "not":
        return f"{series}.notna() & ({series} != {value})", f"{quoted} <> {quoted_value}"
    return f"{series} == {value}", f"{quoted} = {quoted_value}"


def _on_days(filter_: Filter, series: str, quoted: str) -> tuple[str, str]:
    days = days_of(filter_.value)
    code = f"{series}.dt.day_of_week.isin({list(days)})"
    sql = f"isodow({quoted}) IN ({', '.join(str(day + 1) for day in days)})"
    if filter_.operator == "not":
        return f"{series}.notna() & ~{code}", f"NOT {sql}"
    return code, sql


def _dated(column: Column, filter_: Filter, series: str, quoted: str) -> tuple[str, str]:
    first, last = bounds(filter_.value)
    if column.is_year:
        begin, _, end = filter_.value.partition("..")
        low, high = begin[:4], (end or begin)[:4]
        code = f"{series}.between({low}, {high})"
        sql = f"{quoted} BETWEEN {low} AND {high}"
    else:
        code = f"(({series} >= {first!r}) & ({series} < {last!r}))"
        sql = f"({quoted} >= TIMESTAMP {text(first)} AND {quoted} < TIMESTAMP {text(last)})"
    if filter_.operator == "not":
        return f"{series}.notna() & ~{code}", f"NOT {sql}"
    return code, sql


def _number(value: str) -> str | None:
    """The number as both languages write it; None for what is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return str(int(number)) if number.is_integer() else repr(number)


def bounds(value: str) -> tuple[str, str]:
    """The first day of a period (or of `from..to`) and the first day after it, ISO."""
    first, _, last = value.partition("..")
    return _edges(first)[0].date().isoformat(), _edges(last or first)[1].date().isoformat()


def is_period(value: str) -> bool:
    """Whether a filter's value is a period that `bounds` can read."""
    return all(FILTER.fullmatch(part) for part in value.split(".."))


def _edges(period: str) -> tuple[datetime, datetime]:
    found = FILTER.fullmatch(period)
    if found is None:
        raise ValueError(f"{period!r} is no period such as 2024, 2024-Q1 or 2024-03")
    year, quarter, month, day = (int(part) if part else 0 for part in found.groups())
    if day:
        start = datetime(year, month, min(day, calendar.monthrange(year, month)[1]))
        return start, start + timedelta(days=1)
    first = 3 * quarter - 2 if quarter else month or 1
    length = 3 if quarter else 1 if month else 12
    start = datetime(year, first, 1)
    months = year * 12 + first - 1 + length
    return start, datetime(months // 12, months % 12 + 1, 1)
