"""Proves that an image can run: every dependency imports, and the server answers.

`python -m agent_runtime.startup_check` is a build step of the image, and can be run in a container
to see whether it works there. It starts the runtime as a child process under the OpenTelemetry
launcher, as the image does, and exits with 0, or with 1 and one sentence.
"""

import http.client
import importlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import metadata

DEADLINE_SECONDS = 120.0
"""For each wait; emulated processors need most of it."""
LAUNCHER = ("opentelemetry-instrument", sys.executable, "-m", "agent_runtime")
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
SESSION_ID = "startup-check-0000000000000000000000"


class StartupError(Exception):
    """The image cannot work; the message says what failed."""


def import_dependencies() -> int:
    """Imports the modules of every installed distribution and returns how many distributions.

    A module may lack an optional package that is not installed, if another module of the same
    distribution imports. Raises StartupError naming the first distribution that does not import.
    """
    modules_by_distribution: dict[str, list[str]] = {}
    provided = metadata.packages_distributions()
    for module, distributions in provided.items():
        if module.isidentifier() and not module.startswith("_"):
            modules_by_distribution.setdefault(distributions[0], []).append(module)
    for distribution, modules in sorted(modules_by_distribution.items()):
        failures = [failure for module in modules if (failure := _import(module))]
        broken = [failure for failure in failures if not _lacks_an_option(failure, provided)]
        if broken or len(failures) == len(modules):
            problem = (broken or failures)[0]
            raise StartupError(f"The dependency {distribution} does not import: {problem}.")
    return len(modules_by_distribution)


def _import(module: str) -> ImportError | None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        return error
    return None


def _lacks_an_option(failure: ImportError, provided: Mapping[str, object]) -> bool:
    lacking = (failure.name or "").partition(".")[0]
    return isinstance(failure, ModuleNotFoundError) and lacking not in provided


def run_server() -> None:
    """Starts the runtime without telemetry export, pings it and sends it a bad request.

    Raises StartupError when either does not answer as documented.
    """
    port = _free_port()
    environ = os.environ | {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }
    server = subprocess.Popen(LAUNCHER, env=environ)
    try:
        _wait_until_healthy(port, server)
        status, answer = _call(port, "POST", "/invocations", '{"type": "nonsense"}')
        if status != 400:
            raise StartupError(f"A bad request answered {status}: {answer}")
    finally:
        server.terminate()
        try:
            server.wait(timeout=DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise StartupError(f"The server ended with {server.returncode} before it listened.")
        try:
            status, answer = _call(port, "GET", "/ping")
        except OSError:
            time.sleep(0.05)
            continue
        if status == 200 and json.loads(answer).get("status") == "Healthy":
            return
        raise StartupError(f"GET /ping answered {status}: {answer}")
    raise StartupError("The server did not listen in time.")


def _call(port: int, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
    headers = {"Content-Type": "application/json", SESSION_HEADER: SESSION_ID}
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    answer = response.read().decode()
    connection.close()
    return response.status, answer


def main() -> int:
    """The command: 0 when everything works, otherwise 1 with one sentence on stderr."""
    started = time.monotonic()
    try:
        count = import_dependencies()
        run_server()
    except StartupError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} dependencies import, the server answers ({time.monotonic() - started:.1f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
