"""Structured logs: one JSON object a line on standard output, which Lambda keeps in CloudWatch."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any


def log(event: str, level: str = "info", **fields: Any) -> None:
    """Write one line; never a token or a key."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level}
    print(json.dumps({**line, "event": event, **fields}, default=str), file=sys.stdout, flush=True)
