"""In a pipe or a log file: one line per event worth reading, and no control characters."""

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from client.terminal import first_line, printable
from tests.client.commands import RunClient
from tests.client.stand_in_runtime import StandInRuntime


def test_progress_is_plain_lines_without_control_characters(
    runtime: StandInRuntime, run_client: RunClient, data: Path
) -> None:
    done = run_client("analyze", data, "--prompt", "report", "--runtime", runtime.url)
    text = done.stderr + done.stdout
    assert {char for char in text if unicodedata.category(char) == "Cc"} == {"\n"}
    said = [line[10:] for line in done.stderr.splitlines()]
    (job,) = runtime.jobs.values()
    assert said == [
        f"job {job.session_id}: orders.csv, offline",
        "plan, revision 1: 지역별 매출 분석",
        "  1. 총매출 계산",
        "  2. 지역별 비중",
        "  not answerable: 고객 만족도: no such column",
        "coder: Write and run code",
        "coder: run_python: 총매출 계산",
        "  stdout: 총매출 123원",
        "coder: ok, 0.4 s",
    ]


@given(st.text(st.characters(codec=None)))
def test_printable_text_has_no_control_character_and_can_be_encoded(text: str) -> None:
    clean = printable(text)
    assert not [char for char in clean if unicodedata.category(char) in {"Cc", "Cs"}]
    clean.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"])))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_escape_sequences_go_with_their_parameters() -> None:
    assert (
        printable("\x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link") == "red link"
    )
    assert printable("user\u202egnp.exe") == "usergnp.exe"
    assert first_line("\n \x1b[2K\n  first \nsecond") == "first"
