"""1 GB in and 1 GB out through presigned grants: memory on both sides, and speed beside floors."""

import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bench.executor_process import ROOT, BenchError
from bench.fargate_platform import running_platform, wait_until_idle
from bench.figure import Figure, at_most
from bench.large_objects import LargeObjects
from bench.process_memory import MIB, PeakMemory, descendants, resident_bytes
from tests.fargate.sessions.deployed_runtime import PREFIX, Platform

FILE_BYTES = 1_000_000_000
GROUP = "Files of 1 GB through presigned grants (no TLS; S3 is a stand-in on this machine)"
SESSION_ID = f"bench-transfer-{'0' * 20}"
KEY = f"{PREFIX}{SESSION_ID}/inputs/large.bin"
MOST_GROWTH_MIB = 64.0
EXECUTOR_PROCESSES = 3
"""Server, template and kernel, at least."""
CHUNK = 1024 * 1024


def measure() -> list[Figure]:
    """Every figure of this group."""
    with (
        tempfile.TemporaryDirectory(prefix="deep-insight-bench-") as name,
        running_platform() as platform,
    ):
        folder = Path(name)
        source, target = folder / "source", folder / "target"
        sha256 = _write_random(source)
        objects = LargeObjects(platform.account, KEY, source, folder / "arrived")
        floors = {
            "floor: copy of the file": _seconds(lambda: shutil.copyfile(source, target)),
            "floor: SHA-256 of the file": _seconds(lambda: _digest(source)),
            "floor: the same read, to a file": _seconds(lambda: _read(_grant(platform), target)),
        }
        target.unlink()
        with RuntimeProcess(platform, sha256) as runtime:
            figures = _transfer(runtime, objects, sha256)
    return figures + [_speed(name, seconds) for name, seconds in floors.items()]


class RuntimeProcess:
    """`python -m bench.transfer_session`, told to take one step after the other."""

    def __init__(self, platform: Platform, sha256: str) -> None:
        argv = [SESSION_ID, KEY, str(FILE_BYTES), sha256]
        environment = platform.stack.runtime_environment(route="direct")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.transfer_session", *argv],
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def wait_for(self, step: str) -> dict[str, Any]:
        """What the process says when this step is done."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchError(f"The session with a large file ended before it was {step}.")
        said: dict[str, Any] = json.loads(line)
        return said

    def go_on(self) -> None:
        """Let it take the next step."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._process.communicate("\n", timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def _transfer(runtime: RuntimeProcess, objects: LargeObjects, sha256: str) -> list[Figure]:
    runtime.wait_for("ready")
    wait_until_idle()
    ours = [runtime.pid]
    executor = [pid for pid in descendants(os.getpid())[1:] if pid != runtime.pid]
    if len(executor) < EXECUTOR_PROCESSES:
        raise BenchError(f"The executor has only {len(executor)} processes.")
    sides = {"executor": executor, "runtime": ours}
    growth: dict[str, dict[str, float]] = {}
    runtime_said: dict[str, dict[str, Any]] = {}
    for way, step in (("in", "delivered"), ("out", "stored")):
        before = {side: _resident(pids) for side, pids in sides.items()}
        with (
            PeakMemory(lambda: _resident(executor), interval=0.05) as of_executor,
            PeakMemory(lambda: _resident(ours), interval=0.05) as of_runtime,
        ):
            runtime.go_on()
            runtime_said[way] = runtime.wait_for(step)
        peaks = {"executor": of_executor.peak_bytes, "runtime": of_runtime.peak_bytes}
        growth[way] = {side: max(0, peaks[side] - before[side]) / MIB for side in sides}
    if runtime_said["out"]["refused"] or objects.arrived_sha256(FILE_BYTES) != sha256:
        raise BenchError("The file did not come out as it went in.")
    return [
        _speed("in: to the executor's disk, SHA-256 verified", runtime_said["in"]["seconds"]),
        _speed("out: from the executor's disk to the storage", objects.upload_seconds),
        *(
            at_most(
                GROUP,
                f"{way}: growth of the {side}'s resident memory",
                growth[way][side],
                "MiB",
                MOST_GROWTH_MIB,
                "server, template and kernel" if side == "executor" else "its process alone",
            )
            for way in growth
            for side in sides
        ),
    ]


def _resident(pids: list[int]) -> int:
    return sum(resident_bytes(pid) for pid in pids)


def _speed(name: str, seconds: float) -> Figure:
    return Figure(group=GROUP, name=name, value=FILE_BYTES / 1e6 / seconds, unit="MB/s")


def _seconds(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


def _write_random(path: Path) -> str:
    """A file that does not compress; its digest."""
    block = os.urandom(1_000_000)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(FILE_BYTES // len(block)):
            piece = number.to_bytes(8, "big") + block[8:]
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def _digest(path: Path) -> None:
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


def _grant(platform: Platform) -> str:
    url: str = platform.account.client("s3", "runtime").generate_presigned_url(
        "get_object", Params={"Bucket": platform.stack.bucket, "Key": KEY}
    )
    return url


def _read(url: str, target: Path) -> None:
    """A client that does nothing but write what comes."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60, blocksize=CHUNK)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    if response.status != 200:
        raise BenchError(f"The object cannot be read: {response.status}")
    with target.open("wb") as file:
        while block := response.read(CHUNK):
            file.write(block)
    connection.close()
