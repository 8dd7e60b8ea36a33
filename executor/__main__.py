"""`python -m executor`: serve one session until it ends.

Exit codes: 0 the session was closed, 1 the address cannot be listened on, 2 the settings are wrong,
70 the server lost its worker.
"""

from __future__ import annotations

import os
import socket
import sys

from executor.template_process import TemplateProcess


def main() -> None:
    """Start the template process first: its imports take longest and run beside everything else."""
    template = TemplateProcess.start()

    import logging

    from executor.json_logging import configure_logging, log
    from executor.settings import SettingsError, load_settings
    from executor.system_calls import adopt_orphans, forbid_inspection

    try:
        settings = load_settings()
    except SettingsError as error:
        for problem in error.problems:
            print(f"executor: {problem}", file=sys.stderr)
        sys.exit(2)
    configure_logging(settings.session_id)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        reason = error.strerror or str(error)
        print(
            f"executor: cannot listen on {settings.host}:{settings.port} ({reason}); "
            "set PORT to a free port, or to 0 for any",
            file=sys.stderr,
        )
        sys.exit(1)
    forbid_inspection()
    if not adopt_orphans():
        log("orphans of user code are not adopted", level=logging.WARNING)

    from executor.server import Server

    log("listening", host=settings.host, port=listener.getsockname()[1], pid=os.getpid())
    Server(settings, listener, template).run()


def listen(host: str, port: int) -> socket.socket:
    """A socket of the server, which its workers inherit; raises `OSError`."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(address)
    listener.listen(128)
    listener.set_inheritable(True)
    return listener


if __name__ == "__main__":
    main()
