"""From what was understood to the typed plan, in the job's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.analysis import Analysis, Choice, Gap, Task
from agent_runtime.models.offline.naming import names
from agent_runtime.models.offline.understanding import Understanding
from agent_runtime.models.offline.wording import stems

_LONGEST_LINE = 480
_LONGEST_TITLE = 70


def plan_of(question: str, language: str, understanding: Understanding) -> dict[str, Any]:
    """The plan as `submit_plan` takes it: one step for each analysis, and what is not answered."""
    steps = [
        step_of(f"s{number}", task, language) for number, task in enumerate(understanding.tasks, 1)
    ]
    unanswered = [
        {"phrase": _line(gap.phrase), "reason": _line(reason(gap, language))}
        for gap in understanding.gaps
    ]
    if not steps and not unanswered:
        said = _NOTHING[language == "ko"]
        unanswered = [{"phrase": _line(question) or "-", "reason": said}]
    return {
        "title": _title("" if understanding.vague else question, language),
        "question": question,
        "language": language,
        "steps": steps,
        "unanswered": unanswered,
    }


def step_of(identifier: str, task: Task, language: str) -> dict[str, Any]:
    """One step of the plan."""
    instruction = " ".join(
        [
            names(language).instruction(task.analysis),
            *(choice_text(c, language) for c in task.choices),
        ]
    )
    return {
        "id": identifier,
        "title": _line(names(language).title(task.analysis)),
        "instruction": instruction[:7900],
        "analysis": task.analysis.to_dict(),
    }


def choice_text(choice: Choice, language: str) -> str:
    """What was left open and how it was settled, as one sentence."""
    others = ", ".join(" ".join(name.split()) for name in choice.others)
    chosen = " ".join(choice.chosen.split())
    korean = language == "ko"
    if choice.what == "rows":
        if korean:
            return f"'{chosen}' 값이 여러 행에 나오므로 행의 수를 셉니다."
        return f"'{chosen}' repeats over rows, so rows are counted."
    if choice.what == "column":
        if korean:
            return f"'{chosen}' 열로 해석했습니다(다른 후보: {others})."
        return f"Read as the column '{chosen}' (other candidates: {others})."
    if choice.what == "period":
        if korean:
            return f"'{others}'은 데이터의 마지막 날짜를 기준으로 '{chosen}'로 해석했습니다."
        return f"'{others}' is read as {chosen}, counted from the last date of the data."
    what = _WHAT[choice.what][korean]
    rest = ""
    if others:
        rest = f" 다른 후보: {others}." if korean else f" Other candidates: {others}."
    if korean:
        return f"질문이 {what} 지정하지 않아 '{chosen}' 열을 골랐습니다.{rest}"
    return f"The question names no {what}; '{chosen}' was chosen.{rest}"


def reason(gap: Gap, language: str) -> str:
    """Why a phrase cannot be answered, as one sentence that names the way out."""
    korean = language == "ko"
    if gap.reason == "absent":
        *missing, listed = gap.detail
        words = ", ".join(f"'{name}'" for name in missing)
        if korean:
            return f"{words}에 해당하는 열이나 값이 데이터에 없습니다. 사용할 수 있는 열: {listed}."
        return f"The data hold no column or value for {words}; available columns: {listed}."
    listed = gap.detail[-1] if gap.detail else ""
    return _REASONS[gap.reason][korean].format(columns=listed)


def _title(question: str, language: str) -> str:
    """The question as a heading, without the words that only ask for something to be done."""
    words = " ".join(question.split()).rstrip("?.! ").split(" ")
    while words and (_stop(words[-1]) if language == "ko" else False):
        words.pop()
    title = " ".join(words)
    if language == "ko" and words and not words[-1].isascii():
        title = title.removesuffix("을").removesuffix("를").removesuffix("도")
    if not title or len(title) > _LONGEST_TITLE:
        return "데이터 분석 보고서" if language == "ko" else "Data analysis report"
    return title[0].upper() + title[1:]


def _stop(word: str) -> bool:
    return any(stem in vocabulary.STOP | vocabulary.GENERAL for stem, _ in stems(word.casefold()))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def tasks_of(plan: Mapping[str, Any]) -> list[Task]:
    """The analyses of a plan's steps; steps without one are left out."""
    steps: Sequence[Mapping[str, Any]] = plan.get("steps") or ()
    return [Task(Analysis.from_dict(step["analysis"])) for step in steps if step.get("analysis")]


_WHAT = {
    "measure": ("measure", "수치를"),
    "dimension": ("dimension", "분류 기준을"),
    "time": ("date", "날짜를"),
}
_NOTHING = (
    "The files hold no rows and columns that could be analysed.",
    "분석할 수 있는 행과 열이 파일에 없습니다.",
)
_REASONS = {
    "forecast": (
        "Forecasts are not made here: the analysis only describes the data that are there.",
        "예측은 하지 않습니다. 이 분석은 있는 데이터만 설명합니다.",
    ),
    "cause": (
        "Causes cannot be proven from these data; ask for trends, comparisons or correlations.",
        "원인은 이 데이터만으로 증명할 수 없습니다. 추이, 비교, 상관관계로 질문해 주세요.",
    ),
    "advice": (
        "Recommendations need knowledge beyond the data; ask for the figures they could rest on.",
        "제안은 데이터 밖의 지식이 필요합니다. 판단의 근거가 될 수치를 질문해 주세요.",
    ),
    "model": (
        "Statistical models such as clustering or regression are beyond this analyst.",
        "군집이나 회귀 같은 통계 모델은 이 분석기가 다루지 않습니다.",
    ),
    "period_change": (
        "Changes from each period to the next are not listed; ask for the trend or two periods.",
        "기간마다의 증감은 따로 계산하지 않습니다. 추이를 묻거나 두 기간을 비교해 주세요.",
    ),
    "group_condition": (
        "A bound on a group's number cannot be a condition; ask for the ranking of the groups.",
        "그룹의 수치에 거는 조건은 다루지 않습니다. 그룹의 순위로 질문해 주세요.",
    ),
    "one_period": (
        "A comparison needs two periods; name both, such as 2024 and 2025.",
        "비교에는 두 기간이 필요합니다. 2024년과 2025년처럼 둘 다 적어 주세요.",
    ),
    "condition": (
        "The condition does not suit its column; available columns: {columns}.",
        "조건이 열의 값에 맞지 않습니다. 사용할 수 있는 열: {columns}.",
    ),
    "several_values": (
        "Several values of one column can only be compared; ask for that, or for one of them.",
        "한 열의 여러 값은 비교만 할 수 있습니다. 비교를 요청하거나 값 하나를 골라 주세요.",
    ),
    "sum_of_rates": (
        "Rates, prices and the like have no meaningful sum; ask for their average.",
        "비율이나 단가는 더해도 뜻이 없습니다. 평균으로 질문해 주세요.",
    ),
    "no_time": (
        "The data hold no column of dates; available columns: {columns}.",
        "날짜 열이 데이터에 없습니다. 사용할 수 있는 열: {columns}.",
    ),
    "no_number": (
        "The data hold no column of numbers to measure; available columns: {columns}.",
        "계산할 수치 열이 데이터에 없습니다. 사용할 수 있는 열: {columns}.",
    ),
    "one_number": (
        "A correlation needs two columns of numbers; available columns: {columns}.",
        "상관관계에는 수치 열이 두 개 필요합니다. 사용할 수 있는 열: {columns}.",
    ),
    "feedback": (
        "This request was not understood; the rest of the plan stands.",
        "이 요청은 이해하지 못했습니다. 나머지 계획은 그대로입니다.",
    ),
}
