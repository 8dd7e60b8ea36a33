"""Executors as child processes on free loopback ports, with artifacts in a local folder."""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx

from agent_runtime.errors import ExecutorError
from agent_runtime.executors.client import ExecutorClient, ExecutorGoneError
from agent_runtime.executors.connection import plain_http_client
from agent_runtime.executors.files import read_chunks, sha256_of
from agent_runtime.executors.host import (
    ArtifactStore,
    ExecutorHost,
    JobInput,
    LocalInput,
    Route,
    SessionGrant,
    StoredFile,
)
from agent_runtime.json_logging import log

ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "MPLCONFIGDIR",
    "PATH",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
)
"""Variables of this process that an executor also gets; never credentials."""
STOP_SECONDS = 5.0


class LocalArtifactStore(ArtifactStore):
    """A folder; the executor's sink copies into it by itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def files(self) -> list[StoredFile]:
        """Every file below the folder; hashed in a thread."""
        return await asyncio.to_thread(self._files)

    def _files(self) -> list[StoredFile]:
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [
            StoredFile(
                path.relative_to(self.folder).as_posix(), path.stat().st_size, sha256_of(path)
            )
            for path in files
        ]

    def uri(self, path: str) -> str:
        """A file: URI."""
        return (self.folder / path).as_uri()

    def read(self, path: str) -> AsyncIterator[bytes]:
        """The bytes, in chunks."""
        return read_chunks(self.folder / path)

    async def write(self, path: str, sha256: str, chunks: AsyncIterator[bytes]) -> None:  # noqa: ARG002
        """Write next to the target, then rename; digests are taken from the files later."""
        target = (self.folder / path).resolve()
        if not target.is_relative_to(self.folder.resolve()):
            raise ExecutorError(f"The artifact '{path}' lies outside the artifacts folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            try:
                async for chunk in chunks:
                    file.write(chunk)
                file.close()
                os.replace(file.name, target)
            finally:
                Path(file.name).unlink(missing_ok=True)


class LocalExecutorHost(ExecutorHost):
    """`python -m executor`, one child process at a time, each with a private workspace."""

    def __init__(self, session_id: str, artifacts: Path, *, start_seconds: float) -> None:
        """`artifacts` becomes the session's own folder; `start_seconds` bounds `route`."""
        self._session_id = session_id
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[str] | None = None
        self._workspace: Path | None = None
        self._port = 0
        self._listening = threading.Event()
        self._last_line = ""
        artifacts.mkdir(parents=True, exist_ok=True)
        self.store: LocalArtifactStore = LocalArtifactStore(artifacts.resolve())

    async def start(self, grant: SessionGrant) -> None:
        """Start the child process; its port is known once it listens."""
        await self.stop(closed=False)
        self._workspace = Path(tempfile.mkdtemp(prefix="deep-insight-"))
        self._listening.clear()
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "TETHER_PARENT": str(os.getpid()),
            "SESSION_ID": grant.session_id,
            "SESSION_TOKEN_SHA256": hashlib.sha256(grant.token.encode()).hexdigest(),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "WORKSPACE": str(self._workspace / "workspace"),
            "ARTIFACT_SINK": self.store.folder.as_uri(),
        }
        tether = str(Path(__file__).with_name("tether.py"))
        try:
            self._process = subprocess.Popen(
                [sys.executable, tether, sys.executable, "-m", "executor"],
                env=environment,
                cwd=self._workspace,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise ExecutorError(f"The executor cannot be started: {error.strerror}.") from error
        threading.Thread(
            target=self._relay, args=(self._process,), name="executor-log", daemon=True
        ).start()
        log("executor_started", session_id=self._session_id, pid=self._process.pid)

    def _relay(self, process: "subprocess.Popen[str]") -> None:
        """Pass the child's log on, and learn its port from it."""
        if process.stderr is None:
            return
        for line in process.stderr:
            self._last_line = line.strip() or self._last_line
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and record.get("event") == "listening":
                    self._port = int(record["port"])
                    self._listening.set()
            sys.stderr.write(line)
        process.stderr.close()

    async def route(self) -> Route:
        """Wait for the port; fails at once when the process ends."""
        deadline = time.monotonic() + self._start_seconds
        pause = 0.005
        while not self._listening.is_set():
            if not await self.is_running():
                raise ExecutorError(f"The executor ended while it started: {self._last_line[:300]}")
            if time.monotonic() > deadline:
                raise ExecutorError(
                    f"The executor did not listen within {self._start_seconds:g} seconds."
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.1)
        return Route(f"http://127.0.0.1:{self._port}")

    async def reroute(self, lost: Route) -> Route:
        """A loopback port leads nowhere else: the same route, if the executor answers there."""
        try:
            async with plain_http_client(self.silence_seconds) as http:
                await http.get(f"{lost.base_url}/health")
        except httpx.TransportError as error:
            raise ExecutorGoneError("the executor does not answer") from error
        return lost

    async def deliver(self, client: ExecutorClient, inputs: Sequence[JobInput]) -> None:
        """Upload each input once."""
        for item in inputs:
            if not isinstance(item, LocalInput):
                raise ExecutorError(f"The input '{item.name}' is not a local file.")
            await client.put_file(item.workspace_path, read_chunks(item.path))

    async def restore(self, client: ExecutorClient, artifacts: Sequence[StoredFile]) -> None:
        """Upload each artifact."""
        for stored in artifacts:
            await client.put_file(f"artifacts/{stored.path}", self.store.read(stored.path))

    async def settle(self, client: ExecutorClient) -> None:
        """Nothing to wait for: closing the session flushes the copies."""

    async def is_running(self) -> bool:
        """Whether the child process lives."""
        return self._process is not None and self._process.poll() is None

    async def why_lost(self) -> str:
        """The exit code of the child."""
        code = None if self._process is None else self._process.poll()
        return "" if code is None else f"its process ended with code {code}."

    async def stop(self, *, closed: bool) -> None:  # noqa: ARG002 - the interface is shared
        """Terminate the child, then kill it if it stays; remove its workspace.

        A child whose session is closed would end by itself, but only after a while in which its
        answer could be asked for again; it has arrived here.
        """
        process = self._process
        if process is not None:
            for end in (process.terminate, process.kill):
                end()
                if await asyncio.to_thread(_ended, process, STOP_SECONDS):
                    break
        self._forget()

    def kill(self) -> None:
        """Kill the child now; remove its workspace."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._forget()

    def _forget(self) -> None:
        self._process = None
        if self._workspace is not None:
            shutil.rmtree(self._workspace, ignore_errors=True)
            self._workspace = None


def _ended(process: "subprocess.Popen[str]", seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
