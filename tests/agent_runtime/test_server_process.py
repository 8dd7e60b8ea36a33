"""`python -m agent_runtime` as AgentCore and people start it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from agent_runtime.app import SESSION_HEADER
from tests.agent_runtime.running_runtime import request

COMMAND = [sys.executable, "-m", "agent_runtime"]


def environment(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), **variables}


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        COMMAND, env=environment(**variables), capture_output=True, text=True, timeout=30
    )


def test_every_settings_problem_is_listed_and_the_exit_code_is_2() -> None:
    done = run(PORT="x", DEEP_INSIGHT_EXECUTOR="docker", DEEP_INSIGHT_MODEL="y")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for name in ("PORT", "DEEP_INSIGHT_EXECUTOR", "DEEP_INSIGHT_MODEL"):
        assert f"\n  {name}" in done.stderr


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(PORT=str(port))
    assert done.returncode == 2
    assert done.stderr.strip() == (
        f"The agent runtime cannot listen on 127.0.0.1:{port}: "
        "Address already in use. Set PORT to a free port."
    )


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_waiting_job_with_a_terminal_event(tmp_path: Path, end: int) -> None:
    data = tmp_path / "orders.csv"
    data.write_text("region,amount,day\n" + "Seoul,10,2024-01-02\nBusan,20,2024-01-03\n" * 50)
    process = subprocess.Popen(
        COMMAND,
        env=environment(
            PORT="0",
            DEEP_INSIGHT_LOCAL_DATA_ROOTS=str(tmp_path),
            DEEP_INSIGHT_LOCAL_ARTIFACTS=str(tmp_path / "artifacts"),
        ),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if '"listening"' in line)
        url = f"http://127.0.0.1:{json.loads(line)['port']}/invocations"
        message = request([data.as_uri()], prompt="total amount by region", review="required")
        seen = []
        with httpx.stream(
            "POST", url, json=message, headers={SESSION_HEADER: "s-1"}, timeout=60, trust_env=False
        ) as response:
            for text in response.iter_lines():
                if not text:
                    continue
                event = json.loads(text.removeprefix("data: "))
                seen.append(event["type"])
                if event["type"] == "plan_review_requested":
                    process.send_signal(end)
        assert seen[-1] == "cancelled", seen
        output = process.stderr.read()
        assert "Traceback" not in output, output
        log = [json.loads(line) for line in output.splitlines()]
        assert process.wait(timeout=30) == 0
        assert all("total amount" not in json.dumps(entry) for entry in log)
        ended = next(entry for entry in log if entry["event"] == "job_ended")
        assert (ended["session_id"], ended["status"]) == ("s-1", "cancelled")
    finally:
        process.kill()
        process.wait()
