"""What is written down about a job for those who list jobs, outside this process."""

from abc import ABC, abstractmethod

from agent_runtime.events import Terminal
from agent_runtime.messages import Analyze


class JobRecord(ABC):
    """One job's record. Writing it down never changes the job: failures are logged only."""

    @abstractmethod
    async def begin(self, request: Analyze, owner: str | None) -> None:
        """The job has started."""

    @abstractmethod
    async def end(self, terminal: Terminal, events: str) -> None:
        """The job has ended; `events` are all its events as lines of JSON."""
