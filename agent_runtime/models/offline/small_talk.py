"""Answers that need no data: greetings, thanks, who are you."""

from collections.abc import Mapping
from typing import Any

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.lexicon import concept_of
from agent_runtime.models.offline.tokens import tokenize
from agent_runtime.models.offline.wording import is_korean, normal, stems

_ANSWERS: Mapping[str, tuple[str, str]] = {
    "greeting": (
        "Hello. Give me a data file and a question, and I will compute the answer and write a"
        " report in which every number is cited and verified.",
        "안녕하세요. 데이터 파일과 질문을 주시면 계산하고,"
        " 모든 수치에 근거를 달아 검증한 보고서를 만들어 드립니다.",
    ),
    "thanks": (
        "You are welcome. Ask again whenever there is another question about your data.",
        "도움이 되었다니 다행입니다. 데이터에 대해 더 궁금한 점이 있으면 언제든 질문해 주세요.",
    ),
    "identity": (
        "I am a data analyst. I compute totals, shares, trends, rankings, comparisons, averages,"
        " correlations, outliers and missing values from your files and write a verified report."
        " I run offline by fixed rules, without a language model; I make no forecasts.",
        "저는 데이터 분석가입니다. 파일에서 합계, 비중, 추이, 순위, 비교, 평균, 상관관계, 이상치,"
        " 결측을 계산하고 검증된 보고서를 씁니다. 언어 모델 없이 정해진 규칙으로 동작하며,"
        " 예측은 하지 않습니다.",
    ),
    "farewell": ("Goodbye.", "안녕히 가세요."),
    "empty": (
        "Ask a question about your data, such as: total sales by region.",
        "데이터에 대해 질문해 주세요. 예: 지역별 매출 합계를 알려줘.",
    ),
}
_MOST_WORDS = 8


def small_talk(question: str, language: str, files: bool) -> str:
    """The direct answer, in the question's language; empty when data are asked for.

    A question with files is an analysis unless every word of it is small talk.
    """
    korean = is_korean(question) if question.strip() else language == "ko"
    kind = _kind(question, files)
    return _ANSWERS[kind][korean] if kind else ""


def _kind(question: str, files: bool) -> str:
    words = [token.folded for token in tokenize(question) if not token.separator]
    if not words:
        return "empty" if not files else ""
    joined = normal(question)
    if any(phrase in joined for phrase in vocabulary.IDENTITY) and len(words) <= _MOST_WORDS:
        return "identity" if _is_only_talk(words) or not files else ""
    if not _is_only_talk(words):
        return ""
    for kind, known in (
        ("thanks", vocabulary.THANKS),
        ("greeting", vocabulary.GREETINGS),
        ("farewell", vocabulary.FAREWELLS),
    ):
        if joined in known or any(_stem_in(word, known) for word in words):
            return kind
    return ""


def _is_only_talk(words: list[str]) -> bool:
    """Whether no word asks for an analysis or names what data are about."""
    asking = [*vocabulary.KINDS.values(), *vocabulary.PERIODS.values(), vocabulary.GENERAL]
    return len(words) <= _MOST_WORDS and not any(
        concept_of(normal(stem)) or any(stem in known for known in asking)
        for word in words
        for stem, _ in stems(word)
        if len(stem) > 1
    )


def _stem_in(word: str, known: frozenset[str]) -> bool:
    return any(stem in known for stem, _ in stems(word))


def is_talk_only(task: Mapping[str, Any]) -> str:
    """The direct answer to a coordinator's task; empty when it is to be handed on."""
    question = str(task.get("question", ""))
    return small_talk(question, str(task.get("language", "en")), bool(task.get("files")))
