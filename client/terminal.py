"""Text from elsewhere made safe to print, and questions to the person at the terminal."""

import math
import os
import re
import select
import sys
import time
import unicodedata
from collections.abc import Callable
from typing import Literal

from rich.console import Console

_BIDIRECTIONAL_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC and its like: titles, links
)
_POLL_SECONDS = 0.2


def console_of(stream: Literal["stdout", "stderr"]) -> Console:
    """A console that prints text as it is: nothing in it is markup."""
    return Console(stderr=stream == "stderr", markup=False, highlight=False, emoji=False)


def printable(text: str) -> str:
    """`text` on one line, without control characters and lone surrogates.

    Column names, notes and output of code come from data that nobody has vetted; an escape
    sequence in them must not reach the terminal.
    """
    text = _ESCAPE_SEQUENCE.sub("", text)
    spaced = text.replace("\t", " ").replace("\r\n", " ").replace("\n", " ")
    return "".join(
        "\ufffd" if unicodedata.category(char) == "Cs" else char
        for char in spaced
        if unicodedata.category(char) != "Cc" and char not in _BIDIRECTIONAL_CONTROLS
    )


def first_line(text: str) -> str:
    """The first line of `text` that says something, printable; empty when there is none."""
    for line in text.splitlines():
        if clean := printable(line).strip():
            return clean
    return ""


def interactive() -> bool:
    """True when a person can both read questions and answer them."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(
    question: str, *, deadline: float = math.inf, moot: Callable[[], bool] = lambda: False
) -> str | None:
    """The line typed in answer, stripped.

    None at end of input, at `deadline` (monotonic), or when `moot` says that no answer is needed
    any more; it is asked several times a second.
    """
    sys.stderr.write(question)
    sys.stderr.flush()
    descriptor = sys.stdin.fileno()
    while not select.select([descriptor], [], [], _POLL_SECONDS)[0]:
        if time.monotonic() > deadline or moot():
            sys.stderr.write("\n")
            return None
    # Straight from the terminal: a buffered reader could hold back a line that select cannot see.
    line = os.read(descriptor, 65536)
    return line.decode(errors="replace").strip() if line else None
