"""Chunks of a stream have nothing to do with its events."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.errors import ProtocolError
from client.sse import MAX_EVENT_BYTES, SseParser

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))


def parse(stream: bytes, cuts: list[int]) -> list[str]:
    parser = SseParser()
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    payloads: list[str] = []
    for begin, end in itertools.pairwise(edges):
        payloads += parser.feed(stream[begin:end])
    return payloads


@given(
    st.lists(st.dictionaries(TEXTS, TEXTS, max_size=3), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 10_000), max_size=30),
)
def test_events_come_out_as_they_went_in(
    events: list[dict[str, str]], line_end: str, cuts: list[int]
) -> None:
    payloads = [json.dumps(event, ensure_ascii=False) for event in events]
    stream = "".join(f"data: {payload}{line_end}{line_end}" for payload in payloads)
    assert parse(stream.encode(), cuts) == payloads


@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(st.integers(0, 500), max_size=9))
def test_data_over_several_lines_is_one_payload(lines: list[str], cuts: list[int]) -> None:
    stream = "".join(f"data: {line}\n" for line in lines) + "\n"
    assert parse(stream.encode(), cuts) == ["\n".join(lines)]


@given(st.binary(max_size=200), st.lists(st.integers(0, 500), max_size=9))
def test_any_bytes_parse_the_same_however_they_are_cut(stream: bytes, cuts: list[int]) -> None:
    assert parse(stream, cuts) == parse(stream, [])


def test_comments_other_fields_and_an_unfinished_event_are_left_out() -> None:
    stream = b"\xef\xbb\xbf: hello\nid: 1\nevent: x\ndata:1\n\n\ndata: 2\n\ndata: 3\n"
    assert parse(stream, []) == ["1", "2"]


def test_an_event_without_an_end_does_not_fill_the_memory() -> None:
    parser = SseParser()
    piece = b"x" * (MAX_EVENT_BYTES // 4)
    for _ in range(4):
        assert parser.feed(piece) == []
    with pytest.raises(ProtocolError, match="more than"):
        parser.feed(piece)
