"""Find literal numbers in prose, in the forms that Korean and English writers use.

Exemptions, and there are no others: code in backticks (never reaches this module), the markers of
lists and the leading number of a heading (``## 2.1 Method``) as far as they count up, and labels of
one or two Latin letters with a single digit (``Q1``, ``H2``, ``A4``, ``B2B``, ``CO2``).
"""

import re
import unicodedata

_LABEL = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]{1,2}\d[A-Za-z]?(?![0-9A-Za-z_%]|[.,]\d)")
_DIGITS = r"[+\-−]?\d+(?:[.,:/]\d+)*"
_SCALE = r"(?:\s?[십백천만억조경]+)"
_NUMBER = re.compile(rf"{_DIGITS}{_SCALE}?(?:\s\d+(?:[.,]\d+)*{_SCALE})*\s?[%‰]?")
_HANGUL_DIGIT = "일이삼사오육칠팔구"
_HANGUL_NUMBER = re.compile(
    rf"(?<![가-힣])[{_HANGUL_DIGIT}수몇]?[십백천만억조]*[{_HANGUL_DIGIT}]?[십백천][만억조]"
    rf"|(?<![가-힣])[{_HANGUL_DIGIT}][{_HANGUL_DIGIT}십백천만억조]+(?=\s?(?:원|명|개|건|배|퍼센트|프로|%|달러))"
)
_ENGLISH_SMALL = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_ENGLISH_NUMBER = re.compile(
    rf"\b(?:(?:{_ENGLISH_SMALL}|a|several|hundred|thousand)[\s-]+)+"
    r"(?:hundred|thousand|million|billion|trillion|percent|per cent|dozen)\b",
    re.IGNORECASE,
)


def find_numbers(text: str) -> list[str]:
    """Return the literal numbers of a text as written, in order.

    Digits of every script count, full-width ones and vulgar fractions too; ``1억 2천만`` is one
    number. Of spelled-out numbers only those with a scale or a counted unit are found.
    """
    # Label letters and digits are blanked in place, so that positions stay those of the text.
    folded = "".join(_fold(char) for char in text)
    masked = _LABEL.sub(lambda match: " " * len(match[0]), folded)
    spans: list[tuple[int, int]] = []
    for pattern in (_NUMBER, _HANGUL_NUMBER, _ENGLISH_NUMBER):
        for match in pattern.finditer(masked):
            if not any(start < match.end() and match.start() < end for start, end in spans):
                spans.append(match.span())
    return [text[start:end].strip() for start, end in sorted(spans)]


def _fold(char: str) -> str:
    """Map a digit of any script to ASCII and a fraction to a digit, one character to one."""
    if char.isascii():
        return char
    digit = unicodedata.digit(char, None) if unicodedata.category(char) == "Nd" else None
    if digit is not None:
        return str(digit)
    decomposed = unicodedata.normalize("NFKC", char)
    if "⁄" in decomposed:
        return "1"
    return decomposed if len(decomposed) == 1 and decomposed in "%.,+-:/" else char
