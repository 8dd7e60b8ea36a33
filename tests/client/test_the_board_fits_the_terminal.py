"""The live board on terminals of any size: what matters now stays visible."""

import json
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from client.board import CALLS_SHOWN
from client.events import parse_event
from client.progress import LiveView
from tests.client.stand_in_runtime import Event

STEPS = [{"id": f"s{n}", "title": f"{n}번째 단계의 긴 제목 " * 3} for n in range(1, 21)]


def coder_call(number: int, kind: str, **more: object) -> Event:
    summary = f"step = 's{number}' ({'long ' * 30})"
    call = {"agent": "coder", "tool": "run_python", "call_id": f"c{number}", "summary": summary}
    return {"type": kind, **call, **more}


def draw(width: int, height: int, done: int) -> list[str]:
    """The board after `done` of 20 steps, while the next one runs, as lines without colours."""
    console = Console(
        file=StringIO(), force_terminal=True, color_system=None, width=width, height=height
    )
    view = LiveView(console)
    events: list[Event] = [
        {"type": "plan", "plan": {"title": "계획", "steps": STEPS}},
        {"type": "step_started", "agent": "coder", "title": "계산"},
    ]
    for number in range(1, done + 1):
        events.append(coder_call(number, "tool_started"))
        events.append(coder_call(number, "tool_finished", status="ok", duration_ms=61_500))
    events.append(coder_call(done + 1, "tool_started"))
    output = {"execution_id": "e", "stream": "stdout", "text": "출력 " * 80}
    events.append({"type": "execution_output", **output})
    for seq, event in enumerate(events, 1):
        view.show(parse_event(json.dumps({"seq": seq, **event})))
    view.pause()  # a display that is on would draw itself into what is captured
    with console.capture() as capture:
        console.print(view.render())
    view.close()
    return capture.get().splitlines()


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize(("height", "done"), [(24, 0), (24, 12), (24, 19), (50, 12)])
def test_the_board_fits_and_shows_the_running_step_call_and_time(
    width: int, height: int, done: int
) -> None:
    lines = draw(width, height, done)
    assert len(lines) <= height
    assert max(cell_len(line) for line in lines) <= width
    assert f"({done} of 20)" in lines[0]
    assert any(line.startswith(f" ● {done + 1}. ") for line in lines)
    calls = [line for line in lines if "run_python" in line]
    assert len(calls) == min(CALLS_SHOWN, done + 1)
    assert all(line.rstrip().endswith(" s") for line in calls)
    assert calls[-1].startswith(" ●")
    assert "출력" in calls[-1]
    assert "coder: 계산" in lines[-1]


def test_states_are_told_apart_without_colours() -> None:
    lines = draw(80, 50, 3)
    assert sum(line.startswith(" ✓ ") and ". " in line[:8] for line in lines) == 3
    assert sum(line.startswith(" ○ ") for line in lines) == 16
