"""The client at a real terminal: a pseudo-terminal whose keys a test presses."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

WAIT_SECONDS = 20.0
CTRL_C = "\x03"


class TerminalClient:
    """`python -m client ...` with a controlling terminal of its own."""

    def __init__(self, arguments: Sequence[object], cwd: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, 120))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "client", *map(str, arguments)],
            cwd=cwd,
            env=environment | {"TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.screen = ""
        self._found = 0

    def press(self, keys: str) -> None:
        """Type; `CTRL_C` becomes a real SIGINT from the terminal."""
        os.write(self._master, keys.encode())

    def read_until(self, text: str) -> None:
        """Wait for `text` after the place where the last call found its own."""
        deadline = time.monotonic() + WAIT_SECONDS
        while text not in self.screen[self._found :]:
            assert time.monotonic() < deadline, f"no {text!r} in: {self.screen[self._found :]!r}"
            if not self._read():
                raise AssertionError(f"ended without {text!r}: {self.screen[self._found :]!r}")
        self._found = self.screen.index(text, self._found) + len(text)

    def end(self) -> int:
        """Read the rest, wait for the exit, and return its code."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self._read():
            assert time.monotonic() < deadline, f"does not end: {self.screen!r}"
        return self.process.wait(WAIT_SECONDS)

    def close(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 0.2)[0]:
            return True
        try:
            chunk = os.read(self._master, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.screen += chunk.decode(errors="replace")
        return bool(chunk)
