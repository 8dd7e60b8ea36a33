"""Write a value with its unit as a reader of the report's language expects it."""

import math
from typing import Literal

Language = Literal["ko", "en"]

_KOREAN_CURRENCY = {"KRW": "원", "USD": "달러", "EUR": "유로", "JPY": "엔", "CNY": "위안"}
_CURRENCY_ALIAS = {"원": "KRW", "₩": "KRW", "$": "USD", "달러": "USD", "€": "EUR", "¥": "JPY"}
# Currencies without a smaller unit in use: amounts are whole.
_WHOLE_CURRENCIES = {"KRW", "JPY"}
_CURRENCIES = {*_KOREAN_CURRENCY, "GBP", "HKD", "TWD", "VND", "AUD", "CAD", "CHF", "SGD"}
_PERCENT = {"%", "percent", "퍼센트", "pct"}
_NO_VALUE = {"ko": "값 없음", "en": "no value"}
_KOREAN_GLOSS_FROM = 10**8
_ENGLISH_GLOSS_FROM = 10**7


def format_value(value: float | int | str | None, unit: str, language: Language) -> str:
    """Return the exact value with separators and unit: ``1,234원``, ``KRW 1,234``, ``12.3%``.

    Texts are returned as they are; None is ``값 없음`` or ``no value``.
    """
    if value is None:
        return _NO_VALUE[language]
    if isinstance(value, str):
        return value
    code = _CURRENCY_ALIAS.get(unit, unit.upper() if unit.upper() in _CURRENCIES else "")
    if code:
        digits = format_number(value, whole=code in _WHOLE_CURRENCIES and abs(value) >= 1_000)
        return (
            f"{digits}{_KOREAN_CURRENCY.get(code, f' {code}')}"
            if language == "ko"
            else (f"{code} {digits}")
        )
    digits = format_number(value)
    if unit in _PERCENT:
        return f"{format_number(value, decimals=1)}%"
    if not unit:
        return digits
    attached = language == "ko" and "가" <= unit[0] <= "힣"
    return f"{digits}{unit}" if attached else f"{digits} {unit}"


def gloss(value: float | int | str | None, unit: str, language: Language) -> str:
    """Return a rounded reading of a large number, such as ``약 12.3억 원``; empty for others."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    code = _CURRENCY_ALIAS.get(unit, unit.upper() if unit.upper() in _CURRENCIES else "")
    size = abs(value)
    if language == "ko":
        if size < _KOREAN_GLOSS_FROM:
            return ""
        word = _KOREAN_CURRENCY.get(code, unit)
        scale, name = (10**12, "조") if size >= 10**12 else (10**8, "억")
        return f"약 {_short(value / scale)}{name}{f' {word}' if word else ''}"
    if size < _ENGLISH_GLOSS_FROM:
        return ""
    for scale, name in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if size >= scale:
            return f"about {_short(value / scale)} {name}"
    return ""


def format_number(value: float | int, whole: bool = False, decimals: int = 2) -> str:
    """Return a number with thousands separators and at most ``decimals`` decimals.

    Small numbers keep enough decimals to show two significant digits, so that nothing but zero
    reads as 0.
    """
    if isinstance(value, int) or whole or float(value).is_integer():
        return f"{round(value):,}"
    size = abs(value)
    if size < 10**-6:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}×10^{int(exponent)}"
    if size < 1:
        decimals = max(decimals, 1 - math.floor(math.log10(size)))
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if size < 1 else text
    return "0" if text in ("-0", "") else text


def _short(value: float) -> str:
    text = f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")
