"""Recordings of stacks, made once a session: a run of the program takes longer than a proof."""

from collections.abc import Callable
from functools import cache

import pytest

from plan.program import record
from plan.recording import Recording

RecordStack = Callable[..., Recording]


@cache
def _recorded(stack: str, overrides: tuple[str, ...], preview: bool) -> Recording:
    return record(stack, overrides, preview=preview)


@pytest.fixture(scope="session")
def record_stack() -> RecordStack:
    """``record_stack("dev", "nat=single")``: the recording, shared and never altered."""

    def recorded(stack: str, *overrides: str, preview: bool = False) -> Recording:
        return _recorded(stack, overrides, preview)

    return recorded
