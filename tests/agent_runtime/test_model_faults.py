"""Models that are throttled, silent or broken."""

from pathlib import Path

import pytest
from strands.types.exceptions import ModelThrottledException

from agent_runtime.errors import ModelUnavailableError
from agent_runtime.roles import Role
from tests.agent_runtime.running_runtime import request, running_runtime, types
from tests.agent_runtime.scripted_model import Call, Fail, Hang, Say, ScriptedModels, Turn
from tests.agent_runtime.scripts import PLAN, whole_job

THROTTLED = Fail(ModelThrottledException("slow down"))


def run(folder: Path, turns: list[Turn], **variables: str) -> list[dict[str, object]]:
    models = ScriptedModels({Role.COORDINATOR: turns})
    with running_runtime(folder, models, **variables) as runtime:
        return runtime.session().events(**request([], prompt="Hello!"))


def test_a_throttled_model_is_tried_again_and_each_retry_is_visible(tmp_path: Path) -> None:
    events = run(tmp_path, [THROTTLED, THROTTLED, Say("Hello.")])
    retries = [event for event in events if event["type"] == "retry"]
    assert [(r["agent"], r["attempt"], r["reason"]) for r in retries] == [
        ("coordinator", 1, "throttled"),
        ("coordinator", 2, "throttled"),
    ]
    assert events[-1]["answer"] == "Hello."


def test_a_model_that_stays_throttled_fails_the_job_after_bounded_retries(tmp_path: Path) -> None:
    events = run(tmp_path, [THROTTLED] * 9, DEEP_INSIGHT_MODEL_ATTEMPTS="3")
    assert types(events).count("retry") == 2
    assert events[-1]["type"] == "failed"
    assert events[-1]["code"] == "model_failed"
    assert "throttled" in str(events[-1]["reason"])


def test_an_unavailable_service_is_tried_again(tmp_path: Path) -> None:
    events = run(tmp_path, [Fail(ModelUnavailableError("down")), Say("Hello.")])
    assert [e["reason"] for e in events if e["type"] == "retry"] == ["unavailable"]
    assert events[-1]["type"] == "completed"


def test_a_silent_model_is_tried_once_more_and_then_fails_the_job(tmp_path: Path) -> None:
    events = run(tmp_path, [Hang(), Hang(), Hang()], DEEP_INSIGHT_MODEL_STALL_SECONDS="0.1")
    assert [e["reason"] for e in events if e["type"] == "retry"] == ["stalled"]
    assert events[-1]["type"] == "failed"
    assert events[-1]["code"] == "model_stalled"
    assert events[-1]["reason"] == "The coordinator's model was silent for 0.1 seconds."


def test_a_model_that_was_silent_once_does_not_fail_the_job(tmp_path: Path) -> None:
    events = run(tmp_path, [Hang(), Say("Hello.")], DEEP_INSIGHT_MODEL_STALL_SECONDS="0.1")
    assert events[-1]["type"] == "completed"


@pytest.mark.parametrize("error", [ValueError("broken"), KeyError("x"), MemoryError()])
def test_a_model_that_raises_fails_the_job_with_one_sentence(
    tmp_path: Path, error: Exception
) -> None:
    events = run(tmp_path, [Fail(error)])
    assert events[-1]["type"] == "failed"
    reason = str(events[-1]["reason"])
    assert reason.startswith(f"The coordinator's model failed: {type(error).__name__}")
    assert "\n" not in reason
    finished = [event for event in events if event["type"] == "step_finished"]
    assert [event["status"] for event in finished] == ["failed"]


def test_an_agent_that_does_not_do_its_part_even_when_reminded_fails_the_job(
    tmp_path: Path,
) -> None:
    models = ScriptedModels(whole_job(planner=[Say("A plan."), Say("Still."), Say("No.")]))
    with running_runtime(tmp_path, models) as runtime:
        events = runtime.session().events(**request([]))
    assert events[-1]["code"] == "agent_failed"
    assert events[-1]["reason"] == "The planner ended without doing its part."


def test_an_agent_that_does_its_part_when_reminded_goes_on(tmp_path: Path) -> None:
    submit = Call("submit_plan", {"plan": PLAN})
    coder = [Fail(ValueError("far enough"))]
    models = ScriptedModels(whole_job(planner=[Say("A plan."), submit], coder=coder))
    with running_runtime(tmp_path, models) as runtime:
        events = runtime.session().events(**request([]))
    assert "plan" in types(events)
    assert str(events[-1]["reason"]).startswith("The coder's model failed")
