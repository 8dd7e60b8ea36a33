"""Where the agent runtime is: the interface, and a runtime at a URL."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import httpx

from client.connection import CONNECT_SECONDS, ping
from client.errors import InputError


class Runtime(Protocol):
    """A runtime for the length of a `with` block; entering it makes `url` answer.

    Raises `UnreachableError` on entering.
    """

    outlives_client: bool
    """True when a job goes on after the client has left, so that it can be attached to again."""

    opening: str
    """One line for the person when reaching the runtime takes long; empty when it does not."""

    @property
    def url(self) -> str:
        """Base address: `POST {url}/invocations`, no slash at its end."""

    def data_uri(self, file: Path) -> str:
        """The address under which the runtime reads `file`, an absolute path."""

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
    def url(self) -> str:
        """Base address."""
        return self._url

    def data_uri(self, file: Path) -> str:
        """A `file:` address; the runtime decides whether it may read there."""
        return file.as_uri()

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
