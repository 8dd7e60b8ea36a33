"""The coder's code cannot bend what checks it: not the toolkit, not the data."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.roles import Role
from tests.agent_runtime.running_runtime import Event, request, running_runtime
from tests.agent_runtime.scripted_model import Call, Say, ScriptedModels
from tests.agent_runtime.scripts import COMPUTE, ORDERS, whole_job

WRONG = """
from executor import toolkit
toolkit.record(
    id="total_amount", value=999.0, label="Total amount", query='SELECT sum("amount") FROM orders',
    source="data/orders.csv", columns=["amount"], rows=3, unit="KRW", formula="sum of amount",
)
"""
REPLACE_TOOLKIT = """
from executor.toolkit import sandbox, verification
verification.agree = lambda recorded, recomputed: True
sandbox.Sandbox.value = lambda self, query: 999.0
"""
SHADOW_LIBRARY = "open('duckdb.py', 'w').write('raise SystemExit(0)')"
OTHER_DATA = "region,amount\\nSeoul,1\\n"
REWRITE_DATA = f"open('data/orders.csv', 'w').write('{OTHER_DATA}')"
REWRITE_DATA_FOR_EVER = f"""
import subprocess
subprocess.Popen(
    ["sh", "-c", "while :; do printf '{OTHER_DATA}' > data/orders.csv; done"],
    start_new_session=True,
)
"""


def run(folder: Path, code: str) -> tuple[list[Event], list[Any], dict[str, Any]]:
    """Events, what the validator saw, and the citations of a job whose coder runs this."""
    coder = [Call("run_python", {"code": code}), Say("The total is recorded.")]
    models = ScriptedModels(whole_job(coder=coder))
    with running_runtime(folder, models) as runtime:
        session = runtime.session()
        events = session.events(**request([runtime.write("orders.csv", ORDERS)]))
        citations = json.loads((runtime.artifacts / session.id / "citations.json").read_text())
    return events, models.tool_results(Role.VALIDATOR), citations


@pytest.mark.parametrize("trick", [REPLACE_TOOLKIT, SHADOW_LIBRARY])
def test_a_wrong_value_is_found_whatever_the_code_did_to_the_toolkit(
    tmp_path: Path, trick: str
) -> None:
    _, validator, citations = run(tmp_path, WRONG + trick)
    assert (validator[0]["mismatch"], validator[0]["verified"]) == (1, 0)
    assert citations["citations"][0]["status"] == "mismatch"


@pytest.mark.parametrize("left_running", ["", REWRITE_DATA_FOR_EVER])
def test_a_value_of_data_that_the_code_has_changed_is_checked_on_what_was_delivered(
    tmp_path: Path, left_running: str
) -> None:
    code = REWRITE_DATA + WRONG.replace("999.0", "1.0").replace("rows=3", "rows=1") + left_running
    events, validator, citations = run(tmp_path, code)
    assert (validator[0]["mismatch"], validator[0]["verified"]) == (1, 0)
    citation = citations["citations"][0]
    assert citation["recomputed"] == 400
    assert citation["source_sha256"] == hashlib.sha256(ORDERS.encode()).hexdigest()
    told = [event["message"] for event in events if event.get("phase") == "inputs_restored"]
    assert told
    assert "data/orders.csv" in told[0]


def test_data_that_the_code_only_reads_is_not_delivered_again(tmp_path: Path) -> None:
    events, validator, _ = run(tmp_path, COMPUTE)
    assert validator[0]["verified"] == 1
    assert not [event for event in events if event.get("phase") == "inputs_restored"]
