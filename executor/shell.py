"""The IPython shell that gives a cell its meaning: last expression, display, top-level await,
magics.

It keeps no history and no `Out` cache (a session of large tables must not hold every result), draws
no colours, and sends what it shows to a callback instead of a terminal.
"""

from __future__ import annotations

import base64
import builtins
import getpass
import warnings
from collections.abc import Callable
from typing import Any, NoReturn, cast

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from executor.tracebacks import cell_name

Send = Callable[[dict[str, Any]], None]


class InputNotAvailableError(RuntimeError):
    """Code asked for keyboard input, and there is no keyboard."""


def refuse_input(*_arguments: Any, **_options: Any) -> NoReturn:
    """Stand in for `input()` and `getpass()`: fail at once instead of waiting for ever."""
    raise InputNotAvailableError(
        "input() is not available: nobody sits at a keyboard here; put the value into the code"
    )


def text_bundle(data: dict[str, Any]) -> dict[str, str]:
    """A MIME bundle with every value as text: bytes as base64, other values by `str`."""
    bundle = {}
    for mime, value in data.items():
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode("ascii")
        bundle[str(mime)] = value if isinstance(value, str) else str(value)
    return bundle


class EventDisplayPublisher(DisplayPublisher):
    """Sends what `display()` shows as `display` events."""

    def publish(self, data: dict[str, Any], *_arguments: Any, **_options: Any) -> None:
        """Send one MIME bundle."""
        _shell(self).send_event({"type": "display", "data": text_bundle(data)})

    def clear_output(self, wait: bool = False) -> None:
        """Do nothing: what was sent stays sent."""


class EventDisplayHook(DisplayHook):
    """Sends the value of a cell's last expression as a `result` event."""

    def quiet(self) -> bool:
        """Whether the cell ends with a semicolon, which asks for no result."""
        code = _shell(self).transformed_cell
        return bool(self.semicolon_at_end_of_expression(code))  # type: ignore[no-untyped-call]

    def write_output_prompt(self) -> None:
        """Write no `Out[n]:`."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:  # noqa: ARG002
        """Send the value's representations."""
        _shell(self).send_event({"type": "result", "data": text_bundle(format_dict)})

    def log_output(self, format_dict: dict[str, Any]) -> None:
        """Keep no copy of the output."""

    def finish_displayhook(self) -> None:
        """Write no separator."""
        self._is_active = False

    def fill_exec_result(self, result: Any) -> None:
        """Hold no reference to the value."""


class CellCompiler(CachingCompiler):
    """Compiles each cell under a name that a traceback can show."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:  # noqa: ARG002
        """The file name of the cell."""
        return cell_name(number)


class CellShell(InteractiveShell):
    """An `InteractiveShell` whose output goes to `send_event` and whose errors go to the caller."""

    system = InteractiveShell.system_raw
    """`!command` writes into our pipes; IPython's default wants a terminal device."""

    def __init__(self, **options: Any) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.cache_size = 0
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.display_page = True
        config.InteractiveShell.autoindent = False
        warnings.filterwarnings("ignore", message="To exit: use", category=UserWarning)
        super().__init__(  # type: ignore[no-untyped-call]
            config=config,
            display_pub_class=EventDisplayPublisher,
            displayhook_class=EventDisplayHook,
            **options,
        )
        self.send_event: Send = _discard
        self.transformed_cell = ""
        self.compile = CellCompiler()  # type: ignore[no-untyped-call]
        builtins.input = refuse_input
        getpass.getpass = refuse_input

    def showtraceback(self, *_arguments: Any, **_options: Any) -> None:
        """Print nothing: the caller makes an `error` event of the exception."""

    def showsyntaxerror(self, *_arguments: Any, **_options: Any) -> None:
        """Print nothing: the caller makes an `error` event of the exception."""

    def _format_exception_for_storage(self, *_arguments: Any, **_options: Any) -> dict[str, Any]:
        """Keep nothing of it: IPython would ask the exception for a text, which may fail."""
        return {}

    def transform_cell(self, raw_cell: str) -> str:
        """The cell as plain Python."""
        self.transformed_cell = str(super().transform_cell(raw_cell))  # type: ignore[no-untyped-call]
        return self.transformed_cell

    def should_run_async(self, raw_cell: str, **about: Any) -> bool:
        """Whether the cell awaits; IPython would compile every one to know."""
        source = about.get("transformed_cell") or raw_cell
        if "await" in source or "async" in source:
            return bool(super().should_run_async(raw_cell, **about))
        return False

    def ask_exit(self) -> None:
        """`exit` and `quit` end the cell, not the kernel."""
        raise SystemExit

    def run(self, code: str) -> tuple[BaseException | None, str]:
        """Run one cell; returns its exception, if any, and the name its code was compiled under."""
        name = cell_name(self.execution_count)
        result: ExecutionResult = self.run_cell(code)  # type: ignore[no-untyped-call]
        self.execution_count += 1
        return result.error_before_exec or result.error_in_exec, name


def _shell(part: DisplayHook | DisplayPublisher) -> CellShell:
    return cast(CellShell, part.shell)


def _discard(_event: dict[str, Any]) -> None:
    """Before a session's kernel is forked there is nobody to show anything to."""
