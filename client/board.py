"""What is going on, folded from the events: the state behind the live view."""

import re
import time
from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from client.events import (
    Event,
    ExecutionOutput,
    JobStarted,
    PlanProposed,
    PlanStep,
    Progress,
    Retry,
    StepFinished,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from client.terminal import first_line, printable

CALLS_SHOWN = 6


class State(Enum):
    """Of a plan's step, an agent or a tool call."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class Call:
    """One tool call, with the first line of output that its code printed."""

    call_id: str
    agent: str
    tool: str
    summary: str
    started: float
    state: State = State.RUNNING
    seconds: float = 0.0
    output: str = ""


@dataclass(slots=True)
class Board:
    """The state of one job. `started` and the calls' times are of the monotonic clock."""

    started: float = field(default_factory=time.monotonic)
    session: str = ""
    provider: str = ""
    plan_title: str = ""
    plan: list[PlanStep] = field(default_factory=list)
    plan_states: dict[str, State] = field(default_factory=dict)
    agents: dict[str, State] = field(default_factory=dict)
    agent_title: str = ""
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=CALLS_SHOWN))
    message: str = ""

    def apply(self, event: Event) -> None:
        """Take one event into account; unknown ones change nothing."""
        match event:
            case JobStarted():
                self.session = event.session_id
                self.provider = printable(event.model_provider)
            case PlanProposed():
                self.plan_title = printable(event.plan.title)
                self.plan = event.plan.steps
                self.plan_states = {step.id: State.WAITING for step in event.plan.steps}
            case StepStarted():
                self.agents.pop(event.agent, None)
                self.agents[event.agent] = State.RUNNING
                self.agent_title = printable(event.title)
                self.message = ""
            case StepFinished():
                ok = event.status == "ok"
                self.agents[event.agent] = State.DONE if ok else State.FAILED
                if event.agent == "coder" and ok:
                    self._finish_plan()
            case ToolStarted():
                self._begin(event)
            case ToolFinished():
                self._end(event)
            case ExecutionOutput():
                self._output(event)
            case Progress():
                self.message = printable(event.message)
            case Retry():
                self.message = (
                    f"{event.agent}: attempt {event.attempt} in {event.wait_seconds:.1f} s "
                    f"({first_line(event.reason)})"
                )

    def current_agent(self) -> str:
        """The agent that runs now, or an empty string."""
        running = [name for name, state in self.agents.items() if state is State.RUNNING]
        return running[-1] if running else ""

    def _begin(self, event: ToolStarted) -> None:
        summary = first_line(event.summary)
        self.calls.append(
            Call(event.call_id, event.agent, event.tool, summary, started=time.monotonic())
        )
        self._tick(event.agent, event.summary, State.RUNNING)

    def _end(self, event: ToolFinished) -> None:
        ok = event.status == "ok"
        for call in self.calls:
            if call.call_id == event.call_id:
                call.state = State.DONE if ok else State.FAILED
                call.seconds = event.duration_ms / 1000
                call.summary = first_line(event.summary) or call.summary
                self._tick(event.agent, call.summary, call.state)

    def _output(self, event: ExecutionOutput) -> None:
        """Attach the first line that says something to the call that runs."""
        running = [call for call in self.calls if call.state is State.RUNNING]
        if running and (not running[-1].output or event.stream == "error"):
            running[-1].output = first_line(event.text)

    def _tick(self, agent: str, summary: str, state: State) -> None:
        """Move the plan's step that a coder's call names by its title or id."""
        if agent != "coder":
            return
        for step in self.plan:
            if step.title in summary or re.search(rf"\b{re.escape(step.id)}\b", summary):
                self.plan_states[step.id] = state

    def _finish_plan(self) -> None:
        for step, state in self.plan_states.items():
            if state is not State.FAILED:
                self.plan_states[step] = State.DONE
