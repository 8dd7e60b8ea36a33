"""`python -m agent_runtime`: check the settings, listen, serve until SIGTERM.

Exit codes: 0 after SIGTERM or SIGINT, 2 when the settings or the address cannot be used.
"""

import os
import socket
import sys
import threading

from agent_runtime.json_logging import configure_logging, log
from agent_runtime.settings import Settings, SettingsError, load_settings


def main() -> int:
    """The command."""
    try:
        settings = load_settings()
    except SettingsError as error:
        print("The agent runtime cannot start:", *error.problems, sep="\n  ", file=sys.stderr)
        return 2
    try:
        listener = _listen(settings)
    except OSError as error:
        print(
            f"The agent runtime cannot listen on {settings.host}:{settings.port}: "
            f"{error.strerror}. Set PORT to a free port.",
            file=sys.stderr,
        )
        return 2
    configure_logging()
    from agent_runtime.app import create_app
    from agent_runtime.server import JobServer

    server = JobServer(create_app(settings))
    configure_logging()
    port = listener.getsockname()[1]
    log("listening", host=settings.host, port=port)
    server.run(sockets=[listener])
    log("stopped")
    return 0


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    listener.listen()
    return listener


def _exit(code: int) -> None:
    """Leave without waiting for threads that a model still blocks; their jobs have ended."""
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    _exit(main())
