"""The interface of a place where executors run. The steps are separate, so that each place can
do them its own way: start, route, deliver inputs, stop; and a store that artifacts arrive in.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_runtime.executors.client import ExecutorClient


@dataclass(frozen=True)
class SessionGrant:
    """What proves to an executor that a request is its session's. The token is never shown."""

    session_id: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Route:
    """How requests reach the executor: base URL, and headers such as a sticky cookie."""

    base_url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class JobInput:
    """One input file, checked. `name` is its name below `data/` in the workspace."""

    name: str
    path: Path
    size: int

    @property
    def workspace_path(self) -> str:
        """The path that code in the executor uses."""
        return f"data/{self.name}"


@dataclass(frozen=True)
class StoredFile:
    """A file of the artifact store; `path` is relative to the artifacts folder."""

    path: str
    size: int
    sha256: str


class ArtifactStore(ABC):
    """Where artifacts arrive outside the executor, soon after each execution."""

    @abstractmethod
    async def files(self) -> list[StoredFile]:
        """What is there, sorted by path."""

    @abstractmethod
    def uri(self, path: str) -> str:
        """The URI of an artifact for the caller."""

    @abstractmethod
    def read(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of an artifact, in chunks."""

    @abstractmethod
    async def write(self, path: str, chunks: AsyncIterator[bytes]) -> None:
        """Store an artifact that did not arrive by itself; atomic."""


class ExecutorHost(ABC):
    """One session's place: at most one executor runs at a time; `start` again after a loss."""

    store: ArtifactStore

    @abstractmethod
    async def start(self, grant: SessionGrant) -> None:
        """Begin to start an executor and return; `ExecutorError` says why it is impossible."""

    @abstractmethod
    async def route(self) -> Route:
        """Wait until the executor that `start` began is reachable; `ExecutorError` if it is not."""

    @abstractmethod
    async def deliver(self, client: "ExecutorClient", inputs: Sequence[JobInput]) -> None:
        """Put the inputs below `data/` of the workspace."""

    @abstractmethod
    async def is_running(self) -> bool:
        """Whether the executor still exists, as far as its place can tell."""

    @abstractmethod
    async def stop(self, *, closed: bool) -> None:
        """Make sure that nothing is left running; idempotent. `closed`: its session was closed, so
        that the executor ends by itself in a moment."""

    @abstractmethod
    def kill(self) -> None:
        """The same from any thread and at once, for when the job's own thread does not answer."""
