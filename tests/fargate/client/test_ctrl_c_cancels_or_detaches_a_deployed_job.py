"""Ctrl-C at a terminal: the job is cancelled and its session stopped, or both go on."""

from pathlib import Path

from tests.client.commands import OpenTerminal, RunClient
from tests.client.stand_in_runtime import REPORT
from tests.client.terminal_client import CTRL_C
from tests.fargate.client.scripted_stack import ScriptedStack

WHERE = ("--outputs", "outputs.json", "--out", "out")
STOP = "bedrock-agentcore.StopRuntimeSession"


def test_cancelling_stops_the_session_once(
    deployed: ScriptedStack, open_terminal: OpenTerminal, data: Path
) -> None:
    client = open_terminal("analyze", data, "--prompt", "waiting", *WHERE)
    deployed.runtime.wait_for_job()
    client.read_until("총매출")
    client.press(CTRL_C)
    client.read_until("[d]etach")
    client.press("c\n")
    assert client.end() == 3
    assert len(deployed.account.calls.of(STOP)) == 1


def test_detaching_leaves_the_session_and_says_how_to_come_back(
    deployed: ScriptedStack, open_terminal: OpenTerminal, run_client: RunClient, data: Path
) -> None:
    client = open_terminal("analyze", data, "--prompt", "detachable", *WHERE)
    job = deployed.runtime.wait_for_job()
    client.read_until("총매출")
    client.press(CTRL_C)
    client.read_until("[d]etach")
    client.press("d\n")
    assert client.end() == 4
    assert f"attach {job.session_id} --outputs" in client.screen
    assert not deployed.account.calls.of(STOP)
    job.tell({"type": "continue"})
    done = run_client("attach", job.session_id, *WHERE)
    assert done.returncode == 0, done.stderr
    assert (data.parent / "out" / "report.pdf").read_bytes() == REPORT["report.pdf"]
    assert len(deployed.account.calls.of(STOP)) == 1


def test_a_plan_is_reviewed_through_the_service(
    deployed: ScriptedStack, open_terminal: OpenTerminal, data: Path
) -> None:
    client = open_terminal("analyze", data, "--prompt", "review", "--review", *WHERE)
    client.read_until("Approve this plan?")
    client.press("a\n")
    assert client.end() == 0
    feedback = [m for m in deployed.runtime.requests if m["type"] == "plan_feedback"]
    assert feedback == [{"type": "plan_feedback", "approved": True, "feedback": ""}]
