"""An agent runtime as a child process: offline model, local executor, one job."""

import contextlib
import ctypes
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from client.connection import Connection, ping
from client.errors import UnreachableError
from client.events import Artifact
from client.runtime import Note, read_file
from client.terminal import printable

START_SECONDS = 60.0
"""Cold imports on a slow disk take several seconds; a runtime that needs longer than this hangs."""
STOP_SECONDS = 8.0
"""Time to end executors in an orderly way after SIGTERM; then SIGKILL."""
START_ATTEMPTS = 3
_PING_SECONDS = 2.0
_POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_INHERITED = frozenset(
    [
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "PATH",
        "PYTHONHOME",
        "PYTHONPATH",
        "SHELL",
        "TEMP",
        "TMP",
        "TMPDIR",
        "TZ",
        "USER",
        "VIRTUAL_ENV",
        "XDG_CACHE_HOME",
    ]
)


class LocalRuntime:
    """Starts `python -m agent_runtime` on a free loopback port and stops it on leaving.

    The child gets a session of its own, so that Ctrl-C reaches the client only, and on Linux
    the kernel ends it when the client dies in whatever way. It inherits no credentials: of the
    environment only what an interpreter needs.
    """

    outlives_client = False
    opening = "Starting a local runtime."
    options: Sequence[str] = ()

    def __init__(self, files: Sequence[Path], log: Path) -> None:
        """`files` (absolute) are all it may read; its output goes to `log`."""
        self._files = files
        self._log = log
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    @property
    def url(self) -> str:
        """Base address, known once entered."""
        return f"http://127.0.0.1:{self._port}"

    def deliver(
        self,
        session_id: str,  # noqa: ARG002
        files: Sequence[Path],
        note: Note,  # noqa: ARG002
    ) -> list[str]:
        """Each file where it is, or a copy when a list of data roots cannot name it there."""
        return [self._readable(file).as_uri() for file in files]

    def connect(self, session_id: str) -> Connection:
        """A channel over HTTP."""
        return Connection(self.url, session_id)

    def read(self, artifact: Artifact) -> Iterator[bytes]:
        """The bytes of a `file:` artifact."""
        return read_file(artifact)

    def end_session(self, session_id: str, note: Note) -> None:
        """Leaving the `with` block ends everything."""

    def check(self) -> None:
        """Raises `UnreachableError` when the child has ended."""
        if self._process is not None and self._process.poll() is not None:
            raise UnreachableError(
                f"The local runtime ended unexpectedly ({_how(self._process.returncode)}); "
                f"{self._last_words()}"
            )

    def __enter__(self) -> Self:
        if importlib.util.find_spec("agent_runtime") is None:
            raise UnreachableError(
                "No agent runtime is installed beside this client; give the address of one with "
                "--runtime."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="deep-insight-"))
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _start(self) -> None:
        """Launch until one answers: another process can take the port between choice and bind."""
        for attempt in range(1, START_ATTEMPTS + 1):
            self._port = _free_port()
            self._launch()
            try:
                self._await_ping()
            except UnreachableError:
                if attempt == START_ATTEMPTS or "in use" not in self._last_words():
                    raise
            else:
                return

    def _launch(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "agent_runtime"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
                preexec_fn=_die_with_parent(),
            )

    def _environment(self) -> dict[str, str]:
        assert self._folder is not None
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in _INHERITED or name.startswith("LC_")
        }
        roots = ":".join(str(self._readable(file)) for file in self._files)
        package_root = str(Path(__file__).parents[1])
        return kept | {
            "PYTHONPATH": os.pathsep.join(filter(None, [kept.get("PYTHONPATH"), package_root])),
            "PYTHONSAFEPATH": "1",  # the person's current folder holds data, not our modules
            "HOST": "127.0.0.1",
            "PORT": str(self._port),
            "DEEP_INSIGHT_EXECUTOR": "local",
            "DEEP_INSIGHT_MODEL_PROVIDER": "offline",
            "DEEP_INSIGHT_LOCAL_DATA_ROOTS": roots,
            "DEEP_INSIGHT_LOCAL_ARTIFACTS": str(self._folder / "artifacts"),
        }

    def _readable(self, file: Path) -> Path:
        """Data roots are separated by colons and stripped of surrounding space."""
        if ":" not in str(file) and str(file) == str(file).strip():
            return file
        assert self._folder is not None
        number = str(self._files.index(file) + 1)
        copy = self._folder / "data" / number / file.name.replace(":", "_").strip()
        if not copy.exists():
            copy.parent.mkdir(parents=True)
            shutil.copyfile(file, copy)
        return copy

    def _await_ping(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.check()
            try:
                ping(self.url, seconds=_PING_SECONDS)
            except UnreachableError:
                if time.monotonic() > deadline:
                    raise UnreachableError(
                        f"The local runtime did not answer within {START_SECONDS:.0f} s; "
                        f"{self._last_words()}"
                    ) from None
                time.sleep(_POLL_SECONDS)
            else:
                self.check()
                return

    def _last_words(self) -> str:
        """The last line of the log, taken out of its JSON, and where the rest is."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        last = next((line for line in reversed(lines) if line.strip()), "")
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            entry = json.loads(last)
            last = str(entry.get("message") or entry.get("event") or last)
        said = f"it said: {printable(last)[:300]}" if last else "it said nothing"
        return f"{said} (log: {self._log})"

    def _stop(self) -> None:
        """End the child and its process group; safe to call at any stage and more than once."""
        process, self._process = self._process, None
        if process is not None:
            _signal_group(process, signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            finally:
                _signal_group(process, signal.SIGKILL)
                process.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _how(return_code: int) -> str:
    if return_code >= 0:
        return f"exit code {return_code}"
    try:
        return f"signal {signal.Signals(-return_code).name}"
    except ValueError:
        return f"signal {-return_code}"


def _die_with_parent() -> Callable[[], None] | None:
    """A function for the child that asks Linux for SIGTERM when the parent's thread ends."""
    if sys.platform != "linux":
        return None
    # Looked up before the fork: loading a library in a forked child is not safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask
