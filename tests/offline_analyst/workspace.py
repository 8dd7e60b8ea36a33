"""The coder's programs run with the real toolkit in a workspace of their own."""

import contextlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from agent_runtime.models.offline.planning import plan_of
from agent_runtime.models.offline.programs import prelude, program
from agent_runtime.models.offline.prose import write_draft
from agent_runtime.models.offline.tables import tables_of
from agent_runtime.models.offline.understanding import understand
from executor import toolkit
from executor.toolkit.auditing import AuditSummary, audit_draft
from executor.toolkit.verification import VerificationSummary


class Workspace:
    """One data file, profiled; steps of a plan run in one namespace as in the kernel."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.profile = toolkit.load(path).profile.to_dict()
        self.plan: dict[str, Any] = {}
        self.said: list[dict[str, Any]] = []

    def answer(self, question: str, language: str = "en") -> VerificationSummary:
        """Understand, compute and verify."""
        understood = understand(question, [self.profile])
        self.plan = plan_of(question, language, understood)
        table = tables_of([self.profile])[0]
        cells = [prelude([self.path])]
        for step, task in zip(self.plan["steps"], understood.tasks, strict=True):
            cells.append(program(step["id"], task.analysis, table, language))
        namespace: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            for number, cell in enumerate(cells):
                exec(compile(cell, f"cell {number}", "exec"), namespace)
        self.said = [json.loads(line) for line in printed.getvalue().splitlines()]
        return toolkit.verify()

    def values(self) -> dict[str, Any]:
        """The recorded values by id."""
        return {entry["id"]: entry["value"] for entry in self.results()["calculations"]}

    def results(self) -> dict[str, Any]:
        """What `read_results` answers."""
        calculations = json.loads(Path("artifacts/calculations.json").read_text("utf-8"))
        statuses = {c.calculation_id: c.status for c in toolkit.verify().citations}
        charts = Path("artifacts/charts.json")
        return {
            "calculations": [
                {**entry, "status": statuses[entry["id"]]} for entry in calculations["calculations"]
            ],
            "charts": json.loads(charts.read_text("utf-8"))["charts"] if charts.exists() else [],
            "unanswered": self.plan["unanswered"],
        }

    def audit(self, question: str, language: str) -> tuple[str, AuditSummary]:
        """The draft and its audit."""
        draft = write_draft(
            question, language, self.plan["title"], self.plan["steps"], self.results()
        )
        return draft, audit_draft(draft)


@contextmanager
def workspace(folder: Path, frame: pd.DataFrame, name: str = "table.csv") -> Iterator[Workspace]:
    """A workspace in `folder` that holds the frame as a file; it is the working directory."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    path = f"data/{name}"
    frame.to_csv(folder / path, index=False)
    with contextlib.chdir(folder):
        yield Workspace(path)
