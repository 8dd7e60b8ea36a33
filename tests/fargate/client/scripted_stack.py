"""A deployed stack whose runtime is scripted: real boto3, real S3, AgentCore's data plane."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from tests.client.stand_in_runtime import Event, StandInRuntime
from tests.fargate.stand_ins import Account, AgentCore, DeployedStack
from tests.fargate.stand_ins.account import ACCOUNT_ID
from tests.fargate.stand_ins.deployed_stack import PREFIX
from tests.fargate.stand_ins.runtime_session import RuntimeSession

CLIENT = "client"
ENDPOINT = "DEFAULT"
TERMINAL = frozenset({"completed", "failed", "cancelled"})


def stack_outputs(stack: DeployedStack, runtime_arn: str) -> dict[str, Any]:
    """What `pulumi stack output --json` would print."""
    return {
        "region": stack.region,
        "account_id": ACCOUNT_ID,
        "runtime_arn": runtime_arn,
        "runtime_endpoint": ENDPOINT,
        "artifacts_bucket": stack.bucket,
        "artifacts_prefix": PREFIX.rstrip("/"),
        "runtime_log_group": "/test/runtime",
        "application_log_group": "/test/application",
        "executor_log_group": "/test/executor",
        "executor_cpu": "1024",
        "executor_memory": "4096",
        "executor_architecture": "arm64",
        "something_new": "ignored",
    }


class ScriptedSession:
    """A session's machine that is the scripted runtime of all of them."""

    def __init__(self, session_id: str, runtime: StandInRuntime) -> None:
        self.id = session_id
        self.url = runtime.url
        self.is_alive = True
        self._runtime = runtime

    def wait_until_ready(self, seconds: float) -> bool:
        """It is."""
        return True

    def stop(self, grace_seconds: float) -> None:
        """The job goes with the machine."""
        self.kill()

    def kill(self) -> None:
        """At once."""
        self.is_alive = False
        self._runtime.jobs.pop(self.id, None)


class ScriptedAgentCore(AgentCore):
    """The data plane in front of a scripted runtime in this process."""

    def __init__(self, account: Account, runtime: StandInRuntime) -> None:
        super().__init__(account, {})
        self._runtime = runtime
        self._scripted: dict[str, ScriptedSession] = {}

    def _machine(self, session_id: str) -> RuntimeSession:
        with self._lock:
            session = self._scripted.get(session_id)
            if session is None or not session.is_alive:
                session = self._scripted[session_id] = ScriptedSession(session_id, self._runtime)
            # The base class uses nothing of a machine that this one lacks.
            self._sessions[session_id] = cast(RuntimeSession, session)
            return self._sessions[session_id]


class ScriptedStack:
    """The stack with its account, data plane and scripted runtime."""

    def __init__(self, account: Account, stack: DeployedStack, runtime: StandInRuntime) -> None:
        self.account = account
        self.stack = stack
        self.runtime = runtime
        runtime.record = self
        self.agentcore = ScriptedAgentCore(account, runtime)
        self._s3 = account.client("s3", "runtime")
        self._requests: dict[str, Event] = {}
        self._started: dict[str, str] = {}

    def outputs(self, **changed: Any) -> dict[str, Any]:
        """The outputs, some of them changed, or left out when None."""
        outputs = stack_outputs(self.stack, self.agentcore.arn)
        return {name: value for name, value in (outputs | changed).items() if value is not None}

    def begin(self, session_id: str, request: Event) -> None:
        """Write the record as the runtime does."""
        self._requests[session_id] = request
        self._started[session_id] = _now()
        self.write_job(session_id)

    def keep(self, earlier: list[Event], event: Event) -> Event:
        """Put artifacts and, at the end, the record into the bucket."""
        session_id = event["session_id"]
        if event["type"] == "artifact":
            event = self._stored(session_id, event)
        if event["type"] in TERMINAL:
            event = event | {"artifacts": [self._stored(session_id, a) for a in event["artifacts"]]}
            lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in [*earlier, event])
            self.put(session_id, "events.ndjson", lines.encode())
            ending = {name: event.get(name) for name in ("usage", "artifacts", "reason")}
            self.write_job(session_id, status=event["type"], ended=_now(), **ending)
        return event

    def write_job(self, session_id: str, **changed: Any) -> None:
        """`job.json` of a session, running unless told otherwise."""
        content = {
            "session_id": session_id,
            "owner": None,
            "request": self._requests.get(session_id, {"prompt": "?"}),
            "status": "running",
            "started": self._started.get(session_id, _now()),
            "ended": None,
            "usage": None,
        }
        self.put(session_id, "job.json", json.dumps(content | changed).encode())

    def put(self, session_id: str, name: str, content: bytes, **options: Any) -> str:
        """Write one object of a session; its URI."""
        key = f"{PREFIX}{session_id}/{name}"
        self._s3.put_object(Bucket=self.stack.bucket, Key=key, Body=content, **options)
        return f"s3://{self.stack.bucket}/{key}"

    def head(self, uri: str) -> dict[str, Any]:
        """What S3 says of an object."""
        key = uri.removeprefix(f"s3://{self.stack.bucket}/")
        answer: dict[str, Any] = self._s3.head_object(
            Bucket=self.stack.bucket, Key=key, ChecksumMode="ENABLED"
        )
        return answer

    def _stored(self, session_id: str, artifact: Event) -> Event:
        file = Path(unquote(urlsplit(artifact["uri"]).path))
        uri = self.put(
            session_id,
            f"artifacts/{file.name}",
            file.read_bytes(),
            Metadata={"sha256": artifact["sha256"]},
        )
        return artifact | {"uri": uri}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
