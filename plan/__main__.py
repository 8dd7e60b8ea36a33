"""Entry point; ends without the interpreter's teardown, which costs more than the plan itself."""

import gc
import io
import os
import sys
from contextlib import suppress

gc.disable()


def _prepare_streams() -> None:
    """Makes a closed stream swallow what is printed, and any terminal take what it can show."""
    # First of all: the next file that is opened would get a closed stream's number.
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - stays open
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


if __name__ == "__main__":
    _prepare_streams()

from plan.command_line import main  # noqa: E402 - a quarter of the imports' time is collection

if __name__ == "__main__":
    gc.freeze()
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # told already, or nobody reads it
            stream.flush()
    os._exit(code)
