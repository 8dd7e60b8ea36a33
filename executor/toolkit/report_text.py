"""The words that a report itself says, in Korean and English."""

from executor.toolkit.formatting import Language

_KO = {
    "figure": "그림",
    "generated": "작성일",
    "verified": "검증됨",
    "mismatch": "불일치",
    "unverifiable": "검증 불가",
    "unknown": "알 수 없는 계산",
    "missing_chart": "알 수 없는 차트",
    "references": "계산 근거",
    "sources": "데이터 출처",
    "number": "번호",
    "calculation": "계산",
    "value": "값",
    "status": "상태",
    "recomputed": "재계산 값",
    "reason": "사유",
    "formula": "계산식",
    "source": "출처",
    "rows": "행 × 열",
    "rows_used": "{rows}행",
    "note": "참고",
    "file": "파일",
    "period": "기간",
    "no_citations": "이 보고서는 계산을 인용하지 않습니다.",
    "sentence": "인용한 계산 {total}건: 검증됨 {verified}건, 불일치 {mismatch}건,"
    " 검증 불가 {unverifiable}건.",
    "method": "각 계산은 원본 파일에서 별도의 엔진(DuckDB)으로 다시 계산하여 비교했습니다.",
    "substituted": "글꼴에 없는 문자는 [U+…] 형태의 유니코드 번호로 적었습니다.",
}
_EN = {
    "figure": "Figure",
    "generated": "Generated",
    "verified": "verified",
    "mismatch": "mismatch",
    "unverifiable": "unverifiable",
    "unknown": "unknown calculation",
    "missing_chart": "unknown chart",
    "references": "Calculations",
    "sources": "Data sources",
    "number": "No.",
    "calculation": "Calculation",
    "value": "Value",
    "status": "Status",
    "recomputed": "Recomputed",
    "reason": "Reason",
    "formula": "Formula",
    "source": "Source",
    "rows": "Rows × columns",
    "rows_used": "{rows} rows",
    "note": "Note",
    "file": "File",
    "period": "Period",
    "no_citations": "This report cites no calculation.",
    "sentence": "Calculations cited: {total}. Verified: {verified}, mismatch: {mismatch},"
    " unverifiable: {unverifiable}.",
    "method": "Each calculation was recomputed from the source file in a second engine (DuckDB)"
    " and compared.",
    "substituted": "Characters that the fonts lack are shown by their Unicode number, as [U+…].",
}
_WORDS: dict[Language, dict[str, str]] = {"ko": _KO, "en": _EN}


def words(language: Language) -> dict[str, str]:
    """Return the report's own words in a language, by key."""
    return _WORDS[language]
