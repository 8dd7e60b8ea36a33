"""Formatting: separators, units and large numbers in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.toolkit.formatting import format_number, format_value, gloss


@pytest.mark.parametrize(
    ("value", "unit", "korean", "english"),
    [
        (1234567, "KRW", "1,234,567원", "KRW 1,234,567"),
        (1234567.8, "원", "1,234,568원", "KRW 1,234,568"),
        (-1234.5, "USD", "-1,234.50달러", "USD -1,234.50"),
        (12.34, "%", "12.3%", "12.3%"),
        (12.0, "%", "12%", "12%"),
        (24.98, "%", "25.0%", "25.0%"),
        (0.04, "%", "0.04%", "0.04%"),
        (1234, "건", "1,234건", "1,234 건"),
        (1234, "kg", "1,234 kg", "1,234 kg"),
        (0.123456, "", "0.12", "0.12"),
        (0.00321, "", "0.0032", "0.0032"),
        (-0.0, "", "0", "0"),
        (1234.5, "", "1,234.50", "1,234.50"),
        ("2024-03", "", "2024-03", "2024-03"),
        (None, "KRW", "값 없음", "no value"),
    ],
)
def test_a_value_and_its_unit_follow_the_language(
    value: float | str | None, unit: str, korean: str, english: str
) -> None:
    assert format_value(value, unit, "ko") == korean
    assert format_value(value, unit, "en") == english


@pytest.mark.parametrize(
    ("value", "unit", "korean", "english"),
    [
        (1_234_567_890, "KRW", "약 12.3억 원", "about 1.23 billion"),
        (1_234_567_890_123, "KRW", "약 1.23조 원", "about 1.23 trillion"),
        (99_999_999, "KRW", "", "about 100 million"),
        (1_234, "", "", ""),
        ("서울", "", "", ""),
    ],
)
def test_large_numbers_get_a_rounded_reading(
    value: float | str, unit: str, korean: str, english: str
) -> None:
    assert (gloss(value, unit, "ko"), gloss(value, unit, "en")) == (korean, english)


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_lose_no_digit(value: int) -> None:
    assert int(format_number(value).replace(",", "")) == value


@given(st.floats(1e-5, 1e12) | st.floats(-1e12, -1e-5))
def test_fractions_keep_two_significant_digits_or_two_decimals(value: float) -> None:
    written = float(format_number(value).replace(",", ""))

    assert written != 0
    assert abs(written - value) <= max(0.00501, abs(value) * 1e-15) or abs(value) < 1
    assert abs(written - value) <= 0.051 * abs(value)
