"""The commands about sessions of a stack, with the client's own main function."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from client.stack import project_folder
from tests.client.commands import RunClient
from tests.client.stand_in_runtime import SCRIPTS, StandInJob
from tests.fargate.client.scripted_stack import CLIENT, ScriptedStack
from tests.fargate.stand_ins.account import ACCOUNT_ID

MINE = f"arn:aws:sts::{ACCOUNT_ID}:user/moto"
OTHERS = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/analyst/kim"
STOP = "bedrock-agentcore.StopRuntimeSession"

Command = Callable[..., tuple[int, str, str]]


def session_id(name: str) -> str:
    return f"deep-insight-{name}-".ljust(40, "0")


@pytest.fixture
def command(deployed: ScriptedStack, call_client: RunClient) -> Command:
    """Runs a command with the stack's outputs; exit code, output and messages."""

    def run(*arguments: str) -> tuple[int, str, str]:
        done = call_client(*arguments, "--outputs", "outputs.json")
        return done.returncode, done.stdout, done.stderr

    return run


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


def test_sessions_show_status_age_tokens_cost_and_question(
    deployed: ScriptedStack, command: Command
) -> None:
    ended = {"started": ago(hours=3), "ended": ago(hours=1), "status": "completed"}
    usage = {"total": {"input_tokens": 1000, "output_tokens": 234}, "agents": {}}
    request = {"prompt": "매출 추이를 보여 줘\nand more"}
    done = session_id("listed-done")
    deployed.write_job(done, **ended, owner=OTHERS, usage=usage, request=request)
    deployed.write_job(session_id("listed-runs"), started=ago(minutes=5))
    deployed.write_job(session_id("listed-lost"), started=ago(hours=9))
    code, said, notes = command("sessions", "--limit", "1000")
    assert code == 0
    rows = {line.split()[0]: line.split() for line in said.splitlines()}
    prices = json.loads((project_folder() or Path()).joinpath("plan/prices.json").read_text())
    amount = {name: row["amount"] for name, row in prices["prices"].items()}
    hour = amount["fargate-cpu-ARM64"] + 4 * amount["fargate-memory-ARM64"]
    assert rows[done][1:7] == ["completed", "3h00m", "2h00m", "1234", f"${2 * hour:.4f}", "kim"]
    assert rows[session_id("listed-runs")][1:5] == ["running", "5m", "5m", "-"]
    assert rows[session_id("listed-lost")][1] == "lost"
    assert "매출 추이를 보여 줘" in said
    assert prices["as_of"] in notes
    order = [line.split()[0] for line in said.splitlines()]
    assert order.index(session_id("listed-runs")) < order.index(done)


def test_sessions_for_programs_are_json(deployed: ScriptedStack, command: Command) -> None:
    deployed.write_job(session_id("as-json"), started=ago(minutes=1))
    code, said, _ = command("sessions", "--json", "--limit", "1000")
    [entry] = [one for one in json.loads(said) if one["session_id"] == session_id("as-json")]
    assert (code, entry["status"], entry["tokens"]) == (0, "running", None)
    assert entry["executor_cost_usd"] > 0


def test_artifacts_of_a_job_that_still_runs_are_fetched(
    deployed: ScriptedStack, command: Command, tmp_path: Path
) -> None:
    session = session_id("partial")
    deployed.write_job(session)
    digest = hashlib.sha256(b"so far").hexdigest()
    deployed.put(session, "artifacts/charts/a b.txt", b"so far", Metadata={"sha256": digest})
    code, said, _ = command("artifacts", session, "--out", "out")
    assert code == 0
    assert (tmp_path / "out" / "charts" / "a b.txt").read_bytes() == b"so far"
    assert "1 file, 6 bytes, job running" in said


def test_an_artifact_that_is_not_what_its_digest_says_is_refused(
    deployed: ScriptedStack, command: Command, tmp_path: Path
) -> None:
    session = session_id("corrupt")
    deployed.write_job(session)
    deployed.put(session, "artifacts/a.txt", b"other", Metadata={"sha256": "0" * 64})
    code, _, notes = command("artifacts", session, "--out", "out")
    assert code == 1
    assert "'a.txt' arrived with other content than the runtime announced" in notes
    assert not (tmp_path / "out").exists()


def test_logs_of_all_parts_come_in_the_order_of_time(
    deployed: ScriptedStack, command: Command
) -> None:
    session = session_id("logged")
    deployed.write_job(session, started=ago(minutes=1))
    logs = deployed.account.client("logs", CLIENT)
    now = int(datetime.now(UTC).timestamp() * 1000)
    for number, (group, event) in enumerate(
        [
            ("/test/runtime", "job_started"),
            ("/test/executor", "listening"),
            ("/test/runtime", "end"),
        ]
    ):
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=f"{session}{number}")
        line = json.dumps({"session_id": session, "event": event, "files": 2})
        logs.put_log_events(
            logGroupName=group,
            logStreamName=f"{session}{number}",
            logEvents=[{"timestamp": now + number, "message": line}],
        )
    code, said, _ = command("logs", session)
    assert code == 0
    assert [line.split() for line in said.splitlines()] == [
        ["runtime", "job_started", "files=2"],
        ["executor", "listening", "files=2"],
        ["runtime", "end", "files=2"],
    ]


def test_cancel_waits_for_the_end_and_stops_the_session(
    deployed: ScriptedStack, command: Command, tmp_path: Path
) -> None:
    session = session_id("cancelled")
    deployed.begin(session, {"prompt": "waiting"})
    job = StandInJob(session, SCRIPTS["waiting"](), tmp_path, deployed)
    deployed.runtime.jobs[session] = job
    code, _, notes = command("cancel", session)
    assert (code, job.events[-1]["type"]) == (0, "cancelled")
    assert "The job has ended: cancelled." in notes
    assert len(deployed.account.calls.of(STOP)) == 1
    code, _, notes = command("cancel", session)
    assert (code, "has ended already: cancelled" in notes) == (0, True)


def test_cancelling_a_job_that_was_lost_stops_the_session_all_the_same(
    deployed: ScriptedStack, command: Command
) -> None:
    session = session_id("lost")
    deployed.write_job(session)
    code, _, notes = command("cancel", session)
    assert code == 0
    assert "it was lost with its machine" in notes
    assert len(deployed.account.calls.of(STOP)) == 1


@pytest.mark.parametrize("name", ["attach", "artifacts", "logs", "cancel"])
def test_a_session_that_is_unknown_or_not_mine_is_refused(
    deployed: ScriptedStack, command: Command, name: str
) -> None:
    code, _, notes = command(name, session_id("unknown"))
    assert code == 2
    assert "There is no session deep-insight-unknown" in notes
    deployed.write_job(session_id("not-mine"), owner=OTHERS)
    code, _, notes = command(name, session_id("not-mine"))
    assert code == 2
    assert f"is {OTHERS}'s, and you are {MINE}; give --any-owner" in notes
    assert not deployed.account.calls.of("bedrock-agentcore.InvokeAgentRuntime")
