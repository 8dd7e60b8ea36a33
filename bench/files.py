"""500 MB up and down: throughput beside a plain copy, and the memory that the server takes."""

import hashlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.executor_process import ExecutorClient, ExecutorProcess
from bench.figure import Figure, at_most
from bench.process_memory import MIB, PeakMemory, descendants, resident_bytes

GROUP = "Files of 500 MB (medians of interleaved rounds)"
FILE_BYTES = 500_000_000
ROUNDS = 3


def measure() -> list[Figure]:
    """Every figure of this group."""
    times: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="deep-insight-bench-") as name,
        ExecutorProcess() as executor,
    ):
        folder = Path(name)
        source, target = folder / "source", folder / "target"
        _write_random(source)
        client = executor.client()
        client.run("1")
        work: dict[str, Callable[[], object]] = {
            "upload": lambda: _upload(client, source),
            "download": lambda: _download(client, target),
            "floor: copy of the file": lambda: shutil.copyfile(source, target),
            "floor: SHA-256 of the file": lambda: _digest(source),
        }
        processes = descendants(executor.pid)

        def resident() -> int:
            return sum(resident_bytes(pid) for pid in processes)

        before = resident()
        with PeakMemory(resident, interval=0.05) as memory:
            for _ in range(ROUNDS):
                for key, act in work.items():
                    started = time.perf_counter()
                    act()
                    times.setdefault(key, []).append(time.perf_counter() - started)
        if target.read_bytes() != source.read_bytes():
            raise AssertionError("The file came back changed.")
        client.close()
    growth = max(0.0, (memory.peak_bytes - before) / MIB)
    speeds = [
        Figure(
            group=GROUP,
            name=key,
            value=FILE_BYTES / 1e6 / statistics.median(seconds),
            unit="MB/s",
        )
        for key, seconds in times.items()
    ]
    return [
        *speeds,
        at_most(GROUP, "growth of the executor's resident memory", growth, "MiB", 64.0),
    ]


def _write_random(path: Path) -> None:
    block = os.urandom(1_000_000)
    with path.open("wb") as file:
        for number in range(FILE_BYTES // len(block)):
            file.write(number.to_bytes(8, "big") + block[8:])


def _upload(client: ExecutorClient, source: Path) -> None:
    with source.open("rb") as file:
        client.upload("data/large.bin", file, FILE_BYTES)


def _download(client: ExecutorClient, target: Path) -> None:
    with target.open("wb") as file:
        client.download("data/large.bin", file)


def _digest(source: Path) -> None:
    with source.open("rb") as file:
        hashlib.file_digest(file, "sha256")
