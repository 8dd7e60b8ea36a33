"""Fargate: each task that appears becomes a real `python -m executor` on an address of its own.

Addresses are 127.x.y.z, all of which Linux answers for on the loopback interface: what the API
says is what a client connects to, on the container's port, and nothing needs a mapping.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.fargate.stand_ins.account import Account
from tests.fargate.stand_ins.deployed_stack import PORT, stopped_event
from tests.fargate.stand_ins.loopback import LoopbackNetwork
from tests.fargate.stand_ins.tasks import Task

ROOT = Path(__file__).resolve().parents[3]
TETHER = ROOT / "agent_runtime" / "executors" / "tether.py"
BASE_VARIABLES = ("HOME", "LANG", "LD_LIBRARY_PATH", "MPLCONFIGDIR", "PATH", "VIRTUAL_ENV")
LIFETIME_SECONDS = 900.0
"""A process is killed after this long whatever happens."""
SPOT_WARNING_SECONDS = 120.0
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
PULL_FAILURE = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve "
    "ref: not found"
)


@dataclass(frozen=True)
class Start:
    """How a task starts. Seconds are those spent in a status before the next."""

    provisioning_seconds: float = 0.05
    pending_seconds: float = 0.05
    stopping_seconds: float = 0.0
    """Between the end of the container and STOPPED."""
    failure: str | None = None
    """The task stops before RUNNING with this reason (`PULL_FAILURE`)."""
    exit_code: int | None = None
    """The container ends by itself with this code instead of running the executor."""
    runs: bool = True
    """False: the task stays PENDING until it is stopped."""
    address: bool = True
    """False: no address ever appears in the description."""
    listens: bool = True
    """False: the container runs, but nothing listens on the port."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that override the task's own, for short limits."""
    stop_timeout_seconds: float | None = None
    """In place of the task definition's, which is too long for a test."""


class Fargate:
    """`with Fargate(account) as fargate:`; leaving it kills what still runs."""

    def __init__(self, account: Account, start: Start | None = None) -> None:
        self.account = account
        self.start = start or Start()
        self.stopped_events: list[dict[str, Any]] = []
        self.on_stopped: Callable[[dict[str, Any]], None] = self.stopped_events.append
        self._next: deque[Start] = deque()
        self._network = LoopbackNetwork(range(64, 251))
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ends: dict[str, tuple[str, str, str]] = {}
        self._threads: list[threading.Thread] = []
        self.folder = Path(tempfile.mkdtemp(prefix="fargate-"))

    def __enter__(self) -> Self:
        self.account.task_operations.on_start = self._begin
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self.stop_all()
        self._network.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def next_start(self, start: Start | None = None, *, times: int = 1, **changes: Any) -> None:
        """How the next tasks start; the changes are to `start` or to the usual way."""
        with self._lock:
            self._next.extend([replace(start or self.start, **changes)] * times)

    def stop_all(self) -> None:
        """Kill every task and wait until all have stopped."""
        for task in self.account.tasks.live():
            task.request_stop("UserInitiated", "The test ended.")
            self.kill(task)
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), f"{thread.name} does not end"
        self._threads.clear()

    def kill(self, task: Task) -> None:
        """SIGKILL to everything in the container."""
        process = self._processes.get(task.arn)
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(process.pid, signal.SIGKILL)

    def freeze(self, task: Task, *, frozen: bool = True) -> None:
        """Stop (or resume) the executor's processes: connections stay open and say nothing."""
        number = signal.SIGSTOP if frozen else signal.SIGCONT
        os.killpg(self._processes[task.arn].pid, number)

    def kill_for_memory(self, task: Task) -> None:
        """The kernel's memory limit ends the container."""
        self._ends[task.arn] = (
            "EssentialContainerExited", "Essential container in task exited", OUT_OF_MEMORY
        )  # fmt: skip
        self.kill(task)

    def interrupt_spot(self, task: Task) -> None:
        """Fargate wants the capacity back: SIGTERM, and the end after the stop timeout."""
        task.request_stop("SpotInterruption", "Your Spot Task was interrupted.")

    def log_of(self, task: Task) -> str:
        """What the container has written so far."""
        path = self.folder / task.id / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _begin(self, task: Task) -> None:
        with self._lock:
            start = self._next.popleft() if self._next else self.start
            address = self._network.next_address()
        thread = threading.Thread(
            target=self._live, args=(task, start, address), name=f"task-{task.id}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _live(self, task: Task, start: Start, address: str) -> None:
        """One task from PROVISIONING to STOPPED."""
        end: dict[str, Any] = {}
        try:
            if task.stop_requested.wait(start.provisioning_seconds):
                return
            task.update(lastStatus="PENDING", **_network_facts(task, start, address))
            if task.stop_requested.wait(start.pending_seconds if start.runs else LIFETIME_SECONDS):
                return
            if start.failure:
                task.request_stop("TaskFailedToStart", start.failure)
                return
            end = self._run(task, start, address)
        finally:
            task.update(lastStatus="DEPROVISIONING")
            self._closing.wait(start.stopping_seconds)
            task.update(lastStatus="STOPPED", stoppedAt=time.time(), container=end)
            shutil.rmtree(self.folder / task.id / "workspace", ignore_errors=True)
            self.on_stopped(stopped_event(task.describe()))

    def _run(self, task: Task, start: Start, address: str) -> dict[str, Any]:
        """Run the container to its end; its exit code and reason."""
        process = self._spawn(task, start, address)
        self._processes[task.arn] = process
        task.update(lastStatus="RUNNING", startedAt=time.time())
        ended = threading.Event()
        grace = start.stop_timeout_seconds or min(task.stop_timeout_seconds, SPOT_WARNING_SECONDS)
        stopper = threading.Thread(target=self._stop, args=(task, process, ended, grace))
        stopper.start()
        code = process.wait()
        ended.set()
        default = ("EssentialContainerExited", "Essential container in task exited", "")
        stop_code, stopped_reason, reason = self._ends.pop(task.arn, default)
        task.request_stop(stop_code, stopped_reason)
        stopper.join()
        self.kill(task)
        task.update(executionStoppedAt=time.time())
        if code > 0:
            print(f"{task.id} exited with {code}:\n{self.log_of(task)}", file=sys.stderr)
        return {"exitCode": 128 - code if code < 0 else code} | (
            {"reason": reason} if reason else {}
        )

    def _spawn(self, task: Task, start: Start, address: str) -> subprocess.Popen[bytes]:
        folder = self.folder / task.id
        folder.mkdir()
        variables = {name: os.environ[name] for name in BASE_VARIABLES if name in os.environ}
        variables |= {"PYTHONPATH": str(ROOT), "TETHER_PARENT": str(os.getpid())}
        variables |= {"HOST": address, "WORKSPACE": str(folder / "workspace")}
        variables |= task.environment | dict(start.environment)
        command = ["-m", "executor"]
        if start.exit_code is not None:
            command = ["-c", f"raise SystemExit({start.exit_code})"]
        elif not start.listens:
            command = ["-c", f"import time; time.sleep({LIFETIME_SECONDS})"]
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, str(TETHER), sys.executable, *command],
                env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def _stop(
        self,
        task: Task,
        process: subprocess.Popen[bytes],
        ended: threading.Event,
        grace_seconds: float,
    ) -> None:
        """SIGTERM when a stop is asked for, SIGKILL when the grace is over."""
        if task.stop_requested.wait(LIFETIME_SECONDS) and process.poll() is None:
            process.terminate()
        if not ended.wait(grace_seconds):
            self.kill(task)


def _network_facts(task: Task, start: Start, address: str) -> dict[str, Any]:
    """Members of the description that tell the address."""
    attachment = dict(task.description["attachments"][0])
    interface = f"eni-{task.id[:17]}"
    details = [*attachment["details"], {"name": "networkInterfaceId", "value": interface}]
    if not start.address:
        return {"attachments": [{**attachment, "status": "ATTACHING", "details": details}]}
    details.append({"name": "privateIPv4Address", "value": address})
    return {
        "attachments": [{**attachment, "status": "ATTACHED", "details": details}],
        "container": {
            "networkInterfaces": [{"attachmentId": task.id, "privateIpv4Address": address}]
        },
    }


def is_free(address: str, port: int = PORT) -> bool:
    """Whether nothing listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) != 0
