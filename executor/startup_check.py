"""Proves that an image can run: every dependency imports, and the server runs one execution.

`python -m executor.startup_check` is a build step of the image, and can be run in a container to
see whether it works there. It starts the executor as a child process, as the image does, and
exits with 0, or with 1 and one sentence.
"""

import hashlib
import http.client
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import IO, Any

DEADLINE_SECONDS = 120.0
"""For each wait; emulated processors need most of it."""
SESSION_ID = "startup-check"
TOKEN = "startup-check-token"  # noqa: S105 - opens only the process started here
FILES_ONLY = frozenset({"koreanize-matplotlib"})
"""Distributions that are there for their files; the code beside the fonts needs Python < 3.12."""
CODE = "import matplotlib.pyplot as plt, pandas as pd\nplt.figure()\nint(pd.Series([20, 22]).sum())"


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
        if not module.isidentifier() or module.startswith("_"):
            continue
        if distributions[0] not in FILES_ONLY:
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


def run_server(workspace: Path) -> None:
    """Starts the executor, checks its health, runs one execution and closes the session.

    Raises StartupError when any of it does not answer as documented.
    """
    environ = os.environ | {
        "SESSION_ID": SESSION_ID,
        "SESSION_TOKEN_SHA256": hashlib.sha256(TOKEN.encode()).hexdigest(),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "WORKSPACE": str(workspace),
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "executor"], env=environ, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stderr is not None
        port = _port_from_log(server.stderr)
        _wait_until_healthy(port)
        _execute(port)
        _call(port, "POST", "/session/close")
        code = server.wait(timeout=DEADLINE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise StartupError("The server did not exit after its session was closed.") from error
    except (OSError, http.client.HTTPException) as error:
        raise StartupError(f"The server stopped answering: {error}.") from error
    finally:
        server.kill()
        server.wait()
    if code != 0:
        raise StartupError(f"The server exited with {code} after its session was closed.")


def _port_from_log(log: IO[str]) -> int:
    lines = []
    for line in log:
        lines.append(line.strip())
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("event") == "listening":
            return int(entry["port"])
    raise StartupError(f"The server ended before it listened: {' | '.join(lines[-5:])}")


def _wait_until_healthy(port: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    answer = ""
    while time.monotonic() < deadline:
        status, answer = _call(port, "GET", "/health", expect=None)
        if status == 200:
            return
        time.sleep(0.02)
    raise StartupError(f"The server did not become healthy; it last answered {answer}.")


def _execute(port: int) -> None:
    body = json.dumps({"id": "startup-check", "language": "python", "code": CODE})
    _, answer = _call(port, "POST", "/executions", body)
    events: list[dict[str, Any]] = [json.loads(line) for line in answer.splitlines()]
    results = [event["data"]["text/plain"] for event in events if event["type"] == "result"]
    if not events or events[-1].get("status") != "ok" or results != ["42"]:
        raise StartupError(f"The execution did not answer 42 but: {answer}")


def _call(
    port: int, method: str, path: str, body: str | None = None, *, expect: int | None = 200
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
    headers = {
        "X-Session-Id": SESSION_ID,
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/json",
    }
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    answer = response.read().decode()
    connection.close()
    if expect is not None and response.status != expect:
        raise StartupError(f"{method} {path} answered {response.status}: {answer}")
    return response.status, answer


def main() -> int:
    """The command: 0 when everything works, otherwise 1 with one sentence on stderr."""
    started = time.monotonic()
    try:
        count = import_dependencies()
        with tempfile.TemporaryDirectory() as workspace:
            run_server(Path(workspace))
    except StartupError as error:
        print(error, file=sys.stderr)
        return 1
    seconds = time.monotonic() - started
    print(f"{count} dependencies import, the server ran one execution ({seconds:.1f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
