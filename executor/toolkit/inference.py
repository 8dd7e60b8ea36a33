"""Find what a column of texts holds: numbers, percentages, amounts, dates, or just text.

The rules run over the distinct texts of a column only, then spread to its rows, so that a million
rows cost little more than their dictionary. A column changes its kind only if *every* text that is
not missing follows; what was recognised, and what prevented it, is said in a note.
"""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from executor.toolkit.dates import parse_dates, parse_hinted_dates

# Missing in every column; spreadsheet and database exports write them for "no value".
MISSING_EVERYWHERE = ("", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "<NA>")
# Missing only beside numbers or dates; in a column of texts each of them can be a real word.
_MISSING_BESIDE_VALUES = ("-", "--", "NA", "None", "none", "없음", "미상", "해당없음", "?", ".")

_PREFIX = r"(?:₩|\\|\$|€|£|¥|KRW|USD|US\$|EUR|JPY)"
_SUFFIX = r"(?:원|달러|유로|엔|KRW|USD|EUR|JPY)"
_PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_GROUPED = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"
_AMOUNT = rf"(?:[+-]\s?)?{_PREFIX}?\s?(?:{_PLAIN}|{_GROUPED})\s?{_SUFFIX}?"
_NUMBER = rf"^(?:{_PLAIN}|{_GROUPED})$"
_MONEY = rf"^(?:{_AMOUNT}|\({_PREFIX}?\s?(?:{_PLAIN}|{_GROUPED})\))$"
_PERCENT = rf"^(?:{_PLAIN}|{_GROUPED})\s?[%％]$"
_DECIMAL_COMMA = r"^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+$"
# A leading zero is part of a code (post code, account, id), never of a quantity.
_CODE = r"^[+-]?0\d"
_LONGEST_EXACT_INTEGER = 18
_NAME_HINTS_CODE = re.compile(r"(?:^|[_\s])(?:zip|postcode|phone|tel)|우편번호|전화")
_TRUTH = ("true", "false")
_MOST_SPELLINGS_OF_TRUTH = 6
_FIRST = 100


class Inferred(NamedTuple):
    """One converted column and what there is to say about it."""

    series: "pd.Series"
    notes: list[str]


def infer(name: str, texts: pa.ChunkedArray | pa.Array) -> Inferred:
    """Convert a column of texts.

    Args:
        name: the column's name, for the notes and as a hint for dates such as 20240301.
        texts: string array; null is missing.

    Returns:
        A series of int64, Int64, float64, boolean, datetime64 or str.
    """
    # One chunk first: unifying the dictionaries of many chunks costs far more than copying them.
    whole = texts.cast(pa.large_string())
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    encoded = whole.dictionary_encode()
    indices, distinct = encoded.indices, encoded.dictionary
    trimmed = pc.utf8_trim_whitespace(distinct)
    notes = []
    padded = pc.sum(pc.not_equal(trimmed, distinct)).as_py() or 0
    if padded:
        notes.append(f"column '{name}': blanks around values were removed")
    distinct = pc.if_else(pc.is_in(trimmed, _set(MISSING_EVERYWHERE)), None, trimmed)
    converted = _convert(name, distinct)
    if converted is None:
        return Inferred(_text(indices, distinct), notes + _near_misses(name, distinct))
    values, said = converted
    return Inferred(_spread(indices, values), notes + said)


def _convert(name: str, distinct: pa.Array) -> tuple[pa.Array, list[str]] | None:
    """Try each kind on the distinct texts; None keeps them as text."""
    beside = pc.is_in(distinct, _set(_MISSING_BESIDE_VALUES))
    candidates = pc.if_else(beside, None, distinct)
    present = candidates.drop_null()
    if len(present) == 0:
        return None
    said = []
    skipped = distinct.filter(pc.fill_null(beside, False)).to_pylist()
    if skipped:
        said = [f"column '{name}': {_quoted(skipped)} counted as missing"]
    hinted = parse_hinted_dates(name, candidates, present)
    if hinted is not None:
        return hinted.values, said + hinted.notes
    boolean = _booleans(candidates, present)
    if boolean is not None:
        return boolean, said
    number = _numbers(name, candidates, present)
    if number is not None:
        return number[0], said + number[1]
    dates = parse_dates(name, candidates, present)
    if dates is not None:
        return dates.values, said + dates.notes
    return None


def _booleans(candidates: pa.Array, present: pa.Array) -> pa.Array | None:
    if len(present) > _MOST_SPELLINGS_OF_TRUTH:
        return None
    lowered = pc.utf8_lower(present)
    if not pc.all(pc.is_in(lowered, _set(_TRUTH))).as_py():
        return None
    return pc.equal(pc.utf8_lower(candidates), "true")


def _numbers(
    name: str, candidates: pa.Array, present: pa.Array
) -> tuple[pa.Array, list[str]] | None:
    if _matches(present, _NUMBER):
        if pc.any(pc.match_substring_regex(present, _CODE)).as_py():
            return None
        digits = pc.replace_substring(candidates, ",", "")
        grouped = pc.any(pc.match_substring(present, ",")).as_py()
        values = _cast(name, digits)
        note = [f"column '{name}': thousands separators were removed"] if grouped else []
        return None if values is None else (values, note)
    if _matches(present, _PERCENT):
        digits = pc.replace_substring_regex(candidates, r"[,%％\s]", "")
        return pc.cast(digits, pa.float64()), [
            f"column '{name}': percent signs were removed; 12.3 means 12.3%"
        ]
    if _matches(present, _MONEY):
        if pc.any(pc.match_substring_regex(present, r"^0\d+$")).as_py():
            return None
        negative = pc.match_substring_regex(candidates, r"^(?:\(|[+]?-)")
        digits = pc.replace_substring_regex(candidates, rf"{_PREFIX}|{_SUFFIX}|[,()\s+]", "")
        digits = pc.replace_substring_regex(digits, "^-", "")
        values = _cast(name, digits)
        if values is None:
            return None
        signs = sorted(
            set(re.findall(rf"{_PREFIX}|{_SUFFIX}", " ".join(present[:1000].to_pylist())))
        )
        return pc.if_else(negative, pc.negate(values), values), [
            f"column '{name}': {_quoted(signs) if signs else 'brackets'} removed from amounts"
        ]
    if _matches(present, _DECIMAL_COMMA):
        digits = pc.replace_substring(pc.replace_substring(candidates, ".", ""), ",", ".")
        return pc.cast(digits, pa.float64()), [f"column '{name}': a comma is the decimal mark"]
    return None


def _cast(name: str, digits: pa.Array) -> pa.Array | None:
    """Cast to integers where all are whole and exact, else to floats; None for long codes."""
    whole = pc.match_substring_regex(digits, r"^[+-]?\d+$")
    if pc.all(whole).as_py() is not False:
        longest = pc.max(pc.utf8_length(digits)).as_py() or 0
        if longest > _LONGEST_EXACT_INTEGER or _NAME_HINTS_CODE.search(name.lower()):
            return None
        return pc.cast(pc.replace_substring_regex(digits, r"^\+", ""), pa.int64())
    clean = pc.replace_substring_regex(digits, r"^\+", "")
    return pc.cast(clean, pa.float64())


def _near_misses(name: str, distinct: pa.Array) -> list[str]:
    """Say when a few texts alone prevented a column of numbers or dates."""
    # A column of a million different texts is judged by its first hundred thousand.
    present = distinct.drop_null()[:100_000]
    if len(present) < 4:
        return []
    plain = pc.match_substring_regex(present, rf"{_NUMBER}|{_PERCENT}|{_MONEY}")
    if pc.any(pc.match_substring_regex(present, _CODE)).as_py():
        return []
    strange = present.filter(pc.invert(plain))
    kind = "numbers"
    if len(strange) * 2 > len(present):
        dated = pc.match_substring_regex(present, r"^\d{4}[-./년]\s?\d{1,2}[-./월]\s?\d{1,2}")
        strange, kind = present.filter(pc.invert(dated)), "dates"
        if len(strange) == 0:
            return [f"column '{name}': some dates do not exist or differ in form; kept as text"]
    if len(strange) * 5 > len(present) or len(strange) == 0:
        return []
    return [
        f"column '{name}': mostly {kind}, but kept as text because of"
        f" {_quoted(strange[:3].to_pylist())}"
    ]


def _matches(texts: pa.Array, pattern: str) -> bool:
    """Tell whether all texts match; the first few settle most cases without a whole pass."""
    return all(
        pc.all(pc.match_substring_regex(part, pattern), min_count=0).as_py()
        for part in (texts[:_FIRST], texts[_FIRST:])
    )


def _set(texts: tuple[str, ...]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def _quoted(texts: list[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts[:5])


def _text(indices: pa.Array, distinct: pa.Array) -> "pd.Series":
    composed = distinct
    if not pc.all(pc.string_is_ascii(distinct.drop_null())).as_py():
        composed = pc.utf8_normalize(distinct, "NFC")
    rows = pc.take(composed, indices)
    return pd.Series(rows.to_pandas(), dtype="str")


def _spread(indices: pa.Array, values: pa.Array) -> "pd.Series":
    """Give every row its converted value, in the pandas type that people expect."""
    rows = pc.take(values, indices)
    if not pa.types.is_integer(rows.type) or rows.null_count == 0:
        if pa.types.is_boolean(rows.type) and rows.null_count:
            return pd.Series(pd.array(rows.to_pylist(), dtype="boolean"))
        return pd.Series(rows.to_pandas())
    largest = pc.max(pc.abs_checked(rows)).as_py() or 0
    if largest <= 2**53:
        return pd.Series(rows.cast(pa.float64()).to_pandas())
    filled: npt.NDArray[np.int64] = pc.fill_null(rows, 0).to_numpy(zero_copy_only=False)
    missing = rows.is_null().to_numpy(zero_copy_only=False)
    return pd.Series(pd.arrays.IntegerArray(filled, missing))
