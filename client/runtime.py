"""Where the agent runtime is: the interface, and a runtime at a URL."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import unquote, urlsplit

import httpx

from client.connection import CONNECT_SECONDS, Connection, Message, ping
from client.errors import InputError, ResultError
from client.events import Artifact
from client.terminal import printable

Note = Callable[[str], None]
"""Shows one line to the person."""

_CHUNK = 1 << 20


class Channel(Protocol):
    """Requests of one session. Safe to call from a second thread while a stream is read."""

    def stream(self, message: Message) -> Iterator[str]:
        """The payloads of an `analyze` or `attach`, until the other side ends the stream.

        Raises `InputError` when the runtime refuses the message, `ConnectionLostError` when
        asking again may help, and any other `ClientError` when nothing helps.
        """

    def call(self, message: Message) -> dict[str, Any]:
        """The JSON answer to a message that is no stream. Raises as `stream` does."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Runtime(Protocol):
    """A runtime for the length of a `with` block; entering it makes it answer.

    Raises `ClientError` on entering.
    """

    outlives_client: bool
    """True when a job goes on after the client has left, so that it can be attached to again."""

    opening: str
    """One line for the person when reaching the runtime takes long; empty when it does not."""

    @property
    def options(self) -> Sequence[str]:
        """The options that name this place on the command line."""

    def deliver(self, session_id: str, files: Sequence[Path], note: Note) -> list[str]:
        """Make `files` (absolute) readable for the session; their addresses, in this order."""

    def connect(self, session_id: str) -> Channel:
        """The channel to a session."""

    def read(self, artifact: Artifact) -> Iterator[bytes]:
        """The content of an artifact. Raises `ResultError`."""

    def end_session(self, session_id: str, note: Note) -> None:
        """Give back what the runtime holds for a session whose job is over; never fails."""

    def check(self) -> None:
        """Raise `UnreachableError` when the runtime is known to be gone for good."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class RemoteRuntime:
    """A runtime that somebody else runs, at a URL. It reads `file:` inputs on its own machine."""

    outlives_client = True
    opening = ""

    def __init__(self, url: str) -> None:
        """Raises `InputError` when `url` is not the base address of an HTTP server."""
        self._url = _base_url(url)

    @property
    def options(self) -> Sequence[str]:
        """`--runtime URL`."""
        return ["--runtime", self._url]

    def deliver(
        self,
        session_id: str,  # noqa: ARG002
        files: Sequence[Path],
        note: Note,  # noqa: ARG002
    ) -> list[str]:
        """`file:` addresses; the runtime decides whether it may read there."""
        return [file.as_uri() for file in files]

    def connect(self, session_id: str) -> Connection:
        """A channel over HTTP."""
        return Connection(self._url, session_id)

    def read(self, artifact: Artifact) -> Iterator[bytes]:
        """The bytes of a `file:` artifact."""
        return read_file(artifact)

    def end_session(self, session_id: str, note: Note) -> None:
        """The runtime keeps ended jobs as long as it likes."""

    def check(self) -> None:
        """Nothing is known about a remote process between two requests."""

    def __enter__(self) -> Self:
        ping(self._url, seconds=CONNECT_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The runtime stays as it is."""


def read_file(artifact: Artifact) -> Iterator[bytes]:
    """The content of an artifact on this machine. Raises `ResultError`."""
    address = urlsplit(artifact.uri)
    if address.scheme != "file" or address.netloc not in {"", "localhost"}:
        raise ResultError(
            f"'{printable(artifact.path)}' is at '{printable(artifact.uri)}', and only file: "
            "addresses can be read from this runtime."
        )
    try:
        with open(os.fsencode(unquote(address.path)), "rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise ResultError(
            f"'{printable(artifact.path)}' could not be copied from "
            f"'{printable(artifact.uri)}' ({error.strerror})."
        ) from error


def _base_url(text: str) -> str:
    wrong = InputError(
        f"--runtime '{text}' is not the address of a runtime; give one such as "
        "http://127.0.0.1:8080."
    )
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        raise wrong from None
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
        raise wrong
    return str(url).rstrip("/")
