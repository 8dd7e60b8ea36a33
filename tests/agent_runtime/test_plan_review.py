"""The plan review: approval, revisions within a bound, and a time-out that means what was asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent_runtime.roles import Role
from agent_runtime.tasks import parse_task
from tests.agent_runtime.running_runtime import (
    Event,
    Session,
    request,
    running_runtime,
    types,
)
from tests.agent_runtime.scripted_model import Call, Fail, ScriptedModels
from tests.agent_runtime.scripts import PLAN, whole_job

SUBMIT = Call("submit_plan", {"plan": PLAN})
REACHED_CODER = "The coder's model failed: ValueError: stop here"


def models(plans: int = 1) -> ScriptedModels:
    """A job that ends, on purpose, as soon as the coder is reached."""
    return ScriptedModels(
        whole_job(planner=[SUBMIT] * plans, coder=[Fail(ValueError("stop here"))])
    )


def review(session: Session, answers: list[dict[str, Any]]) -> list[Event]:
    """Run a job; each review request gets the next answer."""
    replies = iter(answers)
    events = []

    def reply(stream: Iterator[Event]) -> None:
        for event in stream:
            events.append(event)
            if event["type"] == "plan_review_requested":
                answer = session.post(type="plan_feedback", **next(replies))
                assert answer.status_code == 200, answer.text

    with session.stream(**request([], review="required")) as stream:
        reply(stream)
    return events


def test_an_approved_plan_goes_to_the_coder(tmp_path: Path) -> None:
    with running_runtime(tmp_path, models()) as runtime:
        events = review(runtime.session(), [{"approved": True}])
    asked = next(event for event in events if event["type"] == "plan_review_requested")
    assert (asked["revision"], asked["timeout_seconds"], asked["on_timeout"]) == (1, 300, "cancel")
    assert events[-1]["reason"] == REACHED_CODER


def test_feedback_reaches_the_planner_with_the_previous_plan(tmp_path: Path) -> None:
    scripted = models(plans=2)
    with running_runtime(tmp_path, scripted) as runtime:
        events = review(
            runtime.session(),
            [{"approved": False, "feedback": "Add the average."}, {"approved": True}],
        )
    first, second = [parse_task(text) for text in scripted.first_messages(Role.PLANNER)]
    assert "feedback" not in first
    assert second["feedback"] == "Add the average."
    assert second["plan"]["title"] == PLAN["title"]
    assert [e["revision"] for e in events if e["type"] == "plan"] == [1, 2]
    assert events[-1]["reason"] == REACHED_CODER


def test_revisions_are_bounded(tmp_path: Path) -> None:
    with running_runtime(
        tmp_path, models(plans=9), DEEP_INSIGHT_LIMIT_PLAN_REVISIONS="2"
    ) as runtime:
        events = review(
            runtime.session(), [{"approved": False, "feedback": "Again."} for _ in range(3)]
        )
    assert types(events).count("plan") == 3
    assert events[-1]["type"] == "cancelled"
    assert "revised as often as allowed (2 times)" in events[-1]["reason"]


def test_a_rejection_without_feedback_is_refused_and_the_review_stays_open(
    tmp_path: Path,
) -> None:
    with running_runtime(tmp_path, models()) as runtime:
        session = runtime.session()
        session.events_until("plan_review_requested", **request([], review="required"))
        refused = session.post(type="plan_feedback", approved=False)
        assert refused.status_code == 400
        assert session.post(type="status").json()["review_pending"] is True
        assert session.post(type="plan_feedback", approved=True).status_code == 200
        assert session.wait_for_end()["reason"] == REACHED_CODER


def test_a_review_that_times_out_cancels_when_that_was_asked(tmp_path: Path) -> None:
    with running_runtime(tmp_path, models()) as runtime:
        events = runtime.session().events(
            **request([], review="required", review_timeout_seconds=0.1)
        )
    assert events[-1]["type"] == "cancelled"
    assert events[-1]["reason"] == "The plan was not reviewed within 0.1 seconds."


def test_a_review_that_times_out_approves_when_that_was_asked(tmp_path: Path) -> None:
    with running_runtime(tmp_path, models()) as runtime:
        events = runtime.session().events(
            **request(
                [], review="required", review_timeout_seconds=0.1, on_review_timeout="approve"
            )
        )
    assert events[-1]["reason"] == REACHED_CODER


def test_without_a_review_the_plan_is_shown_and_nothing_waits(tmp_path: Path) -> None:
    with running_runtime(tmp_path, models()) as runtime:
        events = runtime.session().events(**request([]))
    assert "plan" in types(events)
    assert "plan_review_requested" not in types(events)
