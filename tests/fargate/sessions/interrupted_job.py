"""A job whose code waits for the test: faults happen while it runs, in between, or at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_runtime.errors import ModelError
from tests.agent_runtime.running_runtime import Event, Session, request
from tests.agent_runtime.scripted_model import Call, Fail, Say, ScriptedModels, Turn
from tests.agent_runtime.scripts import COMPUTE, ORDERS, whole_job
from tests.fargate.sessions.deployed_runtime import DeployedRuntime, Platform

WORK = """
import os, time
with open("artifacts/runs.txt", "a") as runs:
    runs.write("run\\n")
print("working", flush=True)
while not os.path.exists("data/go"):
    time.sleep(0.02)
print("finished")
"""
WAITING = Call("run_python", {"code": WORK})
CODER: tuple[Turn, ...] = (Call("run_python", {"code": COMPUTE}), WAITING, Say("Done."))
Fault = Callable[[Session], object]


class InterruptedJob:
    """One job, its models and what came of it."""

    def __init__(self, platform: Platform, *coder: Turn, short: bool = False) -> None:
        """`short`: the job fails after the coder's part, because the validator's model does."""
        self.platform = platform
        turns = {"coder": list(coder or CODER)}
        if short:
            turns["validator"] = [Fail(ModelError("The job is long enough."))]
        self.models = ScriptedModels(whole_job(**turns))
        self.events: list[Event] = []
        self.last: Event = {}
        self.session_id = ""

    def run(
        self, folder: Path, fault: Fault, *, goes_on: bool = True, **options: Any
    ) -> list[Event]:
        """Run to the end, with the fault when the code says that it works. `goes_on`: the code is
        told to finish afterwards; otherwise the fault has ended it."""
        with self.platform.runtime(folder, self.models, **options) as runtime:
            session = runtime.session()
            self.session_id = session.id
            with session.stream(**request([self._upload(runtime, session)])) as stream:
                for event in stream:
                    self.events.append(event)
                    if event["type"] == "execution_output" and "working" in event["text"]:
                        fault(session)
                        if goes_on:
                            self.go()
            self.last = runtime.check_end(session, self.events)
        return self.events

    def _upload(self, runtime: DeployedRuntime, session: Session) -> str:
        return runtime.upload(session, "orders.csv", ORDERS)

    def go(self) -> None:
        """Let the code finish."""
        task = self.platform.task_of(self.session_id)
        (self.platform.fargate.folder / task.id / "workspace" / "data" / "go").touch()

    def go_later(self, condition: Callable[[], object]) -> None:
        """Let the code finish once something has happened."""

        def wait() -> None:
            from tests.fargate.stand_ins.polling import eventually

            eventually(condition, "what the code waits for")
            self.go()

        threading.Thread(target=wait, daemon=True).start()

    @property
    def runs(self) -> int:
        """How often the waiting code was begun, as far as its artifact tells."""
        return self.platform.objects(self.session_id).get("runs.txt", b"").count(b"run")
