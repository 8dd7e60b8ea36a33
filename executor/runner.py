"""The one thread that runs executions, in order, on the session's kernel, and replaces dead
kernels.
"""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections.abc import Callable
from typing import Any

from executor.changes import WorkspaceChanges
from executor.confinement import Confinement
from executor.errors import KernelUnavailableError
from executor.execution import Execution
from executor.execution_registry import ExecutionRegistry
from executor.execution_run import ExecutionRun, Outcome
from executor.json_logging import log
from executor.kernel_process import KernelProcess, describe_exit
from executor.one_shot_kernel import OneShotKernel
from executor.processes import (
    Process,
    continue_processes,
    descendants,
    kill_descendants,
    sample_descendants,
    stop_descendants,
)
from executor.template_process import TemplateProcess

RETRY_SECONDS = 5.0
"""Without a kernel a new one is tried this often, and whenever an execution comes."""

STOP_MESSAGES = {
    "timeout": ("TimeLimitExceeded", "stopped after {seconds:g} s (timeout_seconds)"),
    "interrupted": ("Interrupted", "stopped on request"),
    "closing": ("SessionClosed", "stopped because the session is closing"),
    "memory": ("MemoryLimitExceeded", "stopped: it used more than {memory} bytes of memory"),
    "processes": ("ProcessLimitExceeded", "stopped: it had more than {processes} processes"),
}


class Runner:
    """Owns the kernel. `server_pid` is the first process of the server, the root of every other.
    `exit_process` ends the server, which is of no use once the thread has failed.
    """

    def __init__(
        self,
        *,
        template: TemplateProcess,
        server_pid: int,
        confinement: Callable[[int], Confinement],
        environment: dict[str, str],
        output_bytes: int,
        changes: WorkspaceChanges,
        exit_process: Callable[[], None],
    ) -> None:
        self._template = template
        self._server_pid = server_pid
        self._confinement = confinement
        self._bounds = confinement(template.pid)
        self._environment = environment
        self._output_bytes = output_bytes
        self._changes = changes
        self._exit_process = exit_process
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._registry: ExecutionRegistry | None = None
        self._kernel: KernelProcess | None = None
        self._running: Execution | None = None
        self._generation = 0
        self._state_lost = False
        self._starting = True
        self._closing = False
        self._idle_stop: str | None = None
        self._stopped: set[Process] = set()
        self._thread = threading.Thread(target=self._serve, name="runner", daemon=True)

    def start(self, registry: ExecutionRegistry) -> None:
        """Begin: fork the first kernel, then run what `registry` holds."""
        self._registry = registry
        self._thread.start()

    def wake(self) -> None:
        """Make the thread look at its queue and at the reasons to stop."""
        os.eventfd_write(self._wake_fd, 1)

    def stop(self, execution: Execution, reason: str) -> None:
        """Ask for the end of the execution, if it still runs; the first reason counts."""
        if execution.stop_reason is None and not execution.finished:
            execution.stop_reason = reason
            self.wake()

    def stop_current(self, reason: str) -> None:
        """Stop the running execution, or the kernel when none runs (a process it left
        misbehaves).
        """
        running = self._running
        if running is not None:
            self.stop(running, reason)
        else:
            self._idle_stop = reason
            self.wake()

    def close(self, seconds: float) -> bool:
        """End the thread and the kernel; True when that took no longer than `seconds`."""
        self._closing = True
        self.wake()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def available(self) -> bool:
        """Whether there is a kernel or one is being started."""
        return self._thread.is_alive() and (self._kernel is not None or self._starting)

    def describe(self) -> dict[str, Any]:
        """The `kernel` part of `GET /session`."""
        kernel = self._kernel
        if kernel is None:
            state = "starting" if self._starting else "dead"
        else:
            state = "idle" if self._running is None else "busy"
        return {
            "generation": self._generation,
            "state": state,
            "confinement": kernel.confinement if kernel is not None else {},
        }

    def user_processes(self) -> set[Process]:
        """The kernel and everything that user code started."""
        return descendants(self._server_pid, self._protected())

    def sample_processes(self) -> set[Process]:
        """The same for frequent looks; one may be missed while another ends."""
        # The kernel is the template's child; what it leaves behind the first process adopts.
        return sample_descendants((self._server_pid, self._template.pid), self._protected())

    def _protected(self) -> tuple[int, ...]:
        return (self._server_pid, os.getpid(), self._template.pid)

    def _serve(self) -> None:
        try:
            self._run_all()
        except Exception:  # noqa: BLE001 - nobody else would hear of it
            log("the runner failed", level=logging.ERROR, exc_info=True)
            self._exit_process()

    def _run_all(self) -> None:
        assert self._registry is not None
        self._replace_kernel()
        while not self._closing:
            execution = self._registry.take_next()
            if execution is None:
                self._wait()
                continue
            self._running = execution
            try:
                self._run(execution)
            except Exception:  # noqa: BLE001 - the thread must outlive whatever one execution does
                log("execution failed in the server", exc_info=True, execution_id=execution.id)
                self._discard_kernel()
                execution.finish("kernel_died", [], kernel_restarted=self._replace_kernel())
            finally:
                self._running = None
                self._registry.finished(execution)
        self._discard_kernel()
        self._template.close()

    def _wait(self) -> None:
        """Sleep until there is work; replace a kernel that dies meanwhile."""
        kernel = self._kernel
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        if kernel is not None:
            poll.register(kernel.pidfd, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(RETRY_SECONDS * 1000)}
        if self._wake_fd in ready:
            os.eventfd_read(self._wake_fd)
        reason, self._idle_stop = self._idle_stop, None
        if self._closing:
            return
        if kernel is None or reason is not None or kernel.pidfd in ready:
            log("kernel is replaced while idle", reason=reason or "ended")
            self._state_lost |= kernel is not None
            self._discard_kernel()
            self._replace_kernel()

    def _run(self, execution: Execution) -> None:
        self._ensure_kernel()
        if self._kernel is None:
            execution.finish("kernel_died", [_error("KernelDied", "no kernel can be started")])
        elif execution.kernel == "fresh":
            self._run_fresh(execution)
        else:
            self._run_in_session(execution, self._kernel)

    def _ensure_kernel(self) -> None:
        if self._kernel is None or self._kernel.dead():
            self._state_lost |= self._kernel is not None
            self._discard_kernel()
            self._replace_kernel()

    def _run_fresh(self, execution: Execution) -> None:
        """Run on a kernel that ends with the execution.

        Everything of the session's code is stopped, and stays so until its next execution: what
        was checked here does not change between two checks.
        """
        others, stopped = stop_descendants(self._server_pid, self._protected())
        self._stopped |= stopped
        before = self._changes.snapshot()
        one_shot = OneShotKernel(self._template, self._bounds, self._environment)
        try:
            with one_shot as kernel:
                execution.start(kernel.generation)
                run = ExecutionRun(execution, kernel, self._output_bytes, self._wake_fd)
                outcome = run.run()
        except KernelUnavailableError as error:
            execution.finish("kernel_died", [_error("KernelDied", str(error))])
            return
        finally:
            kill_descendants(self._server_pid, self._protected(), spared=others)
        events, status = outcome.events, outcome.status or "kernel_died"
        if execution.stop_reason is not None:
            events = [*events, self._stop_event(execution, outcome)]
        elif outcome.status is None:
            events = [*events, self._how_it_died(outcome, one_shot.exit_status)]
        changed = self._changes.since(before)
        execution.finish(_final_status(execution, status), events, files_changed=changed)

    def _run_in_session(self, execution: Execution, kernel: KernelProcess) -> None:
        restarted, self._state_lost = self._state_lost, False
        continue_processes(self._stopped)
        self._stopped.clear()
        before = self._changes.snapshot()
        processes = self.user_processes() if execution.language == "bash" else None
        execution.start(kernel.generation)
        outcome = ExecutionRun(execution, kernel, self._output_bytes, self._wake_fd).run()
        if processes is not None and outcome.status is not None:
            kill_descendants(self._server_pid, self._protected(), spared=processes)
        events, status = outcome.events, outcome.status
        if outcome.status is None:
            events = [*events, self._death_event(execution, outcome)]
            restarted = self._replace_kernel()
            status = "kernel_died"
        elif execution.stop_reason is not None:
            events = [*events, self._stop_event(execution, outcome)]
        execution.finish(
            _final_status(execution, str(status)),
            events,
            kernel_restarted=restarted,
            files_changed=self._changes.since(before),
        )

    def _death_event(self, execution: Execution, outcome: Outcome) -> dict[str, Any]:
        """Kill what is left of the kernel and say why it ended."""
        status = self._discard_kernel()
        lost = "; variables are lost, files are kept"
        if execution.stop_reason is not None:
            event = self._stop_event(execution, outcome)
            event["message"] += ", with the kernel" + lost
            return event
        event = self._how_it_died(outcome, status)
        event["message"] += lost
        return event

    def _how_it_died(self, outcome: Outcome, exit_status: int | None) -> dict[str, Any]:
        how = describe_exit(exit_status) if exit_status is not None else "ended"
        if outcome.broken_protocol:
            how = "broke its protocol and was killed"
        return _error("KernelDied", f"the kernel {how}")

    def _stop_event(self, execution: Execution, outcome: Outcome) -> dict[str, Any]:
        name, message = STOP_MESSAGES[execution.stop_reason or "interrupted"]
        message = message.format(
            seconds=execution.timeout_seconds,
            memory=self._bounds.memory_bytes,
            processes=self._bounds.processes,
        )
        where = outcome.interrupted_at or {"line": None, "traceback": ""}
        return {**_error(name, message), "line": where["line"], "traceback": where["traceback"]}

    def _discard_kernel(self) -> int | None:
        """Kill the kernel and everything it started; returns its wait status, if it is known."""
        kernel, self._kernel = self._kernel, None
        if kernel is None:
            return None
        self._starting = not self._closing  # each caller replaces it next: no time without a kernel
        kernel.kill()
        if not kill_descendants(self._server_pid, self._protected()):
            log("processes of user code survive", count=len(self.user_processes()))
        try:
            return self._template.reap(kernel.pid)
        except KernelUnavailableError:
            return None
        finally:
            kernel.close()

    def _replace_kernel(self) -> bool:
        """Fork a new kernel, with a new template process if need be; True on success."""
        self._starting = True
        started = time.monotonic()
        try:
            for attempt in (1, 2):
                try:
                    self._bounds = self._confinement(self._template.pid)
                    self._kernel = KernelProcess.start(
                        self._template, self._generation + 1, self._bounds, self._environment
                    )
                except KernelUnavailableError as error:
                    log("kernel could not be started", reason=str(error), attempt=attempt)
                    self._template.close()
                    self._template = TemplateProcess.start()
                    continue
                self._generation += 1
                elapsed = round((time.monotonic() - started) * 1000, 1)
                log("kernel started", generation=self._generation, elapsed_ms=elapsed)
                return True
            return False
        finally:
            self._starting = False


def _final_status(execution: Execution, status: str) -> str:
    """What the kernel said, unless the execution was stopped."""
    if execution.stop_reason in ("timeout", "interrupted"):
        return execution.stop_reason
    return "interrupted" if execution.stop_reason == "closing" else status


def _error(name: str, message: str) -> dict[str, Any]:
    return {"type": "error", "name": name, "message": message, "line": None, "traceback": ""}
