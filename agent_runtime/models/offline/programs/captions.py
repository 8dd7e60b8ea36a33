"""What stands under a chart: what it shows and, cited, how much of the data."""

from dataclasses import replace

from agent_runtime.models.offline.naming import PERIOD_WORDS, names
from agent_runtime.models.offline.programs.context import Context
from agent_runtime.models.offline.prose.facts import safe_name
from agent_runtime.models.offline.words import measure_title


def caption_name(name: str) -> str:
    """A column's name for a caption, written as in prose; empty when there is none."""
    return safe_name(name) if name else ""


def groups(context: Context) -> str:
    """The caption of bars for groups."""
    dimension = caption_name(context.analysis.dimension)
    key = names(context.language).group(replace(context.analysis, dimension=dimension))
    title = _title(context)
    return f"{key} {title}" if _korean(context) else _sentence(f"{title} by {key}")


def trend(context: Context, period: str, some: bool = False) -> str:
    """The caption of lines over time; `some` when not every value of the dimension has one."""
    title, name = _title(context), caption_name(context.analysis.dimension)
    groups = _value(context, "groups")
    if _korean(context):
        largest = f" {groups} 가운데 큰 것만" if some else ""
        by = f" ({name}{largest})" if name else ""
        return f"{PERIOD_WORDS.get(period, '연도')}별 {title} 추이{by}"
    largest = f", only the largest of {groups}" if some else ""
    return _sentence(f"{title} by {period}{f' ({name}{largest})' if name else ''}")


def histogram(context: Context) -> str:
    """The caption of a distribution: how many values, and what its edges hold."""
    name, rows = caption_name(context.analysis.measure), _value(context, "rows")
    if _korean(context):
        return f"{name} 빈도, 값 {rows} (양 끝 막대는 그 밖의 값을 포함)"
    return f"Frequency of {name}, {rows}; the outermost bars hold the values beyond"


def box(context: Context) -> str:
    """The caption of a box plot: what its marks stand for."""
    name = caption_name(context.analysis.measure)
    median, count = _value(context, "median"), _value(context, "count")
    if _korean(context):
        return f"{name} 분포: 상자는 사분위수, 선은 중앙값 {median}, 점은 이상치 {count}"
    return f"{name}: box of the quartiles, line at the median {median}, outliers as points: {count}"


def scatter(context: Context, sampled: bool) -> str:
    """The caption of points: how many rows they stand for, or how many of them are drawn."""
    first = caption_name(context.analysis.measure)
    second = caption_name(context.analysis.second_measure)
    pairs, points = _value(context, "pairs"), _value(context, "points")
    if _korean(context):
        shown = f"{pairs} 가운데 무작위로 뽑은 {points}" if sampled else pairs
        return f"{first} - {second}: {shown}, 회귀선"
    shown = f"{points} drawn at random out of {pairs}" if sampled else pairs
    return f"{first} - {second}: {shown}, with the fitted line"


def pair(context: Context) -> str:
    """The caption of two measures side by side."""
    names = context.analysis.measure, context.analysis.second_measure
    return " - ".join(map(caption_name, names))


def of_measure(context: Context, key: str) -> str:
    """The caption of something about one measure, by the key of its word."""
    name, words = caption_name(context.analysis.measure), context.word(key)
    return f"{name} {words}" if _korean(context) else _sentence(f"{words} of {name}")


def _korean(context: Context) -> bool:
    return context.language == "ko"


def _title(context: Context) -> str:
    name = caption_name(context.analysis.measure)
    return measure_title(context.language, context.aggregate, name)


def _value(context: Context, role: str) -> str:
    return "{{" + f"{context.step}_{role}" + "}}"


def _sentence(text: str) -> str:
    """A sentence begins with a capital; names keep theirs."""
    return text[0].upper() + text[1:]
