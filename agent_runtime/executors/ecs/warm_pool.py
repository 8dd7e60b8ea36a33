"""Claiming an executor that waits in the warm pool, which the keeper fills (contract, 5.1 and 5.5).

A waiting executor knows a start-up id and the digest of a token derived from it and the claim key.
The first claim gives it the session's own id and token; later claims are refused, by the executor
itself, so that it never serves two sessions.
"""

import asyncio
import hashlib
import hmac
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.errors import ExecutorError
from agent_runtime.executors.connection import plain_http_client
from agent_runtime.executors.ecs.balanced_route import OURS, BalancedRoute
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.task_launch import digest_of
from agent_runtime.executors.ecs.task_tags import POOL, SESSION, STACK, session_tags, tag_values
from agent_runtime.executors.ecs.task_watch import address_of
from agent_runtime.executors.host import Route, SessionGrant
from agent_runtime.json_logging import log

CLAIM_SECONDS = 5.0
FIND_SECONDS = 5.0
MOST_CANDIDATES = 5
"""Claims of one start; whoever loses so many races starts a task of its own."""
BATCH = 100
"""Most tasks of one DescribeTasks."""


@dataclass(frozen=True)
class Candidate:
    """A waiting executor."""

    task_arn: str
    start_up_id: str
    address: str


@dataclass(frozen=True)
class Claim:
    """A won executor; `balanced` is its target behind the load balancer."""

    task_arn: str
    route: Route
    balanced: BalancedRoute | None


class ClaimNotTaggedError(Exception):
    """The claimed executor's task still has the tags of one that waits."""


class WarmPool:
    """The pool of one stack, shared by the sessions of this process."""

    def __init__(self, clients: AwsClients, settings: EcsSettings, claim_key_arn: str) -> None:
        self._clients = clients
        self._settings = settings
        self._claim_key_arn = claim_key_arn
        self._key: bytes | None = None

    async def claim(
        self, grant: SessionGrant, won: Callable[[Claim], Awaitable[None]]
    ) -> Claim | None:
        """An executor that is now the session's; None when none waits, or AWS does not tell.

        `won` is called in the moment of the claim, so that a job that is cancelled then still
        knows what it owns; what it answers is awaited. Raises `ClaimNotTaggedError` when the keeper
        cannot be told: it would take the executor for one that waits, and stop it as such.
        """
        try:
            key, candidates = await asyncio.gather(self._claim_key(), self._candidates())
        except AwsError as error:
            log("warm_pool_unavailable", code=error.code)
            return None
        random.shuffle(candidates)
        for candidate in candidates[:MOST_CANDIDATES]:
            work = asyncio.create_task(self._try(candidate, key, grant, won))
            try:
                claim = await asyncio.shield(work)
            except asyncio.CancelledError:
                await asyncio.wait({work}, timeout=CLAIM_SECONDS)
                raise
            if claim is not None:
                return claim
        return None

    async def _claim_key(self) -> bytes:
        if self._key is None:
            answer = await self._clients.call(
                "secretsmanager", "get_secret_value", SecretId=self._claim_key_arn
            )
            self._key = str(answer["SecretString"]).encode()
        return self._key

    async def _candidates(self) -> list[Candidate]:
        """Running tasks that wait; behind a load balancer only those it finds healthy."""
        tasks, healthy = await asyncio.gather(
            self._clients.run(self._waiting_tasks), self._healthy_addresses()
        )
        return [
            Candidate(task["taskArn"], tag_values(task)[SESSION], address)
            for task in tasks
            if (address := address_of(task)) is not None and (healthy is None or address in healthy)
        ]

    async def _healthy_addresses(self) -> set[str] | None:
        """Of healthy targets; None without a load balancer."""
        group = self._settings.target_group_arn
        if group is None:
            return None
        answer = await self._clients.call("elbv2", "describe_target_health", TargetGroupArn=group)
        return {
            item["Target"]["Id"]
            for item in answer["TargetHealthDescriptions"]
            if item["TargetHealth"]["State"] == "healthy"
        }

    def _waiting_tasks(self) -> list[dict[str, Any]]:
        cluster = self._settings.cluster_arn
        parameters: dict[str, Any] = {"cluster": cluster, "desiredStatus": "RUNNING"}
        tasks: list[dict[str, Any]] = []
        while True:
            page = self._clients.call_now("ecs", "list_tasks", **parameters)
            arns = page["taskArns"]
            for start in range(0, len(arns), BATCH):
                tasks += self._clients.call_now(
                    "ecs",
                    "describe_tasks",
                    cluster=cluster,
                    tasks=arns[start : start + BATCH],
                    include=["TAGS"],
                )["tasks"]
            if not page.get("nextToken"):
                return [task for task in tasks if self._waits(task)]
            parameters["nextToken"] = page["nextToken"]

    def _waits(self, task: dict[str, Any]) -> bool:
        tags = tag_values(task)
        return (
            (tags.get(STACK), tags.get(POOL)) == (self._settings.stack, "warm")
            and SESSION in tags
            and (task["lastStatus"], task["desiredStatus"]) == ("RUNNING", "RUNNING")
            and task["taskDefinitionArn"] == self._settings.task_definition_arn
        )

    async def _try(
        self,
        candidate: Candidate,
        key: bytes,
        grant: SessionGrant,
        won: Callable[[Claim], Awaitable[None]],
    ) -> Claim | None:
        settings = self._settings
        balanced: BalancedRoute | None = None
        route = Route(f"http://{candidate.address}:{settings.port}")
        if settings.load_balancer_url is not None:
            balanced = BalancedRoute(self._clients, settings, candidate.address)
            try:
                route = await balanced.find(candidate.start_up_id, FIND_SECONDS)
            except ExecutorError as error:
                log("warm_executor_not_found", task_arn=candidate.task_arn, error=error)
                return None
        if not await _is_claimed(candidate, route, key, grant):
            return None
        claim = Claim(candidate.task_arn, route, balanced)
        log("warm_executor_claimed", session_id=grant.session_id, task_arn=claim.task_arn)
        _, tagged = await asyncio.gather(
            won(claim), self._is_tagged(claim.task_arn, grant.session_id)
        )
        if not tagged:
            raise ClaimNotTaggedError
        return claim

    async def _is_tagged(self, task_arn: str, session_id: str) -> bool:
        """Tell the keeper whose it is; whether that succeeded."""
        try:
            await self._clients.call(
                "ecs",
                "tag_resource",
                resourceArn=task_arn,
                tags=session_tags(self._settings, session_id, "claimed"),
            )
        except AwsError as error:
            log("claimed_task_not_tagged", task_arn=task_arn, code=error.code)
            return False
        return True


async def _is_claimed(candidate: Candidate, route: Route, key: bytes, grant: SessionGrant) -> bool:
    """Claim once; whether the executor is ours now, which it says itself when no answer came."""
    token = hmac.new(key, candidate.start_up_id.encode(), hashlib.sha256).hexdigest()
    headers = {
        **route.headers,
        "X-Session-Id": candidate.start_up_id,
        "Authorization": f"Bearer {token}",
    }
    body = {"session_id": grant.session_id, "token_sha256": digest_of(grant.token)}
    async with plain_http_client(CLAIM_SECONDS) as http:
        try:
            response = await http.post(
                f"{route.base_url}/session/claim", headers=headers, json=body
            )
        except httpx.TransportError as error:
            log("claim_unanswered", task_arn=candidate.task_arn, error=error)
        else:
            if response.is_success:
                return True
            log("claim_lost", task_arn=candidate.task_arn, status=response.status_code)
            if response.status_code < 500:
                return False
        try:
            response = await http.get(
                f"{route.base_url}/session",
                headers={**route.headers, "X-Session-Id": grant.session_id},
            )
        except httpx.TransportError:
            return False
        return response.status_code in OURS
