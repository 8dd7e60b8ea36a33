from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from executor.output import OutputCapture, complete_utf8
from tests.executor.running_executor import RunningExecutor, sampled

LIMIT = 256 * 2**10


def test_three_thousand_lines_arrive_whole(executor: RunningExecutor) -> None:
    run = executor.run("for i in range(3000): print(i, '가나다')")
    assert run.stdout == "".join(f"{i} 가나다\n" for i in range(3000))


def test_seven_long_lines_keep_head_and_tail_and_count_the_rest(executor: RunningExecutor) -> None:
    run = executor.run("for i in range(7): print(str(i) * 100_000)")
    printed = "".join(str(i) * 100_000 + "\n" for i in range(7))
    texts = run.all("stdout")
    dropped = sum(event.get("dropped_bytes", 0) for event in texts)
    assert len(run.stdout) + dropped == len(printed)
    assert len(run.stdout) == LIMIT
    assert run.stdout[: LIMIT // 2] == printed[: LIMIT // 2]
    assert run.stdout[-LIMIT // 2 :] == printed[-LIMIT // 2 :]
    assert ["dropped_bytes" in event for event in texts].count(True) == 1


def test_a_hundred_megabytes_do_not_grow_the_server(executor: RunningExecutor) -> None:
    def memory() -> int:
        kib = 0
        for process in executor.processes():
            with open(f"/proc/{process.pid}/status") as status:
                name, fields = status.readline(), status.read()
            if "executor" in name or "python" in name:
                kib += int(fields.partition("RssAnon:")[2].split()[0])
        return kib * 1024

    executor.run("1")
    before = memory()
    code = "import os\nfor _ in range(100): os.write(1, b'x' * 2**20)\nos.write(1, b'the end')"
    run = executor.run(code)
    assert run.stdout.endswith("the end")
    assert len(run.stdout) == LIMIT
    assert memory() - before < 32 * 2**20


def test_bash_output_and_both_streams_have_their_own_limits(executor: RunningExecutor) -> None:
    run = executor.run("head -c 1000000 /dev/zero | tr '\\0' a; echo all >&2", "bash")
    assert len(run.stdout) == LIMIT
    assert run.stderr == "all\n"


def test_bytes_that_are_no_text_are_replaced(executor: RunningExecutor) -> None:
    run = executor.run("import os; os.write(1, b'\\xff\\xfeok\\n');")
    assert run.stdout == "\ufffd\ufffdok\n"


def test_too_many_displays_are_left_out_and_said(executor: RunningExecutor) -> None:
    run = executor.run("for _ in range(12): display({'text/plain': 'x' * 2**21}, raw=True)")
    assert run.status == "ok"
    assert len(run.all("display")) == 7
    assert "5 displays" in run.stderr


@sampled
@given(
    pieces=st.lists(st.text(max_size=40), max_size=30),
    cut=st.integers(1, 7),
    limit=st.integers(64, 256),
)
def test_what_is_kept_is_the_start_and_the_end(pieces: list[str], cut: int, limit: int) -> None:
    data = "".join(pieces).encode()
    capture = OutputCapture("stdout", limit)
    events = []
    for at in range(0, len(data), cut):
        capture.write(data[at : at + cut])
        events += capture.take(0.0, all_of_it=True)
    events += capture.finish()
    kept = [event["text"].encode() for event in events]
    dropped = [event.get("dropped_bytes", 0) for event in events]
    assert sum(map(len, kept)) + sum(dropped) == len(data)
    assert sum(map(len, kept)) <= limit
    if not sum(dropped):
        assert b"".join(kept) == data
    else:
        gap = next(i for i, count in enumerate(dropped) if count)
        assert data.startswith(b"".join(kept[:gap]))
        assert data.endswith(b"".join(kept[gap:]))


@sampled
@given(text=st.text(min_size=1), cut=st.integers(0, 3))
def test_a_character_is_never_cut(text: str, cut: int) -> None:
    data = text.encode()
    part = data[: max(0, len(data) - cut)]
    part[: complete_utf8(part)].decode()
