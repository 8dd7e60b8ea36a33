"""Every call that reached the account: who, what, on what."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.fargate.stand_ins.aws_request import AwsRequest


@dataclass(frozen=True)
class RecordedCall:
    """One call. `presigned`: made by the holder of a grant that `caller` signed."""

    caller: str
    service: str
    operation: str
    parameters: dict[str, Any]
    presigned: bool


class RecordedCalls:
    """The calls since the last `clear`, in the order of arrival."""

    def __init__(self) -> None:
        self._calls: list[RecordedCall] = []
        self._lock = threading.Lock()

    def add(self, request: AwsRequest) -> None:
        """Keep one call."""
        call = RecordedCall(
            request.caller, request.service, request.operation, request.parameters,
            request.presigned,
        )  # fmt: skip
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forget everything so far."""
        with self._lock:
            self._calls.clear()

    def by(self, *callers: str) -> list[RecordedCall]:
        """The calls of these callers, or of everyone but the deployment."""
        with self._lock:
            calls = list(self._calls)
        return [c for c in calls if (c.caller in callers if callers else c.caller != "deployer")]

    def of(self, name: str, *callers: str) -> list[RecordedCall]:
        """The calls of one operation, `ecs.RunTask`."""
        return [call for call in self.by(*callers) if f"{call.service}.{call.operation}" == name]

    def counts(self, *callers: str) -> Counter[str]:
        """How often each operation was called."""
        return Counter(f"{call.service}.{call.operation}" for call in self.by(*callers))

    def write(self, path: Path) -> None:
        """All calls as JSON, for the proof of rights."""
        rows = [asdict(call) for call in self.by()]
        path.write_text(json.dumps({"calls": rows}, indent=1) + "\n", encoding="utf-8")
