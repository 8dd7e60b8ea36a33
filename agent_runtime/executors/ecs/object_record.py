"""A job's record in S3: `job.json`, rewritten as the job goes on; at its end `events.ndjson`."""

import asyncio
import json
import threading
from datetime import UTC, datetime
from typing import Any

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.events import Terminal
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.job_record import JobRecord
from agent_runtime.json_logging import log
from agent_runtime.messages import Analyze


class ObjectRecord(JobRecord):
    """Objects next to the session's inputs and artifacts (docs/contracts.md, 5.2)."""

    def __init__(self, clients: AwsClients, settings: EcsSettings, session_id: str) -> None:
        self._clients = clients
        self._settings = settings
        self._session_id = session_id
        self._content: dict[str, Any] = {
            "session_id": session_id,
            "owner": None,
            "request": None,
            "status": "running",
            "started": _now(),
            "ended": None,
            "usage": None,
            "task_arn": None,
            "task_arns": [],
        }
        self._order = threading.Lock()

    async def begin(self, request: Analyze, owner: str | None) -> None:
        """Write the request and who made it."""
        self._content |= {"owner": owner, "request": request.model_dump(mode="json")}
        await self._write_job()

    async def note_task(self, task_arn: str) -> None:
        """Write down the task before anything is done with it."""
        self._content["task_arn"] = task_arn
        self._content["task_arns"].append(task_arn)
        await self._write_job()

    async def end(self, terminal: Terminal, events: str) -> None:
        """Write how it ended, and the events."""
        self._content |= {
            "status": terminal.type,
            "ended": _now(),
            "usage": terminal.usage.model_dump(mode="json"),
            "duration_ms": terminal.duration_ms,
            "reason": getattr(terminal, "reason", None),
            "code": getattr(terminal, "code", None),
            "artifacts": [artifact.model_dump(mode="json") for artifact in terminal.artifacts],
        }
        lines = events.encode()
        await asyncio.gather(
            self._write_job(),
            self._clients.run(lambda: self._put("events.ndjson", lines, "application/x-ndjson")),
        )

    async def _write_job(self) -> None:
        await self._clients.run(self._put_job)

    def _put_job(self) -> None:
        """Writes follow each other, so that the newest content stays."""
        with self._order:
            content = json.dumps(self._content, ensure_ascii=False, indent=1).encode()
            self._put("job.json", content, "application/json")

    def _put(self, name: str, content: bytes, media_type: str) -> None:
        try:
            self._clients.call_now(
                "s3",
                "put_object",
                Bucket=self._settings.bucket,
                Key=self._settings.session_key(self._session_id, name),
                Body=content,
                ContentType=media_type,
            )
        except AwsError as error:
            log("record_not_written", session_id=self._session_id, name=name, code=error.code)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
