"""The project's commands as a person runs them, with the interpreter of the tests."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOB_SECONDS = 120

Finished = subprocess.CompletedProcess[str]


def make_command(*words: object) -> list[str]:
    """`make` that takes the environment it finds instead of building one first."""
    environment = f"BIN={Path(sys.executable).parent}"
    return ["make", "-o", ".venv/applications.stamp", environment, *map(str, words)]


def run(command: list[str], cwd: Path) -> Finished:
    """Run to the end without a terminal; the modules are found in any folder."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=JOB_SECONDS,
    )


def client(*words: object) -> list[str]:
    """`python -m client ...`."""
    return [sys.executable, "-m", "client", *map(str, words)]
