"""A whole job with scripted models, the real executor and the real server."""

import hashlib
from pathlib import Path

from agent_runtime.events import EVENT
from agent_runtime.roles import Role
from agent_runtime.tasks import parse_task
from tests.agent_runtime.running_runtime import TERMINAL, request, running_runtime
from tests.agent_runtime.scripted_model import ScriptedModels
from tests.agent_runtime.scripts import ORDERS, whole_job


def test_a_job_runs_every_agent_and_ends_with_a_verified_report(tmp_path: Path) -> None:
    models = ScriptedModels(whole_job())
    with running_runtime(tmp_path, models) as runtime:
        session = runtime.session()
        events = session.events(**request([runtime.write("orders.csv", ORDERS)]))
        folder = runtime.artifacts / session.id

        last = events[-1]
        assert last["type"] == "completed", last
        assert last["summary"] == "The total amount is in the report."
        agents = [event["agent"] for event in events if event["type"] == "step_started"]
        assert agents == [str(role) for role in Role]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert sum(event["type"] in TERMINAL for event in events) == 1
        assert all(EVENT.validate_python(event).wire() == event for event in events)
        paths = {artifact["path"] for artifact in last["artifacts"]}
        assert {"report.pdf", "report.docx", "citations.json", "calculations.json"} <= paths
        for artifact in last["artifacts"]:
            content = (folder / artifact["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == artifact["sha256"]
            assert artifact["uri"] == (folder / artifact["path"]).as_uri()


def test_each_agent_sees_its_own_slice_of_the_job_only(tmp_path: Path) -> None:
    models = ScriptedModels(whole_job())
    with running_runtime(tmp_path, models) as runtime:
        session = runtime.session()
        session.events(**request([runtime.write("orders.csv", ORDERS)]))
    blocks = {role: parse_task(models.first_messages(role)[0]) for role in Role}
    assert set(blocks[Role.COORDINATOR]) == {"question", "language", "files"}
    assert set(blocks[Role.PLANNER]) == {"question", "language", "files"}
    assert set(blocks[Role.CODER]) == {"language", "steps", "profiles"}
    assert set(blocks[Role.VALIDATOR]) == {"language", "steps"}
    assert set(blocks[Role.REPORTER]) == {"question", "language", "title", "steps"}
    assert "Sum the column" not in models.first_messages(Role.REPORTER)[0]
    assert blocks[Role.CODER]["profiles"][0]["rows"] == 3
    calculation = models.tool_results(Role.REPORTER)[0]["calculations"][0]
    assert (calculation["id"], calculation["status"]) == ("total_amount", "verified")
