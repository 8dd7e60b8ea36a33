"""/ping tells AgentCore whether the session may be ended."""

import time
from pathlib import Path

from tests.agent_runtime.running_runtime import request, running_runtime, wait_until
from tests.agent_runtime.scripted_model import Hang, ScriptedModels
from tests.agent_runtime.scripts import whole_job


def test_a_runtime_is_busy_while_a_job_runs_with_or_without_a_reader(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Hang()])
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        assert runtime.ping()["status"] == "Healthy"
        session = runtime.session()
        session.events_until("step_started", **request([]))
        assert runtime.ping()["status"] == "HealthyBusy"
        session.post(type="cancel")
        session.wait_for_end()
        # The job's last event goes out before its task is over.
        wait_until(lambda: runtime.ping()["status"] == "Healthy")


def test_the_time_of_the_last_update_changes_only_with_the_status(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Hang()])
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        session.events_until("step_started", **request([]))
        busy = runtime.ping()
        wait_until(lambda: int(time.time()) > busy["time_of_last_update"])
        assert runtime.ping() == busy
        session.post(type="cancel")
        session.wait_for_end()
        wait_until(lambda: runtime.ping()["status"] == "Healthy")
        assert runtime.ping()["time_of_last_update"] > busy["time_of_last_update"]
