"""Starts a built image the strictest way it is meant to run in, and takes everything away after."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from images.command import ImagesError
from images.storage import Storage

MEMORY = "4g"


@dataclass(frozen=True)
class Container:
    """A running container; `process_id` is that of its first process, seen from this machine."""

    storage: Storage
    name: str
    process_id: int

    def check(self, module: str, variables: Mapping[str, str], timeout: float) -> str:
        """Runs a module of this package in the container's network and returns what it prints.

        `variables` are added to its environment.

        Only the network is the container's: requests arrive as a caller's do, and no port has to be
        published. Raises ImagesError, with the container's last lines, when the module fails.
        """
        network = f"/proc/{self.process_id}/ns/net"
        argv = ("nsenter", f"--net={network}", sys.executable, "-m", module)
        try:
            environ = os.environ | variables
            return self.storage.commands.run(*argv, environ=environ, timeout=timeout)
        except ImagesError as error:
            raise ImagesError(f"{error}\n{self._last_lines()}") from error

    def run(self, *argv: str, timeout: float = 120.0) -> str:
        """Runs a command inside and returns its output; raises ImagesError when it fails."""
        return self.storage.podman("exec", self.name, *argv, timeout=timeout)

    def wait_until_healthy(self, deadline_seconds: float) -> float:
        """Runs the image's own health check, as Docker would, until it passes.

        Returns the seconds that took; raises ImagesError when it does not pass in time, or when
        the container has ended.
        """
        argv = self._health_check()
        started = time.monotonic()
        while True:
            try:
                self.run(*argv)
            except ImagesError as error:
                if self._ended() is not None or time.monotonic() - started > deadline_seconds:
                    raise ImagesError(f"{error}\n{self._last_lines()}") from error
                time.sleep(0.2)
            else:
                return time.monotonic() - started

    def _health_check(self) -> list[str]:
        form = "{{json .HealthCheck.Test}}"
        image = self.storage.podman("inspect", "--format", "{{.Image}}", self.name)
        kind, *argv = json.loads(self.storage.podman("image", "inspect", "--format", form, image))
        if kind != "CMD":
            raise ImagesError(f"the health check of {self.name} is not a command but {kind}.")
        return [str(word) for word in argv]

    def _last_lines(self) -> str:
        lines = self.storage.podman("logs", "--tail", "15", self.name)
        return f"The container's last lines:\n{lines}"

    def exit_code(self, timeout: float) -> int:
        """Waits until the container's process has ended by itself and returns its exit code."""
        deadline = time.monotonic() + timeout
        while (code := self._ended()) is None:
            if time.monotonic() > deadline:
                raise ImagesError(f"{self.name} still ran {timeout:.0f} s after its end was due.")
            time.sleep(0.2)
        return code

    def _ended(self) -> int | None:
        """The exit code of the container's process, None while it runs."""
        form = "{{.State.Running}} {{.State.ExitCode}}"
        running, code = self.storage.podman("inspect", "--format", form, self.name).split()
        return None if running == "true" else int(code)


@contextmanager
def running(storage: Storage, image: str, environ: Mapping[str, str]) -> Iterator[Container]:
    """A container of the image: read-only root, no capability, no network but loopback.

    Writable are the volumes that the image names and nothing else. The container and its volumes
    are removed at the end.
    """
    name = f"deep-insight-{secrets.token_hex(4)}"
    variables = [f"--env={key}={value}" for key, value in environ.items()]
    try:
        storage.podman(
            *("run", "--detach", "--name", name, "--read-only", "--read-only-tmpfs=false"),
            *("--network", "none", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
            *("--memory", MEMORY, "--pids-limit", "512", "--init=false", "--no-healthcheck"),
            *(*variables, image),
        )
        process_id = int(storage.podman("inspect", "--format", "{{.State.Pid}}", name))
        yield Container(storage, name, process_id)
    finally:
        _remove(storage, name)


def _remove(storage: Storage, name: str) -> None:
    try:
        storage.podman("rm", "--force", "--volumes", "--time", "2", "--ignore", name)
    except (ImagesError, subprocess.SubprocessError) as error:
        storage.commands.phase(f"the container {name} could not be removed: {error}")
