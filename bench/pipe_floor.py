"""The least that a stateful execution in another process can cost: a line in, a line back."""

import subprocess
import sys
from types import TracebackType
from typing import Self

CHILD = """
import sys
names = {}
for line in sys.stdin.buffer:
    exec(line, names)
    sys.stdout.buffer.write(b"ok\\n")
    sys.stdout.buffer.flush()
"""


class PipeFloor:
    """A persistent Python process behind two pipes, with nothing captured and nothing guarded."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        return self

    def run(self, code: str) -> None:
        """Runs one line and waits until it is done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(code.encode() + b"\n")
        self._process.stdout.readline()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
