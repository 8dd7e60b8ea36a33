"""The auditor may return the report to the reporter twice."""

from pathlib import Path

from agent_runtime.roles import Role
from agent_runtime.tasks import parse_task
from tests.agent_runtime.running_runtime import request, running_runtime
from tests.agent_runtime.scripted_model import Call, Say, ScriptedModels
from tests.agent_runtime.scripts import DRAFT, ORDERS, whole_job

BAD = "# Answer\n\nThe total amount is 400.\n"
WRITE_BAD = Call("write_report", {"title": "Orders", "draft": BAD})
WRITE_GOOD = Call("write_report", {"title": "Orders", "draft": DRAFT})
AUDIT = Call("audit_report")
RETRY = Call("submit_verdict", {"verdict": "retry"})
PASS = Call("submit_verdict", {"verdict": "pass"})
SUMMARY = Say("Written.")


def test_findings_go_back_to_the_reporter_with_the_draft(tmp_path: Path) -> None:
    models = ScriptedModels(
        whole_job(
            reporter=[WRITE_BAD, SUMMARY, WRITE_GOOD, SUMMARY],
            auditor=[AUDIT, RETRY, AUDIT, PASS],
        )
    )
    with running_runtime(tmp_path, models) as runtime:
        events = runtime.session().events(**request([runtime.write("orders.csv", ORDERS)]))
    assert events[-1]["type"] == "completed"
    assert events[-1]["summary"] == "Written."
    first, second = [parse_task(text) for text in models.first_messages(Role.REPORTER)]
    assert "findings" not in first
    assert second["draft"] == BAD
    assert second["findings"][0]["kind"] == "uncited_number"


def test_the_report_is_returned_at_most_twice_and_the_open_findings_are_said(
    tmp_path: Path,
) -> None:
    models = ScriptedModels(
        whole_job(
            reporter=[WRITE_BAD, SUMMARY] * 3,
            auditor=[AUDIT, RETRY, AUDIT, RETRY, AUDIT, PASS, RETRY],
        )
    )
    with running_runtime(tmp_path, models) as runtime:
        events = runtime.session().events(**request([runtime.write("orders.csv", ORDERS)]))
    attempts = [
        event["attempt"]
        for event in events
        if event["type"] == "step_started" and event["agent"] == "reporter"
    ]
    assert attempts == [1, 2, 3]
    assert events[-1]["type"] == "completed"
    assert "The audit asks for a person's review" in events[-1]["summary"]
    refused = models.tool_results(Role.AUDITOR)[-1]
    assert refused["problems"] == ["The audit found 'retry'; pass is not possible."]
