"""Tools that fail: the agent hears of what it can mend, the job ends for what nobody can."""

from pathlib import Path

from agent_runtime.roles import Role
from tests.agent_runtime.running_runtime import request, running_runtime
from tests.agent_runtime.scripted_model import Call, Fail, ScriptedModels
from tests.agent_runtime.scripts import ORDERS, PLAN, whole_job

STOP = Fail(ValueError("stop here"))


def test_a_tool_that_raises_is_an_error_for_the_agent_and_the_job_goes_on(tmp_path: Path) -> None:
    models = ScriptedModels(
        whole_job(
            planner=[Call("submit_plan", {"plan": PLAN})],
            coder=[
                Call("read_file", {"path": "../../etc/passwd"}),
                Call("no_such_tool"),
                Call("run_python", {"code": "1 / 0"}),
                STOP,
            ],
        )
    )
    with running_runtime(tmp_path, models) as runtime:
        events = runtime.session().events(**request([runtime.write("orders.csv", ORDERS)]))
    statuses = [
        (event["tool"], event["status"])
        for event in events
        if event["type"] == "tool_finished" and event["agent"] == "coder"
    ]
    assert statuses == [("read_file", "error"), ("no_such_tool", "error"), ("run_python", "ok")]
    outside, unknown, failed = models.tool_results(Role.CODER)
    assert "is outside data/, artifacts/" in outside
    assert "no_such_tool" in unknown
    assert failed["status"] == "error"
    assert (failed["error"]["name"], failed["error"]["line"]) == ("ZeroDivisionError", 1)


def test_an_invalid_plan_comes_back_with_its_problems(tmp_path: Path) -> None:
    plan = PLAN | {"language": "fr", "steps": [{"id": "S 1", "title": "x"}]}
    models = ScriptedModels(
        whole_job(
            planner=[
                Call("submit_plan", {"plan": plan}),
                Call("submit_plan", {"plan": PLAN}),
            ],
            coder=[STOP],
        )
    )
    with running_runtime(tmp_path, models) as runtime:
        events = runtime.session().events(**request([]))
    (problems,) = models.tool_results(Role.PLANNER)
    assert problems["status"] == "invalid"
    assert len(problems["problems"]) == 3
    assert [event["revision"] for event in events if event["type"] == "plan"] == [1]


def test_a_question_the_data_cannot_answer_fails_with_the_planners_reason(tmp_path: Path) -> None:
    reason = "There is no column about weather."
    plan = PLAN | {"steps": [], "unanswered": [{"phrase": "weather", "reason": reason}]}
    models = ScriptedModels(whole_job(planner=[Call("submit_plan", {"plan": plan})]))
    with running_runtime(tmp_path, models) as runtime:
        last = runtime.session().events(**request([]))[-1]
    assert (last["type"], last["code"]) == ("failed", "question_not_answerable")
    assert last["reason"] == reason


def test_data_that_cannot_be_read_fails_the_job_with_one_sentence(tmp_path: Path) -> None:
    models = ScriptedModels(whole_job())
    with running_runtime(tmp_path, models) as runtime:
        last = runtime.session().events(**request([runtime.write("x.csv", b"\0\1\2" * 999)]))[-1]
    assert (last["type"], last["code"]) == ("failed", "data_error")
    assert "x.csv" in last["reason"]
    assert "Traceback" not in last["reason"]
    assert "\n" not in last["reason"]


def test_one_unusable_file_among_usable_ones_is_named_and_the_job_goes_on(tmp_path: Path) -> None:
    models = ScriptedModels(
        whole_job(planner=[Call("inspect_data"), Call("submit_plan", {"plan": PLAN})], coder=[STOP])
    )
    with running_runtime(tmp_path, models) as runtime:
        data = [runtime.write("x.csv", b"\0\1\2" * 999), runtime.write("orders.csv", ORDERS)]
        runtime.session().events(**request(data))
    (inspected,) = models.tool_results(Role.PLANNER)
    assert [profile["name"] for profile in inspected["profiles"]] == ["orders"]
    assert [entry["path"] for entry in inspected["unusable"]] == ["data/x.csv"]


def test_a_question_about_data_without_a_file_fails(tmp_path: Path) -> None:
    with running_runtime(tmp_path, ScriptedModels(whole_job())) as runtime:
        last = runtime.session().events(**request([]))[-1]
    assert (last["code"], last["type"]) == ("data_error", "failed")
    assert last["reason"] == "The question needs data, and no data file was given."


def test_long_output_is_cut_in_the_middle_for_the_model(tmp_path: Path) -> None:
    models = ScriptedModels(
        whole_job(
            planner=[Call("submit_plan", {"plan": PLAN})],
            coder=[Call("run_python", {"code": "print('a' * 50000 + 'b' * 50000)"}), STOP],
        )
    )
    with running_runtime(tmp_path, models, DEEP_INSIGHT_LIMIT_TOOL_CHARS="1000") as runtime:
        runtime.session().events(**request([runtime.write("orders.csv", ORDERS)]))
    (result,) = models.tool_results(Role.CODER)
    assert len(result["stdout"]) < 1100
    assert result["stdout"].startswith("a" * 500 + "\n[99001 characters left out]\n")
    assert result["stdout"].endswith("b" * 499 + "\n")
