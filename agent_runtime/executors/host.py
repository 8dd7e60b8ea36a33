"""The interface of a place where executors run. The steps are separate, so that each place can
do them its own way: start, route, deliver inputs, stop; and a store that artifacts arrive in.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent_runtime.events import Event

if TYPE_CHECKING:
    from agent_runtime.executors.client import ExecutorClient
    from agent_runtime.job_record import JobRecord


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
    size: int

    @property
    def workspace_path(self) -> str:
        """The path that code in the executor uses."""
        return f"data/{self.name}"


@dataclass(frozen=True)
class LocalInput(JobInput):
    """An input in this machine's file system."""

    path: Path


@dataclass(frozen=True)
class ObjectInput(JobInput):
    """An input in S3. `sha256`: None when the object does not say it; `etag` names its content."""

    key: str
    etag: str
    sha256: str | None


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
    async def write(self, path: str, sha256: str, chunks: AsyncIterator[bytes]) -> None:
        """Store an artifact that did not arrive by itself; atomic."""


class ExecutorHost(ABC):
    """One session's place: at most one executor runs at a time; `start` again after a loss."""

    store: ArtifactStore
    record: "JobRecord | None" = None
    """Where the job is written down for those who list jobs, if this place does that."""
    outlives_runtime = False
    """Whether executors go on when this process is killed: then they are stopped before the end of
    the job is told, because the process may be ended by whoever hears it."""
    flush_seconds = 2.0
    """How long a job that was cancelled may wait for its artifacts."""
    silence_seconds = 15.0
    """How long an executor may say nothing while it streams or was asked something."""
    arrival_seconds = 20.0
    """How long the end of an execution may wait for the artifacts that it made to be stored."""

    def report_to(self, notify: Callable[[Event], None]) -> None:  # noqa: B027 (most are silent)
        """Called once before `start`: where events about slow steps go."""

    @abstractmethod
    async def start(self, grant: SessionGrant) -> None:
        """Begin to start an executor and return; `ExecutorError` says why it is impossible."""

    @abstractmethod
    async def route(self) -> Route:
        """Wait until the executor that `start` began is reachable; `ExecutorError` if it is not."""

    @abstractmethod
    async def reroute(self, lost: Route) -> Route:
        """The way to the same executor after `lost` led elsewhere or nowhere.

        Raises `ExecutorGoneError` when there is none.
        """

    @abstractmethod
    async def deliver(self, client: "ExecutorClient", inputs: Sequence[JobInput]) -> None:
        """Put the inputs below `data/` of the workspace, and let artifacts leave it."""

    @abstractmethod
    async def restore(self, client: "ExecutorClient", artifacts: Sequence[StoredFile]) -> None:
        """Put stored artifacts back into the workspace of a new executor."""

    @abstractmethod
    async def settle(self, client: "ExecutorClient") -> None:
        """Wait, within a bound, for artifacts that are on their way to the store."""

    @abstractmethod
    async def is_running(self) -> bool:
        """Whether the executor still exists, as far as its place can tell."""

    @abstractmethod
    async def why_lost(self) -> str:
        """What the place says about an executor that is gone, in one sentence; may be empty."""

    @abstractmethod
    async def stop(self, *, closed: bool) -> None:
        """Make sure that nothing is left running; idempotent. `closed`: its session was closed, so
        that the executor ends by itself in a moment."""

    @abstractmethod
    def kill(self) -> None:
        """The same from any thread and at once, for when the job's own thread does not answer."""
