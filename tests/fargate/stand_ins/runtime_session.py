"""One AgentCore session: the runtime's real server as a process of its own, at its own address."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]
TETHER = ROOT / "agent_runtime" / "executors" / "tether.py"
PORT = 8080
BASE_VARIABLES = ("HOME", "LANG", "LD_LIBRARY_PATH", "MPLCONFIGDIR", "PATH", "VIRTUAL_ENV")
POLL_SECONDS = 0.02


class RuntimeSession:
    """A process that answers `/invocations` and `/ping`; `command` stands in for the image's."""

    def __init__(
        self,
        session_id: str,
        address: str,
        folder: Path,
        environment: Mapping[str, str],
        command: tuple[str, ...],
    ) -> None:
        self.id = session_id
        self.url = f"http://{address}:{PORT}"
        self.log_path = folder / f"{address}.log"
        self.used_at = time.monotonic()
        self._lock = threading.Lock()
        self._ready = False
        variables = {name: os.environ[name] for name in BASE_VARIABLES if name in os.environ}
        variables |= {"PYTHONPATH": str(ROOT), "TETHER_PARENT": str(os.getpid())}
        variables |= {"HOST": address, "PORT": str(PORT), **environment}
        self._process_started = threading.Event()
        self._thread = threading.Thread(
            target=self._own, args=(command, variables, folder), daemon=True, name=f"vm-{address}"
        )
        self._thread.start()
        self._process_started.wait(10)

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait for the first answer of /ping; whether it came."""
        with self._lock:
            deadline = time.monotonic() + seconds
            while not self._ready and self.is_alive and time.monotonic() < deadline:
                self._ready = self.ping() is not None
                if not self._ready:
                    time.sleep(POLL_SECONDS)
            return self._ready

    def ping(self) -> str | None:
        """`Healthy` or `HealthyBusy`; None without an answer."""
        try:
            answer = httpx.get(f"{self.url}/ping", timeout=2, trust_env=False)
            return str(answer.json()["status"]) if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError, KeyError):
            return None

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM, and SIGKILL when the grace is over."""
        if self.is_alive:
            self._process.terminate()
        self._thread.join(grace_seconds)
        self.kill()
        self._thread.join(10)

    def kill(self) -> None:
        """SIGKILL to everything in the session's machine."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)

    def log(self) -> str:
        """What the runtime has written."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def _own(self, command: tuple[str, ...], variables: dict[str, str], folder: Path) -> None:
        """Start the process in the thread that lives as long: the tether hangs on it."""
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(TETHER), sys.executable, *command],
                env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._process_started.set()
        self._process.wait()
