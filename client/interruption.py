"""Ctrl-C and SIGTERM: the first asks, the second ends at once."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Somebody wants the run to end; `by_key` when it was Ctrl-C, which a person presses."""

    by_key: bool


class Interruption:
    """Handlers for the length of a `with` block in the main thread.

    Both signals raise `KeyboardInterrupt`, which unwinds and cleans up, but not within `held`;
    within `delivered` the first one is handed over instead, until `disarm`.
    """

    def __init__(self) -> None:
        self._target: Callable[[Interrupted], None] | None = None
        self._deliver: Callable[[Interrupted], None] | None = None
        self._earlier: dict[int, Any] = {}
        self._holds = False
        self._held_back = False

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._earlier[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def delivered(self, deliver: Callable[[Interrupted], None]) -> Iterator[None]:
        """Hand the next signal to `deliver`, which must be safe to call from a signal handler.

        A signal after that raises, unless `raising` has been left in between.
        """
        self._target = self._deliver = deliver
        try:
            yield
        finally:
            self._target = self._deliver = None

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Raise within `delivered` while a question waits; afterwards the next is handed over."""
        self._deliver = None
        try:
            yield
        finally:
            self._deliver = self._target

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Raise afterwards: for steps that must not be left half done, such as drawing."""
        self._holds = True
        try:
            yield
        finally:
            self._holds = False
            held_back, self._held_back = self._held_back, False
            if held_back:
                raise KeyboardInterrupt

    def disarm(self) -> None:
        """From now on every signal raises."""
        self._deliver = None

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        deliver, self._deliver = self._deliver, None
        if deliver is None:
            if not self._holds:
                raise KeyboardInterrupt
            self._held_back = True
            return
        deliver(Interrupted(by_key=number == signal.SIGINT))
