"""Turns an exception of user code into an `error` event: the user's line and a short traceback."""

from __future__ import annotations

import traceback
from typing import Any

CELL_PREFIX = "<cell "
MAX_USER_FRAMES = 10
MAX_MESSAGE_CHARACTERS = 8 * 1024
MAX_TRACEBACK_CHARACTERS = 32 * 1024


def cell_name(number: int) -> str:
    """The file name that code of the given execution is compiled under."""
    return f"{CELL_PREFIX}{number}>"


def error_event(error: BaseException, cell: str) -> dict[str, Any]:
    """The `error` event of an exception.

    `line` is the innermost line of this cell that led to the error, None when there is none.
    """
    message = _message(error)
    return {
        "type": "error",
        "name": type(error).__name__,
        "message": _shorten(message, MAX_MESSAGE_CHARACTERS),
        "line": _line_in(error, cell),
        "traceback": _shorten(_short_traceback(error), MAX_TRACEBACK_CHARACTERS),
    }


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return str(error.msg)
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - user code may define __str__ as it likes
        return f"({type(error).__name__} whose text cannot be made)"


def _line_in(error: BaseException, cell: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == cell:
        return error.lineno
    line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == cell:
            line = number
    return line


def _short_traceback(error: BaseException) -> str:
    try:
        summary = traceback.TracebackException.from_exception(error, compact=True)
    except Exception:  # noqa: BLE001 - user code may break its own exceptions
        return f"{type(error).__name__}\n"
    if isinstance(error, SyntaxError) and error.__traceback__ is not None:
        innermost = traceback.extract_tb(error.__traceback__)[-1].filename
        if not innermost.startswith(CELL_PREFIX):
            return "".join(summary.format_exception_only())
    chained: traceback.TracebackException | None = summary
    for _ in range(5):
        if chained is None:
            break
        chained.stack = _user_frames(chained.stack)
        chained = chained.__cause__ or chained.__context__
    else:
        if chained is not None:
            chained.__cause__ = chained.__context__ = None
    return "".join(summary.format())


def _user_frames(stack: traceback.StackSummary) -> traceback.StackSummary:
    """From the first frame of the user's cell on: the cells' frames, and where it ended."""
    first = next((i for i, frame in enumerate(stack) if frame.filename.startswith(CELL_PREFIX)), 0)
    frames = list(stack)[first:]
    kept = [
        frame
        for i, frame in enumerate(frames)
        if "site-packages" not in frame.filename or i == len(frames) - 1
    ]
    if len(kept) > MAX_USER_FRAMES:
        half = MAX_USER_FRAMES // 2
        kept = kept[:half] + kept[-half:]
    return traceback.StackSummary.from_list(kept)


def _shorten(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
