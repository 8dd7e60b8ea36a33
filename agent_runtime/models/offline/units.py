"""Units that a column's name tells; nothing is guessed from values."""

import re

from agent_runtime.models.offline.wording import name_tokens

_BRACKETED = re.compile(r"[(\[（]\s*([^()\[\]（）]{1,8})\s*[)\]）]\s*$")
_KNOWN = {
    "원": "원", "krw": "KRW", "₩": "KRW", "usd": "USD", "$": "USD", "달러": "USD", "eur": "EUR",
    "€": "EUR", "jpy": "JPY", "gbp": "GBP", "cny": "CNY", "천원": "천원", "만원": "만원",
    "백만원": "백만원", "억원": "억원", "kg": "kg", "g": "g", "t": "t", "km": "km", "m": "m",
    "cm": "cm", "mm": "mm", "l": "L", "celsius": "°C", "°c": "°C", "℃": "°C", "%": "%",
    "pct": "%", "percent": "%", "kwh": "kWh", "hours": "h", "minutes": "min", "seconds": "s",
    "ms": "ms", "days": "d", "명": "명", "개": "개", "건": "건", "회": "회", "점": "점",
    "시간": "시간", "분": "분", "초": "초",
}  # fmt: skip
_UPPER_LAST = {"C": "°C", "F": "°F", "V": "V", "W": "W", "A": "A"}


def unit_of(name: str) -> str:
    """The unit in `매출(원)`, `price_usd` or `temperatureC`; empty when the name has none."""
    found = _BRACKETED.search(name)
    if found and found[1].casefold() in _KNOWN:
        return _KNOWN[found[1].casefold()]
    tokens = name_tokens(name)
    if len(tokens) > 1 and len(tokens[-1]) > 1 and tokens[-1] in _KNOWN:
        return _KNOWN[tokens[-1]]
    last = re.search(r"[a-z_]([CFVWA])$", name)
    return _UPPER_LAST[last[1]] if last else ""
