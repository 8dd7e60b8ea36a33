"""Run a command that does not outlive the process that started it: `python tether.py COMMAND…`.

Linux sends the signal when the parent's thread ends, also when the parent is killed. Elsewhere the
command just runs, and ends by its own idle limit.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, make sure the parent is still there, become the command."""
    parent = int(os.environ.pop("TETHER_PARENT"))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606


if __name__ == "__main__":
    main()
