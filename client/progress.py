"""Progress of a job on the terminal: a live board for people, plain lines for everything else."""

import time
from threading import RLock
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from client.board import CALLS_SHOWN, Board, State
from client.events import (
    AgentText,
    Event,
    ExecutionOutput,
    JobStarted,
    PlanProposed,
    Progress,
    Retry,
    StepFinished,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from client.terminal import first_line, printable

_MARKS = {
    State.WAITING: ("○", "dim"),
    State.RUNNING: ("●", "cyan"),
    State.DONE: ("✓", "green"),
    State.FAILED: ("✗", "red"),
}
_REFRESHES_PER_SECOND = 8
_SECONDS_WIDTH = 8
_LINES_BESIDE_PLAN = CALLS_SHOWN + 6


class ProgressView(Protocol):
    """Shows a job. `pause` frees the terminal for a question until `resume`."""

    def show(self, event: Event) -> None:
        """Take one event into the picture."""

    def note(self, text: str) -> None:
        """Say something that is no event, such as a lost connection."""

    def pause(self) -> None:
        """Leave the terminal alone."""

    def resume(self) -> None:
        """Go on showing."""

    def close(self) -> None:
        """Show the last state and stop."""


class PlainView:
    """One line per event worth reading, each with the seconds since the start; no colours."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._printed: set[str] = set()

    def show(self, event: Event) -> None:
        """Print what the event says, if it says something to a person."""
        match event:
            case JobStarted():
                files = ", ".join(file.name for file in event.data)
                self.note(f"job {event.session_id}: {files or 'no files'}, {event.model_provider}")
            case PlanProposed():
                self.note(f"plan, revision {event.revision}: {event.plan.title}")
                for number, step in enumerate(event.plan.steps, 1):
                    self.note(f"  {number}. {step.title}")
                for part in event.plan.unanswered:
                    self.note(f"  not answerable: {part.phrase}: {part.reason}")
            case StepStarted():
                self.note(f"{event.agent}: {event.title}")
            case StepFinished():
                self.note(f"{event.agent}: {event.status}, {event.duration_ms / 1000:.1f} s")
            case ToolStarted():
                self.note(f"{event.agent}: {event.tool}: {first_line(event.summary)}")
            case ToolFinished() if event.status != "ok":
                self.note(f"{event.agent}: {event.tool} failed: {first_line(event.summary)}")
            case ExecutionOutput():
                self._output(event)
            case AgentText():
                self.note(f"{event.agent}: {first_line(event.text)}")
            case Progress():
                self.note(event.message)
            case Retry():
                self.note(
                    f"{event.agent}: attempt {event.attempt} in {event.wait_seconds:.1f} s "
                    f"({first_line(event.reason)})"
                )

    def note(self, text: str) -> None:
        """Print one line."""
        seconds = time.monotonic() - self._started
        line = f"{seconds:7.1f}s  {printable(text)}"
        self._console.print(Text(line), soft_wrap=True)

    def pause(self) -> None:
        """Nothing is drawn between events."""

    def resume(self) -> None:
        """Nothing is drawn between events."""

    def close(self) -> None:
        """Nothing is left to show."""

    def _output(self, event: ExecutionOutput) -> None:
        """The first line of each execution's output, and every error."""
        line = first_line(event.text)
        if line and (event.stream == "error" or event.execution_id not in self._printed):
            self._printed.add(event.execution_id)
            self.note(f"  {event.stream}: {line}")


class LiveView:
    """A board that redraws itself: plan, agents, latest executions, elapsed time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._board = Board()
        self._lock = RLock()
        self._spinner = Spinner("dots")
        self._closed = False
        self._live = self._make_live()
        self._live.start()

    def show(self, event: Event) -> None:
        """Take the event into the board."""
        with self._lock:
            self._board.apply(event)

    def note(self, text: str) -> None:
        """Print a line above the board, where it stays."""
        self._console.print(Text(printable(text), style="yellow"))

    def pause(self) -> None:
        """Take the board away."""
        self._live.stop()

    def resume(self) -> None:
        """Draw the board again."""
        self._live = self._make_live()
        self._live.start()

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._closed = True
        self._live.transient = False
        self._live.stop()

    def _make_live(self) -> Live:
        return Live(
            console=self._console,
            get_renderable=self.render,
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
        )

    def render(self) -> RenderableType:
        """The board as it is now."""
        with self._lock:
            board = self._board
            parts: list[RenderableType] = []
            if board.plan:
                parts += [self._plan(board), Text()]
            if board.agents:
                parts.append(self._agents(board))
            parts.append(self._calls(board))
            if not self._closed:
                parts.append(self._status(board))
            return Group(*parts)

    def _plan(self, board: Board) -> RenderableType:
        """The checklist; of a long one the part around the first step that is not done."""
        states = [board.plan_states[step.id] for step in board.plan]
        done = states.count(State.DONE)
        title = f"{board.plan_title}  ({done} of {len(states)})"
        lines = [Text(title, style="bold", no_wrap=True, overflow="ellipsis")]
        room = max(3, self._console.height - _LINES_BESIDE_PLAN)
        first = max(0, min(done - 1, len(states) - room))
        for number, step in list(enumerate(board.plan, 1))[first : first + room]:
            mark, style = _MARKS[board.plan_states[step.id]]
            line = Text.assemble((f" {mark} ", style), f"{number}. {printable(step.title)}")
            line.no_wrap, line.overflow = True, "ellipsis"
            lines.append(line)
        return Group(*lines)

    @staticmethod
    def _agents(board: Board) -> RenderableType:
        line = Text()
        for name, state in board.agents.items():
            mark, style = _MARKS[state]
            line.append(f" {mark} {printable(name)} ", style=style)
        return line

    @staticmethod
    def _calls(board: Board) -> RenderableType:
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=2, justify="right")
        table.add_column(width=max((len(call.tool) for call in board.calls), default=1))
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1, style="dim")
        table.add_column(width=_SECONDS_WIDTH, justify="right")
        for call in board.calls:
            mark, style = _MARKS[call.state]
            running = call.state is State.RUNNING
            seconds = time.monotonic() - call.started if running else call.seconds
            name = Text(printable(call.tool))
            cells = [Text(call.summary), Text(call.output), Text(f"{seconds:.1f} s")]
            table.add_row(Text(mark, style=style), name, *cells)
        return table

    def _status(self, board: Board) -> RenderableType:
        elapsed = time.monotonic() - board.started
        agent = board.current_agent()
        doing = f"{agent}: {board.agent_title}" if agent else "waiting for the runtime"
        text = Text(f" {elapsed:.0f} s  {doing}", no_wrap=True, overflow="ellipsis")
        if board.message:
            text.append(f"  {board.message}", style="dim")
        self._spinner.update(text=text)
        return self._spinner


def make_view(console: Console) -> ProgressView:
    """The live board when `console` is a terminal that can redraw, plain lines otherwise."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console)
    return PlainView(console)
