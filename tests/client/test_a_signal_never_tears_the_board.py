"""A signal in the middle of drawing ends the run afterwards, with the terminal as it was before."""

import io
import os
import signal
from collections.abc import Iterator

import pytest
from rich.console import Console

from client import run
from client.interruption import Interrupted, Interruption


class InterruptedConsole(Console):
    """A terminal at which somebody presses Ctrl-C while the cursor is being hidden."""

    def __init__(self) -> None:
        super().__init__(file=io.StringIO(), force_terminal=True)
        self.presses = False

    def show_cursor(self, show: bool = True) -> bool:
        if self.presses and not show:
            self.presses = False
            os.kill(os.getpid(), signal.SIGINT)
        return super().show_cursor(show)

    @property
    def written(self) -> str:
        assert isinstance(self.file, io.StringIO)
        return self.file.getvalue()


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    with Interruption() as interruption:
        yield interruption


def test_a_signal_while_the_board_appears_leaves_the_cursor_visible(
    interruption: Interruption,
) -> None:
    console = InterruptedConsole()
    console.presses = True
    with pytest.raises(KeyboardInterrupt), run.shown(console, interruption):
        pytest.fail("the run has ended before")
    assert console.written.rindex("\x1b[?25h") > console.written.rindex("\x1b[?25l")


def test_a_signal_while_the_board_appears_again_ends_the_run_and_nothing_else(
    interruption: Interruption,
) -> None:
    console = InterruptedConsole()

    def run_with_a_question() -> None:
        with run.shown(console, interruption) as board:
            board.pause()
            console.presses = True
            with interruption.held():
                board.resume()

    with pytest.raises(KeyboardInterrupt):
        run_with_a_question()
    assert console.written.rindex("\x1b[?25h") > console.written.rindex("\x1b[?25l")


def test_a_signal_that_is_handed_over_is_not_held(interruption: Interruption) -> None:
    met: list[Interrupted] = []
    with interruption.delivered(met.append), interruption.held():
        os.kill(os.getpid(), signal.SIGTERM)
    assert met == [Interrupted(by_key=False)]
