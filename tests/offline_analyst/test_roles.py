"""The model as Strands sees it: each role's turns, feedback, small talk, determinism."""

import asyncio
import json
from typing import Any

import pytest

from agent_runtime.models.offline import OfflineModel
from agent_runtime.models.offline.conversation import read
from agent_runtime.models.offline.feedback import revise
from agent_runtime.models.offline.planning import plan_of
from agent_runtime.models.offline.roles import coder, coordinator, planner
from agent_runtime.models.offline.understanding import understand
from agent_runtime.plan import Plan
from agent_runtime.roles import Role
from agent_runtime.tasks import coder_task, coordinator_task, planner_task
from tests.offline_analyst.datasets import sales
from tests.offline_analyst.workspace import workspace

FILES = [{"name": "t.csv", "path": "data/table.csv", "size": 9}]
Messages = list[dict[str, Any]]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with workspace(tmp_path_factory.mktemp("sales"), sales()) as space:
        return space.profile


def said(text: str) -> Messages:
    return [{"role": "user", "content": [{"text": text}]}]


def after(messages: Messages, tool: str, given: Any, answer: Any) -> Messages:
    identifier = f"call-{len(messages)}"
    use = {"toolUse": {"toolUseId": identifier, "name": tool, "input": given}}
    result = {
        "toolUseId": identifier,
        "status": "success",
        "content": [{"text": json.dumps(answer)}],
    }
    return [
        *messages,
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [{"toolResult": result}]},
    ]


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("안녕하세요", "ko", "안녕하세요"),
        ("thanks!", "en", "welcome"),
        ("who are you?", "en", "data analyst"),
        ("너는 누구야?", "ko", "데이터 분석가"),
    ],
)
def test_small_talk_is_answered_in_its_language(
    question: str, language: Any, expected: str
) -> None:
    turn = coordinator(read(said(coordinator_task(question, language, [])), []))
    assert not turn.tool
    assert expected in turn.text


@pytest.mark.parametrize("question", ["total sales", "안녕, 지역별 매출 알려줘", "analyze"])
def test_a_question_about_data_goes_to_the_planner(question: str) -> None:
    turn = coordinator(read(said(coordinator_task(question, "en", FILES)), []))
    assert turn.tool == "handoff_to_planner"


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    "question", ["분석해줘", "profit by planet", "지역별 매출과 이익", "asdf qwer"]
)
def test_every_plan_is_valid_for_the_runtime(
    profile: dict[str, Any], question: str, language: str
) -> None:
    plan = plan_of(question, language, understand(question, [profile]))
    assert Plan.model_validate(plan).model_dump()["question"] == question


def test_a_question_about_an_absent_column_names_it_and_lists_those_there(
    profile: dict[str, Any],
) -> None:
    plan = plan_of("profit by planet", "en", understand("profit by planet", [profile]))
    assert plan["steps"] == []
    assert "'planet'" in plan["unanswered"][0]["reason"]
    assert "region" in plan["unanswered"][0]["reason"]


def test_the_planner_inspects_then_submits_then_stops(profile: dict[str, Any]) -> None:
    messages = said(planner_task("지역별 매출", "ko", FILES))
    assert planner(read(messages, [])).tool == "inspect_data"
    messages = after(messages, "inspect_data", {}, {"profiles": [profile]})
    turn = planner(read(messages, []))
    assert turn.tool == "submit_plan"
    messages = after(messages, "submit_plan", turn.arguments, {"status": "ok"})
    assert not planner(read(messages, [])).tool


def test_feedback_drops_and_adds_analyses(profile: dict[str, Any]) -> None:
    question = "월별 매출 추이와 지역별 비중"
    plan = plan_of(question, "ko", understand(question, [profile]))
    revised = revise(plan, "추이는 빼고 카테고리별 평균 단가 추가", [profile])
    assert [(t.analysis.kind, t.analysis.dimension) for t in revised.tasks] == [
        ("share", "region"),
        ("average", "category"),
    ]
    revised = revise(plan, "drop the trend", [profile])
    assert [task.analysis.kind for task in revised.tasks] == ["share"]


def test_feedback_that_is_not_understood_is_said(profile: dict[str, Any]) -> None:
    plan = plan_of("지역별 매출", "ko", understand("지역별 매출", [profile]))
    revised = revise(plan, "더 멋지게", [profile])
    assert len(revised.tasks) == 1
    assert [gap.reason for gap in revised.gaps] == ["feedback"]


def coding(profile: dict[str, Any]) -> Messages:
    plan = plan_of("지역별 매출, 월별 추이", "ko", understand("지역별 매출, 월별 추이", [profile]))
    return said(coder_task(Plan.model_validate(plan), [profile]))


def test_the_coder_loads_once_and_runs_each_step(profile: dict[str, Any]) -> None:
    messages, cells = coding(profile), []
    while (turn := coder(read(messages, []))).tool:
        cells.append(turn.arguments["code"])
        messages = after(messages, turn.tool, turn.arguments, {"status": "ok"})
    assert [cell.count("toolkit.load(") for cell in cells] == [1, 0, 0]


def test_a_restarted_kernel_is_loaded_again_and_the_lost_step_reported(
    profile: dict[str, Any],
) -> None:
    messages = coding(profile)
    opening = coder(read(messages, [])).arguments
    messages = after(messages, "run_python", opening, {"status": "ok"})
    died = coder(read(messages, [])).arguments
    lost = {"status": "kernel_died", "kernel_restarted": True}
    messages = after(messages, "run_python", died, lost)
    again = coder(read(messages, [])).arguments
    assert again == opening
    messages = after(messages, "run_python", again, {"status": "ok"})
    following = coder(read(messages, [])).arguments
    assert following not in (opening, died)
    messages = after(messages, "run_python", following, {"status": "ok"})
    end = coder(read(messages, []))
    assert not end.tool
    assert "실패" in end.text


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("content", [[], [{"text": "<plan>{</plan>"}], [{"text": "\x00😀"}]])
def test_odd_input_never_raises_and_the_same_input_gives_the_same_events(
    role: Role, content: list[Any]
) -> None:
    async def events() -> list[Any]:
        model = OfflineModel(role)
        return [event async for event in model.stream([{"role": "user", "content": content}])]

    first, second = asyncio.run(events()), asyncio.run(events())
    assert first == second
    assert first[-2]["messageStop"]["stopReason"] == "end_turn"
    assert set(first[-1]) == {"metadata"}


def test_no_tool_is_called_that_is_not_offered() -> None:
    messages: Any = said(coordinator_task("total sales", "en", FILES))
    assert not OfflineModel(Role.COORDINATOR).next_turn(messages, []).tool
    specs: Any = [{"name": "handoff_to_planner"}]
    assert OfflineModel(Role.COORDINATOR).next_turn(messages, specs).tool == specs[0]["name"]
