"""The runtime's real server in this process, as deployed: executors are tasks of the account."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import keeper.run
from agent_runtime.models import ModelFactory
from keeper.settings import load_settings as load_keeper_settings
from tests.agent_runtime.running_runtime import Event, Runtime, Session, running_runtime
from tests.fargate.stand_ins import Account, DeployedStack, Fargate, LoadBalancer
from tests.fargate.stand_ins.polling import eventually
from tests.fargate.stand_ins.tasks import Task

PREFIX = "sessions/"
TERMINAL = ("completed", "failed", "cancelled")
WHOSE = """
state = globals().setdefault("state", [])
state.append({name!r})
with open("artifacts/whose.txt", "w") as file:
    file.write(" ".join(state))
print(" ".join(state))
"""
"""Code that keeps, prints and stores the names it was run with: a mixed-up session shows."""


@dataclass
class Platform:
    """The account, what is deployed in it, and what runs the tasks."""

    account: Account
    stack: DeployedStack
    fargate: Fargate
    balancer: LoadBalancer
    bystanders: list[Task] = field(default_factory=list)
    """Tasks that no session of the test started."""

    @contextmanager
    def runtime(
        self,
        folder: Path,
        models: ModelFactory | None,
        route: str = "direct",
        capacity: str = "on_demand",
        **variables: str,
    ) -> Iterator[DeployedRuntime]:
        """Serve as AgentCore would; ends as after SIGTERM."""
        environment = self.stack.runtime_environment(
            route=route, url=self.balancer.url, capacity=capacity
        )
        limits = {"DEEP_INSIGHT_EXECUTOR_RETRY_SECONDS": "0.05"}
        with (
            patch.dict(os.environ, self.account.environment("runtime")),
            running_runtime(folder, models, **{**environment, **limits, **variables}) as runtime,
        ):
            yield DeployedRuntime(self, runtime)

    def keep(self, **variables: str) -> Any:
        """One run of the keeper; its report."""
        environment = {
            "AWS_REGION": self.stack.region,
            "KEEPER_STACK": self.stack.cluster_arn.rpartition("/")[2],
            "KEEPER_CLUSTER_ARN": self.stack.cluster_arn,
            "KEEPER_TARGET_GROUP_ARN": self.stack.target_group_arn,
            **variables,
        }
        services = ("ecs", "elbv2", "secretsmanager")
        clients = keeper.run.Clients(*(self.account.client(name, "keeper") for name in services))
        return keeper.run.run(load_keeper_settings(environment), clients)

    def nothing_is_left(self) -> None:
        """After the keeper's next run there is no task and no target but bystanders'."""
        spared = [task.arn for task in self.bystanders]
        self.keep()
        eventually(
            lambda: all(task.arn in spared for task in self.account.tasks.live()),
            "every task has stopped",
        )
        self.keep()
        addresses = [task.address for task in self.bystanders]
        assert [t.id for t in self.balancer.registered() if t.id not in addresses] == []

    def object(self, key: str) -> bytes:
        """The bytes of an object of the artifacts bucket."""
        answer = self.account.client("s3", "client").get_object(Bucket=self.stack.bucket, Key=key)
        content: bytes = answer["Body"].read()
        return content

    def objects(self, session_id: str, folder: str = "artifacts/") -> dict[str, bytes]:
        """A session's objects by their path below the folder."""
        prefix = f"{PREFIX}{session_id}/{folder}"
        s3 = self.account.client("s3", "client")
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.stack.bucket, Prefix=prefix
        )
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key.removeprefix(prefix): self.object(key) for key in keys}

    def task_of(self, session_id: str) -> Task:
        """The newest task of a session."""
        return self.account.tasks.of_session(session_id)[-1]


@dataclass
class DeployedRuntime:
    """A running server and the platform it uses."""

    platform: Platform
    runtime: Runtime

    def session(self) -> Session:
        """A new session."""
        return self.runtime.session()

    def upload(
        self, session: Session, name: str, content: bytes | str, *, sha256: str | None = "right"
    ) -> str:
        """Put an input of the session into the bucket as a client would; its URI."""
        body = content.encode() if isinstance(content, str) else content
        key = f"{PREFIX}{session.id}/inputs/{name}"
        digest = hashlib.sha256(body).hexdigest() if sha256 == "right" else sha256
        self.platform.account.client("s3", "client").put_object(
            Bucket=self.platform.stack.bucket,
            Key=key,
            Body=body,
            Metadata={"sha256": digest} if digest else {},
        )
        return f"s3://{self.platform.stack.bucket}/{key}"

    def check_end(self, session: Session, events: list[Event]) -> Event:
        """What every job owes: one terminal event, its record, its artifacts, and nothing left."""
        assert [event["type"] in TERMINAL for event in events].count(True) == 1
        last = events[-1]
        assert last["type"] in TERMINAL
        platform = self.platform
        record = json.loads(platform.object(f"{PREFIX}{session.id}/job.json"))
        assert (record["status"], record["session_id"]) == (last["type"], session.id)
        lines = platform.object(f"{PREFIX}{session.id}/events.ndjson").decode().splitlines()
        assert [json.loads(line) for line in lines] == events
        stored = platform.objects(session.id)
        for artifact in last["artifacts"]:
            content = stored[artifact["path"]]
            assert hashlib.sha256(content).hexdigest() == artifact["sha256"], artifact["path"]
        platform.nothing_is_left()
        return last


def after(events: list[Event], wanted: Callable[[Event], bool]) -> bool:
    """Whether any event is as wanted."""
    return any(wanted(event) for event in events)


def phases(events: list[Event]) -> list[str]:
    """Phases of the progress events, in order."""
    return [event["phase"] for event in events if event["type"] == "progress"]
