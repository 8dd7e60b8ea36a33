import os
import subprocess
import sys
import time

from bench.process_memory import (
    MIB,
    PeakMemory,
    descendants,
    processor_seconds,
    resident_bytes,
    tree_bytes,
)

CHILD = "block = b'x' * 40_000_000; print('ready', flush=True); input()"


def test_a_child_is_found_below_its_parent_and_its_memory_counts() -> None:
    with (
        PeakMemory(lambda: tree_bytes(os.getpid()), interval=0.01) as memory,
        subprocess.Popen(
            [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child,
    ):
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert child.pid in descendants(os.getpid())
        alone = resident_bytes(child.pid)
        assert alone > 38 * MIB
        while memory.peak_bytes < alone:
            assert child.poll() is None
        child.communicate("\n")


def test_the_processor_time_of_a_process_grows_with_its_work() -> None:
    before = processor_seconds(os.getpid())
    deadline = time.monotonic() + 30
    while processor_seconds(os.getpid()) < before + 0.05:
        assert time.monotonic() < deadline


def test_a_process_that_is_gone_has_no_memory_and_uses_no_processor() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert resident_bytes(child.pid) == 0
    assert processor_seconds(child.pid) == 0
