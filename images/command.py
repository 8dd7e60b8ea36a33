"""Runs commands with their output in a log file, and says on the terminal what is being done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

TAIL_LINES = 25
"""How much of a failed command's output is shown."""
STOP_SECONDS = 5.0
"""How long a command that is interrupted may clean up before it and its children are killed."""


class ImagesError(Exception):
    """An image cannot be built or does not work; the message is one sentence, plus output."""


class Commands:
    """Runs commands, keeps everything they print in `log`, and tells which phase is running.

    Seconds are counted from the creation of this object.
    """

    def __init__(self, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self._started = time.monotonic()
        log.write_text("")

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def phase(self, text: str) -> None:
        """Prints one progress line."""
        print(f"[{self.seconds:6.1f} s] {text}", flush=True)

    def run(
        self, *argv: str, environ: Mapping[str, str] | None = None, timeout: float = 600.0
    ) -> str:
        """Runs a command to its end and returns its standard output, stripped.

        `environ` replaces the whole environment. Raises ImagesError with the last lines of its
        output when it fails or takes longer than `timeout` seconds. However this is left, the
        command and everything it started have ended.
        """
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(argv)}\n")
            log.flush()
            try:
                process = subprocess.Popen(
                    argv,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                )
            except FileNotFoundError as error:
                raise ImagesError(f"The command {argv[0]} is not installed.") from error
            try:
                output, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired as error:
                stop(process)
                raise ImagesError(f"{argv[0]} took longer than {timeout:.0f} s.") from error
            except BaseException:
                stop(process)
                raise
            log.write(output)
        if process.returncode != 0:
            tail = "\n".join(output.splitlines()[-TAIL_LINES:])
            raise ImagesError(
                f"`{_shorten(argv)}` failed with {process.returncode} (more in {self.log}):\n{tail}"
            )
        return output.strip()

    def succeeds(self, *argv: str, environ: Mapping[str, str] | None = None) -> bool:
        """Whether a short command exits with 0; its output goes to the log."""
        try:
            self.run(*argv, environ=environ, timeout=120.0)
        except ImagesError:
            return False
        return True


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a command and its descendants, which a killed builder would leave behind."""
    family = _descendants(process.pid)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=STOP_SECONDS)
    for pid in {*family, *_descendants(process.pid)}:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _shorten(argv: Sequence[str]) -> str:
    text = " ".join(argv)
    return text if len(text) <= 120 else f"{text[:117]}..."


def fail(message: str) -> int:
    """Prints a message on stderr and returns the exit code of a failure."""
    print(f"make images: {message}", file=sys.stderr)
    return 1
