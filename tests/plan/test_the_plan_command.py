"""``python -m plan`` in its own process, without credentials, CLI or network settings."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from plan import command_line
from plan.command_line import main
from plan.network import VPC
from plan.project import ROOT
from tests.recorded_stacks import recorded_stack


def plan(*arguments: str) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "plan", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env=bare,
    )


@pytest.fixture(scope="module")
def printed() -> str:
    done = plan("dev")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stderr == ""
    return done.stdout


def section(text: str, title: str) -> str:
    start = text.index(title)
    end = text.find("\n\n", start)
    return text[start : end if end > 0 else None]


def test_the_tree_shows_components_with_their_resources(printed: str) -> None:
    tree = section(printed, "Resources of deep-insight-dev")
    assert "ExecutorCluster executor" in tree
    assert "ecs TaskDefinition: task" in tree


def test_each_variable_names_the_output_that_it_comes_from(printed: str) -> None:
    table = section(printed, "Environment of the agent runtime")
    line = next(row for row in table.splitlines() if row.startswith("DEEP_INSIGHT_EXECUTOR_URL"))
    assert "http://" in line
    assert line.rstrip().endswith("load-balancer.dnsName")


def test_it_says_who_may_reach_whom_and_do_what(printed: str) -> None:
    assert "load balancer  executor" in section(printed, "Who may reach whom")
    rights = section(printed, "Who may do what")
    assert "iam:PassRole on iam role/deep-insight-dev-executor-execution if" in rights


def test_the_cost_adds_up(printed: str) -> None:
    rows = section(printed, "Cost a month").splitlines()
    amounts = [row.split("  ") for row in rows]
    idle = [cell for row in amounts if (cell := _number(row, 0)) is not None]
    assert idle[-1] == pytest.approx(sum(idle[:-1]), abs=0.011)


def _number(row: list[str], position: int) -> float | None:
    numbers = [cell.strip() for cell in row if cell.strip().replace(".", "").isdigit()]
    return float(numbers[position]) if len(numbers) > position + 1 else None


def test_each_proof_has_its_result(printed: str) -> None:
    proofs = section(printed, "Proofs\n").splitlines()[2:]
    assert [line.split()[0] for line in proofs] == [
        "environment", "rights", "reach", "images", "placement", "order",
    ]  # fmt: skip
    assert all(line.split()[1] == "holds" for line in proofs)


def test_the_files_hold_every_resource_and_a_picture(printed: str) -> None:
    assert "out/plan-dev.json" in printed
    document = json.loads((ROOT / "out/plan-dev.json").read_text())
    types = {item["type"] for item in document["resources"]}
    assert "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime" in types
    assert all({"inputs", "dependencies", "parent"} <= set(item) for item in document["resources"])
    svg = ElementTree.parse(ROOT / "out/plan-dev.svg").getroot()
    words = " ".join("".join(node.itertext()) for node in svg.iter())
    assert "Executor tasks" in words
    assert "HTTP 8080" in words


def test_no_secret_reaches_a_file_or_the_terminal(printed: str) -> None:
    everything = printed + (ROOT / "out/plan-dev.json").read_text()
    assert "emulated-registry-password" not in everything


def test_json_and_mermaid_can_be_printed_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prod", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["stack"] == "prod"
    assert all(proof["holds"] for proof in document["proofs"])
    assert main(["dev", "--mermaid"]) == 0
    chart = capsys.readouterr().out
    assert chart.startswith("flowchart LR")
    assert 'balancer -- "tcp 8080" --> executor' in chart


def test_a_broken_proof_is_told_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = recorded_stack("dev")
    broken = whole.change_inputs(whole.one(VPC).urn, enableDnsHostnames=False)
    monkeypatch.setattr(command_line, "record", lambda *_: broken)
    assert main(["dev"]) == 1
    printed = capsys.readouterr().out
    assert "reach        BROKEN, 1 finding" in printed
    assert "enableDnsHostnames must be true for private DNS" in printed
