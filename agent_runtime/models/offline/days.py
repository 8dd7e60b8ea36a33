"""Days of the week as values of a date column: monday to sunday, weekdays, weekend."""

from agent_runtime.models.offline.vocabulary import DAYS, OPERAND_BEFORE
from agent_runtime.models.offline.wording import stems

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = {"weekdays": (0, 1, 2, 3, 4), "weekend": (5, 6)}
"""Parts of the week with the numbers of their days, Monday first."""
NAMES = {
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
PART_NAMES = {
    "ko": {"weekdays": "평일", "weekend": "주말"},
    "en": {"weekdays": "weekdays", "weekend": "weekend"},
}


def days_of(value: str) -> tuple[int, ...]:
    """The numbers of the days that a filter's value names, Monday 0; empty when it names none."""
    return (WEEK.index(value),) if value in WEEK else PARTS.get(value, ())


def day_name(value: str, language: str) -> str:
    """A day or part of the week in a language; any other value stays as it is."""
    if value in PARTS:
        return PART_NAMES[language][value]
    return NAMES[language][WEEK.index(value)] if value in WEEK else value


def day_of_week(word: str, before: str) -> tuple[str, str] | None:
    """The value that a word names and its particle.

    "Weekdays" alone asks for a breakdown by day of the week; after "on" or the like it narrows.
    """
    for stem, particle in stems(word):
        name = next((name for name, words in DAYS.items() if stem in words), "")
        if name and (stem != "weekdays" or before in OPERAND_BEFORE):
            return name, particle
    return None
