from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.frames import MAX_FRAME_BYTES, FrameError, FrameReader, encode_frame
from executor.kernel_events import EventFilter
from tests.executor.running_executor import sampled

VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
JSON = (
    VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.text(max_size=5), VALUES, max_size=3)
)
MESSAGES = st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=3), max_size=4)


@sampled
@given(messages=MESSAGES, cut=st.integers(1, 50))
def test_messages_arrive_whole_however_they_are_cut(
    messages: list[dict[str, Any]], cut: int
) -> None:
    data = b"".join(map(encode_frame, messages))
    reader = FrameReader()
    received = []
    for at in range(0, len(data), cut):
        received += reader.feed(data[at : at + cut])
    assert received == messages


@sampled
@given(data=st.binary())
def test_wild_bytes_are_messages_or_a_frame_error(data: bytes) -> None:
    try:
        messages = FrameReader().feed(data)
    except FrameError:
        return
    assert all(isinstance(message, dict) for message in messages)


def test_an_announced_length_is_bounded_before_anything_is_kept() -> None:
    with pytest.raises(FrameError, match="announces"):
        FrameReader().feed(struct.pack(">I", MAX_FRAME_BYTES + 1))


@sampled
@given(event=st.dictionaries(st.sampled_from(["type", "data", "line", "name", "message"]), JSON))
def test_a_wild_event_is_admitted_in_its_form_or_refused(event: dict[str, Any]) -> None:
    try:
        admitted = EventFilter().admit(event)
    except FrameError:
        return
    if admitted is not None:
        assert admitted["type"] in ("display", "result", "error")
