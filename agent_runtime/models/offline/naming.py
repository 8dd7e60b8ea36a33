"""Titles and instructions of analyses, in Korean and English."""

from agent_runtime.models.offline.analysis import Analysis, Filter
from agent_runtime.models.offline.days import day_name
from agent_runtime.models.offline.words import measure_title

PERIOD_WORDS = {
    "hour": "시간", "day": "일", "week": "주", "month": "월", "quarter": "분기",
    "weekday": "요일", "weekpart": "평일·주말", "hour_of_day": "시간대",
}  # fmt: skip


def period_en(period: str) -> str:
    """A period in English."""
    return "weekdays or weekend" if period == "weekpart" else period.replace("_", " ")


class Names:
    """How analyses are called in one language."""

    def title(self, analysis: Analysis) -> str:
        """A short heading, such as "월별 amount 합계 추이"."""
        raise NotImplementedError

    def instruction(self, analysis: Analysis) -> str:
        """One sentence that says what to compute."""
        raise NotImplementedError

    def scope(self, analysis: Analysis) -> str:
        """The rows meant, when filters narrow them; else empty."""
        raise NotImplementedError


def plain(name: str) -> str:
    """A name on one line."""
    return " ".join(name.split())


def _condition_ko(filter_: Filter, short: bool = False) -> str:
    column = plain(filter_.column)
    value = day_name(plain(filter_.value), "ko").replace("..", "~")
    if filter_.operator == "not":
        return f"{value} 제외" if short else f"{column} ≠ {value}"
    if filter_.operator:
        words = {"at_least": "이상", "above": "초과", "at_most": "이하", "below": "미만"}
        return f"{column} {value} {words[filter_.operator]}"
    if short and not value.isdigit():
        return value
    return f"{column} {value}" if short else f"{column} = {value}"


def _condition_en(filter_: Filter, short: bool = False) -> str:
    column = plain(filter_.column)
    value = day_name(plain(filter_.value), "en").replace("..", " to ")
    if filter_.operator == "not":
        return f"all but {value}" if short else f"{column} is not {value}"
    if filter_.operator:
        return f"{column} {filter_.operator.replace('_', ' ')} {value}"
    if short and not value.isdigit():
        return value
    return f"{column} {value}" if short else f"{column} = {value}"


class Korean(Names):
    """Korean names."""

    def measure(self, analysis: Analysis) -> str:
        aggregate = "count" if not analysis.measure else analysis.aggregate or _natural(analysis)
        return measure_title("ko", aggregate, analysis.measure)

    def group(self, analysis: Analysis) -> str:
        if analysis.dimension:
            return f"{plain(analysis.dimension)}별"
        if analysis.time:
            return f"{PERIOD_WORDS.get(analysis.period, '연도')}별"
        return ""

    def title(self, analysis: Analysis) -> str:
        scope = self.scope(analysis)
        return f"{scope} {self._title(analysis)}".strip()

    def _title(self, analysis: Analysis) -> str:
        measure, group, name = self.measure(analysis), self.group(analysis), plain(analysis.measure)
        match analysis.kind:
            case "trend":
                period = PERIOD_WORDS.get(analysis.period, "연도")
                by = f"{plain(analysis.dimension)}별 " if analysis.dimension else ""
                return f"{by}{period}별 {measure} 추이"
            case "share":
                return f"{group} {measure} 비중"
            case "top" | "bottom":
                place = "상위" if analysis.kind == "top" else "하위"
                ranked = group.removesuffix("별") or "행"
                return f"{measure} {place} {ranked} {analysis.n or ''}".rstrip()
            case "comparison":
                if analysis.second_measure:
                    return f"{name} 대 {plain(analysis.second_measure)} 비교"
                return f"{group} {measure} 비교"
            case "correlation":
                other = plain(analysis.second_measure) or "다른 수치"
                return f"{name} 대 {other} 상관관계"
            case "outliers":
                return f"{name} 이상치"
            case "missing":
                column = plain(analysis.dimension)
                return f"{column} 결측" if column else "데이터 품질"
            case "overview":
                return "데이터 개요"
            case "count" if not group and not name:
                return "전체 건수"
            case _:
                return f"{group} {measure}".strip()

    def scope(self, analysis: Analysis) -> str:
        return ", ".join(_condition_ko(filter_, short=True) for filter_ in analysis.filters)

    def instruction(self, analysis: Analysis) -> str:
        where = ""
        if analysis.filters:
            listed = ", ".join(map(_condition_ko, analysis.filters))
            where = f" 대상 행: {listed}."
        compared = ", ".join(day_name(plain(value), "ko") for value in analysis.values)
        values = f" 비교 대상: {compared}." if compared else ""
        return f"{analysis.source}에서 {self._title(analysis)} 항목을 계산합니다.{where}{values}"


class English(Names):
    """English names."""

    def measure(self, analysis: Analysis) -> str:
        aggregate = "count" if not analysis.measure else analysis.aggregate or _natural(analysis)
        return measure_title("en", aggregate, analysis.measure)

    def group(self, analysis: Analysis) -> str:
        return plain(analysis.dimension) or period_en(analysis.period) or plain(analysis.time)

    def title(self, analysis: Analysis) -> str:
        title, scope = self._title(analysis), self.scope(analysis)
        return (title[0].upper() + title[1:]) + (f" ({scope})" if scope else "")

    def _title(self, analysis: Analysis) -> str:
        measure, group, name = self.measure(analysis), self.group(analysis), plain(analysis.measure)
        match analysis.kind:
            case "trend":
                by = f" and {plain(analysis.dimension)}" if analysis.dimension else ""
                return f"{measure} by {period_en(analysis.period) or 'year'}{by}"
            case "share":
                return f"share of {measure} by {group}"
            case "top" | "bottom":
                count = f" {analysis.n}" if analysis.n else ""
                return f"{analysis.kind}{count} by {group}: {measure}"
            case "comparison":
                if analysis.second_measure:
                    return f"{name} compared with {plain(analysis.second_measure)}"
                return f"comparison of {measure} by {group}"
            case "correlation":
                other = plain(analysis.second_measure) or "the other numbers"
                return f"correlation of {name} with {other}"
            case "outliers":
                return f"outliers of {name}"
            case "missing":
                column = plain(analysis.dimension)
                return f"missing values of {column}" if column else "data quality"
            case "overview":
                return "overview of the data"
            case _:
                return f"{measure} by {group}" if group else measure

    def scope(self, analysis: Analysis) -> str:
        return ", ".join(_condition_en(filter_, short=True) for filter_ in analysis.filters)

    def instruction(self, analysis: Analysis) -> str:
        where = ""
        if analysis.filters:
            listed = ", ".join(map(_condition_en, analysis.filters))
            where = f" Rows used: {listed}."
        compared = ", ".join(day_name(plain(value), "en") for value in analysis.values)
        values = f" Compared: {compared}." if compared else ""
        return f"Compute from {analysis.source}: {self._title(analysis)}.{where}{values}"


def _natural(analysis: Analysis) -> str:
    if analysis.kind == "count":
        return "count"
    return "mean" if analysis.kind in ("average", "outliers", "correlation") else "sum"


def names(language: str) -> Korean | English:
    """The names of a language; English for one that is neither."""
    return Korean() if language == "ko" else English()
