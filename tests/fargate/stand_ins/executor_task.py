"""Starting an executor as the runtime does, for tests of the stand-ins and the keeper."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tests.fargate.stand_ins.account import Account
from tests.fargate.stand_ins.deployed_stack import CONTAINER, DeployedStack
from tests.fargate.stand_ins.tasks import Task

TOKEN = "token-of-the-session"


def run_executor(
    account: Account,
    stack: DeployedStack,
    session_id: str,
    *,
    tags: Mapping[str, str] | None = None,
    client_token: str | None = None,
    spot: bool = False,
    count: int = 1,
) -> Task:
    """Run a task for a session with the token `TOKEN`; the first one as the account has it."""
    variables = {
        "SESSION_ID": session_id,
        "SESSION_TOKEN_SHA256": hashlib.sha256(TOKEN.encode()).hexdigest(),
    }
    override = {
        "name": CONTAINER,
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
    }
    capacity = (
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
        if spot
        else {"launchType": "FARGATE"}
    )
    answer = account.client("ecs", "runtime").run_task(
        cluster=stack.cluster_arn,
        taskDefinition=stack.task_definition_arn,
        **({"clientToken": client_token} if client_token else {}),
        count=count,
        startedBy="test",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": list(stack.subnet_ids),
                "securityGroups": [stack.security_group_id],
            }
        },
        overrides={"containerOverrides": [override]},
        tags=[{"key": key, "value": value} for key, value in (tags or {}).items()],
        **capacity,
    )
    assert answer["tasks"], answer["failures"]
    task = account.tasks.find(stack.cluster_arn, answer["tasks"][0]["taskArn"])
    assert task is not None
    return task


def headers(session_id: str) -> dict[str, str]:
    """Headers that prove a request to be the session's."""
    return {"X-Session-Id": session_id, "Authorization": f"Bearer {TOKEN}"}
