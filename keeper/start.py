"""Starting one warm executor."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from keeper.settings import Settings, WarmPool
from keeper.tasks import DEADLINE, POOL, SESSION, STACK, TARGET, WARM


class NotPlacedError(Exception):
    """ECS took the request and started nothing; the message is its reason."""


class TakenError(Exception):
    """A task was already started with this client token, and other parameters."""

    def __init__(self, task_arn: str) -> None:
        super().__init__(task_arn)
        self.task_arn = task_arn


def start_up_token(claim_key: bytes, session_id: str) -> str:
    """The token that claims a warm executor: HMAC-SHA256 of its start-up id, as hex."""
    return hmac.new(claim_key, session_id.encode(), hashlib.sha256).hexdigest()


def run_task(
    ecs: Any,
    settings: Settings,
    pool: WarmPool,
    claim_key: bytes,
    session_id: str,
    started_by: str,
    deadline: datetime,
) -> dict[str, Any]:
    """Start the task, on Spot first where that is wanted; the task as ECS answers it.

    Raises NotPlacedError, TakenError, or what boto3 raises.
    """
    request = _request(settings, pool, _variables(claim_key, session_id)) | {
        "startedBy": started_by,
        "tags": _tags(settings, session_id, deadline),
    }
    reason = ""
    for provider in ("FARGATE_SPOT", "FARGATE") if pool.spot else ("FARGATE",):
        strategy = [{"capacityProvider": provider, "weight": 1}]
        client_token = _client_token(session_id, provider)
        answer = _ask(ecs, request | {"capacityProviderStrategy": strategy}, client_token)
        if answer["tasks"]:
            return dict(answer["tasks"][0])
        reason = ", ".join(str(f.get("reason")) for f in answer["failures"]) or "no reason given"
    raise NotPlacedError(reason)


def _variables(claim_key: bytes, session_id: str) -> dict[str, str]:
    """What makes the executor wait for a claim with the token of its start-up id."""
    token = start_up_token(claim_key, session_id)
    return {
        "SESSION_ID": session_id,
        "SESSION_TOKEN_SHA256": hashlib.sha256(token.encode()).hexdigest(),
        "CLAIMABLE": "true",
    }


def _tags(settings: Settings, session_id: str, deadline: datetime) -> list[dict[str, str]]:
    tags = {
        STACK: settings.stack,
        SESSION: session_id,
        DEADLINE: deadline.isoformat(timespec="seconds"),
        POOL: WARM,
    }
    if settings.target_group_arn:
        tags[TARGET] = settings.target_group_arn
    return [{"key": key, "value": value} for key, value in tags.items()]


def _request(settings: Settings, pool: WarmPool, variables: dict[str, str]) -> dict[str, Any]:
    """The members of RunTask that say what runs where."""
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    return {
        "cluster": settings.cluster_arn,
        "taskDefinition": pool.task_definition_arn,
        "count": 1,
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": list(pool.subnet_ids),
                "securityGroups": list(pool.security_group_ids),
                "assignPublicIp": "DISABLED",
            }
        },
        "overrides": {
            "containerOverrides": [{"name": pool.container_name, "environment": environment}]
        },
    }


def _ask(ecs: Any, request: dict[str, Any], client_token: str) -> dict[str, Any]:
    try:
        return dict(ecs.run_task(clientToken=client_token, **request))
    except ClientError as error:
        response: dict[str, Any] = {**error.response}
        known = response.get("resourceIds") or []
        if response["Error"]["Code"] != "ConflictException" or not known:
            raise
        raise TakenError(known[0]) from error


def _client_token(session_id: str, provider: str) -> str:
    """At most 64 characters."""
    return hashlib.sha256(f"{session_id}/{provider}".encode()).hexdigest()
