"""The yardstick: a Jupyter Kernel Gateway from `.venv-bench`, when `make bench-extras` made it."""

import json
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.executor_process import ROOT, BenchError

PYTHON = ROOT / ".venv-bench/bin/python"
CLIENT = Path(__file__).with_name("kernel_gateway_client.py")
STARTS_WITHIN_SECONDS = 60.0


def is_installed() -> bool:
    """Whether the extra is there."""
    return PYTHON.is_file()


class KernelGateway:
    """A gateway and its client, both child processes; the gateway has its shipped settings."""

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory(prefix="deep-insight-bench-")
        self._gateway = subprocess.Popen(
            [PYTHON, "-m", "kernel_gateway", f"--KernelGatewayApp.port={port}"],
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_until_up(port)
            self._client = subprocess.Popen(
                [PYTHON, CLIENT, str(port)],
                cwd=self._folder.name,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        except BaseException:
            self._stop_gateway()
            raise
        return self

    def _wait_until_up(self, port: int) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline and self._gateway.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise BenchError("The Jupyter Kernel Gateway does not start.")

    def times(self, kind: str, count: int, code: str) -> list[float]:
        """Milliseconds of each of `count` executions; `kind` is shipped or quickack."""
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        self._client.stdin.write(f"{kind} {count} {code}\n")
        self._client.stdin.flush()
        answer = self._client.stdout.readline()
        if not answer:
            raise BenchError("The client of the Jupyter Kernel Gateway ended.")
        times: list[float] = json.loads(answer)
        return times

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.kill()
        self._client.communicate()
        self._stop_gateway()

    def _stop_gateway(self) -> None:
        self._gateway.terminate()
        try:
            self._gateway.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._gateway.kill()
            self._gateway.wait()
        self._folder.cleanup()
