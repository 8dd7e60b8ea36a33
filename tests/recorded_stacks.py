"""Recordings of stacks, made once a process: a run of the program takes longer than a proof."""

import gc
from functools import cache

from plan.program import record
from plan.recording import Recording


def recorded_stack(stack: str, *overrides: str, preview: bool = False) -> Recording:
    """``recorded_stack("dev", "nat=single")``: the recording, shared and never altered."""
    return _recorded(stack, overrides, preview)


@cache
def _recorded(stack: str, overrides: tuple[str, ...], preview: bool) -> Recording:
    recording = record(stack, overrides, preview=preview)
    gc.freeze()  # it stays, and the collector need not look through it
    return recording
