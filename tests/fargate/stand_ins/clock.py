"""The account's clock, which a test can set off from the machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def advance(self, seconds: float) -> None:
        """Set the clock forward: grants expire earlier than their holders think."""
        self.offset += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC) + self.offset
