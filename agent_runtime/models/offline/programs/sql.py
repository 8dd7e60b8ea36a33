"""Names, values and conditions as SQL and as pandas code; everything is quoted, nothing trusted."""

import calendar
from datetime import datetime, timedelta

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

PERIOD_CODES = {"hour": "h", "day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
"""Frequencies of `Series.dt.to_period`."""

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


def condition(column: Column | None, name: str, value: str) -> tuple[str, str]:
    """A filter as (pandas code, SQL); a date column's value is a period or `from..to`."""
    series, quoted = f"frame[{name!r}]", identifier(name)
    if column is not None and column.kind == "date":
        first, last = bounds(value)
        return (
            f"({series} >= {first!r}) & ({series} < {last!r})",
            f"{quoted} >= TIMESTAMP {text(first)} AND {quoted} < TIMESTAMP {text(last)}",
        )
    if column is not None and column.numeric:
        first, _, last = value.partition("..")
        low, high = first[:4], (last or first)[:4]
        return f"{series}.between({low}, {high})", f"{quoted} BETWEEN {low} AND {high}"
    return f"{series} == {value!r}", f"{quoted} = {text(value)}"


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
