"""Recognise dates and months in the forms that Korean and international files use."""

import re
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_TIME = (
    r"[T ]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d{1,9})?)?"
    r"\s?(?P<z>Z|[+-]\d{2}:?\d{2})?"
)
_YEAR = r"(?P<y>(?:1[6-9]|20|21|22)\d{2})"
_MONTH, _DAY = r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
# Each entry: pattern with named groups, and what to call it in a note (None for plain ISO).
_YEAR_FIRST = [
    (rf"^{_YEAR}-{_MONTH}-{_DAY}(?:{_TIME})?$", None),
    (rf"^{_YEAR}/{_MONTH}/{_DAY}(?:{_TIME})?$", "2024/3/1"),
    (rf"^{_YEAR}\.\s?{_MONTH}\.\s?{_DAY}\.?(?:{_TIME})?$", "2024.3.1"),
    (rf"^{_YEAR}년\s?{_MONTH}월\s?{_DAY}일(?:{_TIME})?$", "2024년 3월 1일"),
    (rf"^{_YEAR}-{_MONTH}$", "months such as 2024-03"),
    (rf"^{_YEAR}/{_MONTH}$", "months such as 2024/3"),
    (rf"^{_YEAR}년\s?{_MONTH}월$", "months such as 2024년 3월"),
]
_COMPACT = r"^(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)$"
_DOTTED_MONTH = rf"^{_YEAR}\.(?P<m>0[1-9]|1[0-2])$"
_DAY_FIRST = rf"^{_DAY}[/-]{_MONTH}[/-]{_YEAR}(?:{_TIME})?$"
_MONTH_FIRST = rf"^{_MONTH}[/-]{_DAY}[/-]{_YEAR}(?:{_TIME})?$"
_NAMES_OF_MONTHS = re.compile(r"month|period|date|(?:^|_)ym(?:$|_)|월|기간|시점|일자|날짜")
_NAMES_OF_DAYS = re.compile(
    r"date|(?:^|_)(?:day|dt|ymd)(?:$|_)|일자|날짜|년월일|(?:주문|등록|가입|판매|거래|접수|방문|기준)일$"
)


class Dates(NamedTuple):
    """Distinct texts as timestamps (microseconds, without zone) and the notes about them."""

    values: pa.Array
    notes: list[str]


def parse_dates(name: str, candidates: pa.Array, present: pa.Array) -> Dates | None:
    """Read every text as a date in one common form, or return None.

    Args:
        name: column name, used in notes.
        candidates: distinct texts, null where missing.
        present: the same without nulls, at least one.
    """
    for pattern, form in [*_YEAR_FIRST, *_by_position(present)]:
        # The first text decides cheaply which patterns are worth a pass over all of them.
        if not _matches(present[:1], pattern) or not _matches(present, pattern):
            continue
        values = _timestamps(candidates, pattern)
        if values is None:
            return None
        notes = [] if form is None else [f"column '{name}': dates written as {form}"]
        if form is not None and form.startswith("months"):
            notes = [f"column '{name}': {form}, taken as the first day of the month"]
        if pc.any(pc.match_substring_regex(present, r":\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$")).as_py():
            notes.append(f"column '{name}': times with an offset were converted to UTC")
        return Dates(values, notes)
    return None


def parse_hinted_dates(name: str, candidates: pa.Array, present: pa.Array) -> Dates | None:
    """Read days such as 20240301 and months such as 2024.03, which could be numbers as well.

    Only under a name that says so, such as ``주문일자``, ``order_date``, ``기간`` or ``month``.
    """
    for hint, pattern, form in (
        (_NAMES_OF_DAYS, _COMPACT, "dates written as 20240301"),
        (_NAMES_OF_MONTHS, _DOTTED_MONTH, "months such as 2024.03, taken as the month's first day"),
    ):
        if hint.search(name.lower()) and _matches(present, pattern):
            values = _timestamps(candidates, pattern)
            return None if values is None else Dates(values, [f"column '{name}': {form}"])
    return None


def _by_position(present: pa.Array) -> list[tuple[str, str | None]]:
    """Day/month/year or month/day/year, only when a number above 12 decides between them."""
    if not _matches(present, _DAY_FIRST):
        return []
    parts = pc.extract_regex(present, _DAY_FIRST)
    first = pc.max(pc.cast(pc.struct_field(parts, "d"), pa.int32())).as_py()
    second = pc.max(pc.cast(pc.struct_field(parts, "m"), pa.int32())).as_py()
    if first > 12 >= second:
        return [(_DAY_FIRST, "day/month/year")]
    if second > 12 >= first:
        return [(_MONTH_FIRST, "month/day/year")]
    return []


def _matches(texts: pa.Array, pattern: str) -> bool:
    plain = re.sub(r"\(\?P<\w+>", "(", pattern)
    return bool(pc.all(pc.match_substring_regex(texts, plain)).as_py())


def _timestamps(candidates: pa.Array, pattern: str) -> pa.Array | None:
    """Build ISO texts from the pattern's groups and parse them; None if a day does not exist."""
    groups = pc.extract_regex(candidates, pattern)
    names = {field.name for field in groups.type}

    def part(name: str, default: str, width: int) -> pa.Array:
        if name not in names:
            return _word(default)
        text = pc.struct_field(groups, name)
        text = pc.if_else(pc.equal(text, ""), _word(default), text)
        return pc.utf8_lpad(text, width, padding="0")

    iso = pc.binary_join_element_wise(
        part("y", "0001", 4), part("m", "01", 2), part("d", "01", 2), _word("-")
    )
    if "h" in names and pc.any(pc.not_equal(pc.struct_field(groups, "h"), "")).as_py():
        clock = pc.binary_join_element_wise(
            part("h", "00", 2), part("mi", "00", 2), part("s", "00", 2), _word(":")
        )
        fraction = pc.replace_substring_regex(pc.struct_field(groups, "f"), r"(\.\d{6})\d*", r"\1")
        zone = pc.if_else(
            pc.equal(pc.struct_field(groups, "z"), ""), "Z", pc.struct_field(groups, "z")
        )
        iso = pc.binary_join_element_wise(iso, clock, _word("T"))
        iso = pc.binary_join_element_wise(iso, fraction, zone, _word(""))
    try:
        stamps = pd.to_datetime(iso.to_pandas(), format="ISO8601", utc=True, errors="raise")
    except ValueError:
        return None
    plain = stamps.dt.tz_localize(None).astype("datetime64[us]")
    return pa.Array.from_pandas(plain, type=pa.timestamp("us"))


def _word(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())
