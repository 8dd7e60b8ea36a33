"""The AWS calls that these tests made, as data for the proof of rights: `plan/recorded_calls.json`.

`python -m tests.fargate.sessions.recorded_calls` runs the tests and rewrites the file. The tests
themselves fail when they make a call that is not in it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.fargate.stand_ins.recorded_calls import RecordedCall

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "plan" / "recorded_calls.json"
REWRITE = "REWRITE_RECORDED_CALLS"
COMMAND = "python -m tests.fargate.sessions.recorded_calls"
CALLERS = ("runtime", "keeper")
KEYS = (
    (re.compile(r"^sessions/[^/]+/artifacts/.+"), "artifact"),
    (re.compile(r"^sessions/[^/]+/inputs/[^/]+$"), "session input"),
    (re.compile(r"^sessions/[^/]+/(job\.json|events\.ndjson)$"), "job record"),
)


class Row(NamedTuple):
    """Who called what on what, in the words of `plan/calls.json`."""

    caller: str
    service: str
    operation: str
    target: str


def rows(calls: Iterable[RecordedCall]) -> set[Row]:
    """The distinct calls; what a grant's holder did counts as the one who granted."""
    return {
        Row(call.caller, call.service, _operation(call), _target(call))
        for call in calls
        if call.caller in CALLERS
    }


def _operation(call: RecordedCall) -> str:
    """A form is a PutObject as far as rights are concerned."""
    return "PutObject" if call.operation == "PostObject" else call.operation


def _target(call: RecordedCall) -> str:
    if call.service == "s3":
        key = str(call.parameters.get("Key", ""))
        return next((target for pattern, target in KEYS if pattern.match(key)), "bucket")
    match f"{call.service}.{call.operation}":
        case "ecs.RunTask":
            return "task definition"
        case "ecs.ListTasks":
            return "container instances"
        case "elbv2.DescribeTargetHealth":
            return "any"
        case "secretsmanager.GetSecretValue":
            return "claim key"
    return "target group" if call.service == "elbv2" else "task"


def recorded() -> set[Row]:
    """What the file holds."""
    content = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"calls": []}
    return {Row(**row) for row in content["calls"]}


def check(found: set[Row]) -> None:
    """Compare with the file, or add to it when the tests run in order to rewrite it."""
    if REWRITE in os.environ:
        _write(found | recorded())
        return
    missing = sorted(found - recorded())
    assert not missing, f"run {COMMAND}: these calls are new: {missing}"


def _write(found: set[Row]) -> None:
    lines = ",\n".join("    " + json.dumps(row._asdict()) for row in sorted(found))
    FILE.write_text(f'{{\n  "calls": [\n{lines}\n  ]\n}}\n', encoding="utf-8")


def main() -> int:
    """Run the tests; the exit code is theirs."""
    FILE.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", str(Path(__file__).parent)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, REWRITE: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
