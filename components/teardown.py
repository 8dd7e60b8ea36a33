"""Teardown: what the engine waits for before it deletes things that others still hold.

Both waits are resource hooks: the engine calls them in the program's process just before a
deletion, and refuses `pulumi destroy` without ``--run-program``, which would skip them.

A protected deployment has none of them, so that a destroy of it is refused for what it is and
does not ask for ``--run-program`` first.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import boto3
import pulumi
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from components.deployment import Deployment

# AgentCore releases the network interfaces of a deleted runtime within 8 h, and nobody else can.
# Source: "Configure AgentCore for VPC", Amazon Bedrock AgentCore Developer Guide;
# hashicorp/terraform-provider-aws #47399 for their type.
INTERFACE_TYPE = "agentic_ai"
LONGEST_RELEASE_MINUTES = 600
# An executor gets 120 s to hand over its artifacts once it is told to stop.
SHUTDOWN_SECONDS = 300
# Without the second flag the engine leaves what it would delete after the things that are held.
AGAIN = "pulumi destroy --run-program --continue-on-error"
GROUP, SUBNET = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/subnet:Subnet"
SHOWN = 5

# What still holds a resource; called in a thread.
Look: TypeAlias = Callable[[], Sequence[str]]
# Tells people; the flag is for lines that the next one may replace.
Report: TypeAlias = Callable[[str, bool], None]


class TeardownError(RuntimeError):
    """A deletion that cannot happen yet: one sentence with the way out."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait, and how the pauses between two looks grow. In seconds."""

    deadline: float
    first_pause: float = 5.0
    longest_pause: float = 60.0
    # A line that stays is written this often although nothing changes.
    remind: float = 600.0


async def wait_until_free(
    look: Look,
    what: str,
    *,
    patience: Patience,
    report: Report,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Sequence[str]:
    """Look until nothing is left or the deadline has passed; what is left then.

    The first look costs no wait. Every change is reported, and every look by a passing line.
    """
    start = clock()
    pause, told, seen = patience.first_pause, start, -1
    while True:
        left = await asyncio.to_thread(look)
        now = clock()
        if not left or now - start >= patience.deadline:
            return left
        lasting = len(left) != seen or now - told >= patience.remind
        minutes, whole = (now - start) / 60, patience.deadline / 60
        report(f"{what}: {len(left)}; waiting, {minutes:.0f} of {whole:.0f} minutes", not lasting)
        if lasting:
            told, seen = now, len(left)
        await sleep(min(pause, patience.longest_pause, start + patience.deadline - now))
        pause *= 1.5


def _report(message: str, passing: bool) -> None:
    pulumi.log.info(message, ephemeral=passing)


def _before_delete(
    name: str, hook: pulumi.ResourceHookFunction, deployment: Deployment
) -> pulumi.ResourceHookBinding | None:
    if deployment.protected:
        return None
    return pulumi.ResourceHookBinding(before_delete=[pulumi.ResourceHook(name, hook)])


def _client(service: str, region: str) -> Any:
    """The credentials of whoever runs the engine, as the provider uses them."""
    config = Config(retries={"mode": "standard", "max_attempts": 10})
    make: Any = boto3.client
    return make(service, region_name=region, config=config)


def _refused(act: str, error: Exception) -> TeardownError:
    detail = " ".join(str(error).split())
    return TeardownError(f"{act} failed ({detail}); mend that and run `{AGAIN}` again.")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" * (len(names) > SHOWN))


def lingering_interfaces(client: Any, type_: str, identifier: str) -> list[str]:
    """AgentCore's network interfaces that use a security group or a subnet."""
    key = "group-id" if type_ == GROUP else "subnet-id"
    pages = client.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": key, "Values": [identifier]}]
    )
    found = [item for page in pages for item in page["NetworkInterfaces"]]
    # A group of the runtime has no other users; a subnet has, and the engine deletes those itself.
    ours = [item for item in found if type_ == GROUP or item["InterfaceType"] == INTERFACE_TYPE]
    return sorted(item["NetworkInterfaceId"] for item in ours)


class InterfaceRelease:
    """Holds back the deletion of groups and subnets until AgentCore has let go of them.

    Raises (in the engine's run): TeardownError when they outlast `interface_release_minutes`.
    """

    def __init__(self, name: str, *, deployment: Deployment) -> None:
        self._region = deployment.region
        self._patience = Patience(deadline=60.0 * deployment.interface_release_minutes)
        self.hooks = _before_delete(f"{name}-interface-release", self.wait, deployment)

    async def wait(self, args: pulumi.ResourceHookArgs) -> None:
        """The hook: return once the resource is free."""
        kind = "security group" if args.type == GROUP else "subnet"
        client = _client("ec2", self._region)

        def look() -> list[str]:
            try:
                return lingering_interfaces(client, args.type, args.id)
            except (BotoCoreError, ClientError) as error:
                act = f"looking for network interfaces of {kind} {args.id}"
                raise _refused(act, error) from error

        what = f"network interfaces of AgentCore that still use {kind} {args.id} ({args.name})"
        left = await wait_until_free(look, what, patience=self._patience, report=_report)
        if left:
            raise TeardownError(
                f"{what}: {_some(left)}; AWS releases them within 8 hours after the runtime is "
                f"gone and nobody else can, so run `{AGAIN}` again later (or set "
                "interfaceReleaseMinutes to wait longer)."
            )


class ExecutorShutdown:
    """Stops the tasks of a cluster before the cluster is deleted: the engine knows none of them.

    Raises (in the engine's run): TeardownError when a task does not stop in time.
    """

    def __init__(self, name: str, *, deployment: Deployment) -> None:
        self._region = deployment.region
        self.hooks = _before_delete(f"{name}-executor-shutdown", self.stop, deployment)

    async def stop(self, args: pulumi.ResourceHookArgs) -> None:
        """The hook: return once no task runs in the cluster."""
        client = _client("ecs", self._region)

        def look() -> list[str]:
            try:
                return stop_tasks(client, args.id)
            except (BotoCoreError, ClientError) as error:
                raise _refused(f"stopping the executors of {args.name}", error) from error

        what = "executors that are stopping"
        patience = Patience(deadline=SHUTDOWN_SECONDS, longest_pause=15.0)
        left = await wait_until_free(look, what, patience=patience, report=_report)
        if left:
            raise TeardownError(
                f"executors that did not stop within {SHUTDOWN_SECONDS} s: {_some(left)}; run "
                f"`{AGAIN}` again."
            )


def stop_tasks(client: Any, cluster: str) -> list[str]:
    """Ask every task of a cluster to stop; the ids of those that have not stopped yet."""
    try:
        return _stop_tasks(client, cluster)
    except client.exceptions.ClusterNotFoundException:
        return []


def _stop_tasks(client: Any, cluster: str) -> list[str]:
    running: list[str] = []
    for status in ("RUNNING", "STOPPED"):
        pages = client.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=status)
        arns = [arn for page in pages for arn in page["taskArns"]]
        for start in range(0, len(arns), 100):
            answer = client.describe_tasks(cluster=cluster, tasks=arns[start : start + 100])
            running += [
                task["taskArn"] for task in answer["tasks"] if task["lastStatus"] != "STOPPED"
            ]
        if status == "RUNNING":
            for arn in arns:
                client.stop_task(cluster=cluster, task=arn, reason="the stack is destroyed")
    return sorted({arn.rsplit("/", 1)[-1] for arn in running})
