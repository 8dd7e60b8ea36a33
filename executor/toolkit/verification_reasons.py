"""Why a citation is not verified, in the report's language.

`citations.json` keeps the English sentence, which programs read; a Korean report shows these.
"""

import re
from typing import Final

from executor.toolkit.formatting import Language

_KOREAN: Final = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (
            r"the query computes nothing from the source: it must read table \"(.*)\"",
            '질의가 원본에서 계산하지 않습니다. 표 "{0}"을(를) 읽어야 합니다',
        ),
        (
            r"the query returns (nan|inf|-inf), not a finite number",
            "질의 결과가 유한한 수가 아닙니다({0})",
        ),
        (
            r"recorded (\S+) rows used, recomputed (\S+)",
            "기록한 사용 행은 {0}행, 다시 센 행은 {1}행입니다",
        ),
        (
            r"recorded (\S+) rows used, but the source has (\S+)",
            "기록한 사용 행은 {0}행이지만 원본은 {1}행입니다",
        ),
        (r"recorded (.*), recomputed (.*)", "기록한 값은 {0}, 다시 계산한 값은 {1}입니다"),
        (
            r"the query returns (.*) whatever the data hold: compute the value from the columns",
            "데이터가 달라져도 질의 결과가 {0}(으)로 같습니다. 열의 값으로 계산해야 합니다",
        ),
        (
            r"the query picks among numbers written in it: compute the value from the columns",
            "질의에 적힌 수 가운데 하나를 고릅니다. 열의 값으로 계산해야 합니다",
        ),
        (r"the query took longer than (\d+) s", "질의가 {0}초를 넘겨 멈췄습니다"),
        (r"the query fails: (.*)", "질의를 실행할 수 없습니다: {0}"),
        (r"the query returns (.*) instead of one value", "질의 결과가 값 하나가 아닙니다({0})"),
        (r"the query is not one SELECT", "질의가 SELECT 하나가 아닙니다"),
    )
)


def reason_in(reason: str, language: Language) -> str:
    """The reason in a language; a sentence without a translation stays as it is."""
    if language == "ko":
        for pattern, sentence in _KOREAN:
            if found := pattern.fullmatch(reason):
                return sentence.format(*found.groups())
    return reason
