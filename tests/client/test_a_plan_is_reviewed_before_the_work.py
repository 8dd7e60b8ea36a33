"""`--review`: the plan is shown, and the person's verdict goes to the runtime."""

from pathlib import Path

import pytest

from tests.client.commands import OpenTerminal
from tests.client.stand_in_runtime import Event, StandInRuntime
from tests.client.terminal_client import CTRL_C, TerminalClient

QUESTION = "[a]pprove, [f]eedback, [c]ancel the job:"


@pytest.fixture
def client(open_terminal: OpenTerminal, runtime: StandInRuntime, data: Path) -> TerminalClient:
    """A client that shows a plan and waits."""
    opened = open_terminal(
        "analyze", data, "--prompt", "review", "--review", "--runtime", runtime.url, "--out", "out"
    )
    opened.read_until("Plan, revision 1: 지역별 매출 분석")
    opened.read_until("Share of amount by region.")
    opened.read_until("Cannot be answered: 고객 만족도 (no such column)")
    opened.read_until(QUESTION)
    return opened


def sent(runtime: StandInRuntime) -> list[Event]:
    """What the client told the job."""
    return [m for m in runtime.requests if m["type"] in {"plan_feedback", "cancel"}]


def test_an_approved_plan_is_carried_out(client: TerminalClient, runtime: StandInRuntime) -> None:
    assert runtime.requests[0]["review"] == "required"
    assert runtime.requests[0]["review_timeout_seconds"] == 300
    assert runtime.requests[0]["on_review_timeout"] == "cancel"
    client.press("maybe\n")
    client.read_until("'maybe' is none of a, f and c.")
    client.read_until(QUESTION)
    client.press("a\n")
    client.read_until("report     out/report.pdf")
    assert client.end() == 0
    assert sent(runtime) == [{"type": "plan_feedback", "approved": True, "feedback": ""}]


def test_feedback_goes_to_the_planner(client: TerminalClient, runtime: StandInRuntime) -> None:
    client.press("f\n")
    client.read_until("What should change?")
    client.press("월별 추이도 보여 줘\n")
    assert client.end() == 0
    feedback = {"type": "plan_feedback", "approved": False, "feedback": "월별 추이도 보여 줘"}
    assert sent(runtime) == [feedback]


def test_a_plan_can_be_refused_with_the_job(
    client: TerminalClient, runtime: StandInRuntime
) -> None:
    client.press("c\n")
    assert client.end() == 3
    assert sent(runtime) == [{"type": "cancel"}]


def test_ctrl_c_at_the_question_asks_and_comes_back_to_it(client: TerminalClient) -> None:
    client.press(CTRL_C)
    client.read_until("or Enter to go on:")
    client.press("\n")
    client.read_until(QUESTION)
    client.press("a\n")
    assert client.end() == 0


def test_a_review_that_ended_without_an_answer_frees_the_terminal(
    open_terminal: OpenTerminal, runtime: StandInRuntime, data: Path
) -> None:
    where = ["--runtime", runtime.url, "--out", "out"]
    client = open_terminal("analyze", data, "--prompt", "impatient", "--review", *where)
    client.read_until(QUESTION)
    runtime.wait_for_job().tell({"type": "time is up"})
    client.read_until("report     out/report.pdf")
    assert client.end() == 0
    assert sent(runtime) == []


def test_attaching_later_asks_no_question_that_was_answered_before(
    client: TerminalClient, open_terminal: OpenTerminal, runtime: StandInRuntime
) -> None:
    client.press("a\n")
    assert client.end() == 0
    session = runtime.wait_for_job().session_id
    later = open_terminal("attach", session, "--runtime", runtime.url, "--out", "other")
    later.read_until("report     other/report.pdf")
    assert later.end() == 0
    assert QUESTION not in later.screen
    assert len(sent(runtime)) == 1
