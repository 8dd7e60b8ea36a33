"""What lets artifacts leave an executor that has no AWS rights: a form that expires, renewed."""

import asyncio
import random

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.errors import ExecutorError
from agent_runtime.executors.client import ExecutorClient, ExecutorGoneError
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.json_logging import log

RETRY_SHARE = 0.1
"""After a failed renewal the next one comes after this share of the form's validity."""


class UploadGrants:
    """Grants for one session's artifacts; the executor only ever has the newest."""

    def __init__(self, clients: AwsClients, settings: EcsSettings, key_prefix: str) -> None:
        self._clients = clients
        self._settings = settings
        self._key_prefix = key_prefix
        self._renewal: asyncio.Task[None] | None = None

    async def begin(self, client: ExecutorClient) -> None:
        """Hand over a grant and keep renewing it until `end`."""
        self.end()
        await self._hand_over(client)
        self._renewal = asyncio.create_task(self._renew(client))

    def end(self) -> None:
        """No more renewals."""
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None

    async def _hand_over(self, client: ExecutorClient) -> None:
        seconds = int(self._settings.grant_seconds)
        try:
            form = await self._clients.presigned_post(
                self._settings.bucket, self._key_prefix, self._settings.input_bytes, seconds
            )
        except AwsError as error:
            raise ExecutorError(f"Uploads cannot be granted to the executor: {error}") from error
        fields = {name: value for name, value in form["fields"].items() if name != "key"}
        await client.grant_uploads(
            {
                "url": form["url"],
                "fields": fields,
                "key_prefix": self._key_prefix,
                "expires_in_seconds": seconds,
            }
        )

    async def _renew(self, client: ExecutorClient) -> None:
        """Ends when the executor is gone: its replacement gets a grant of its own."""
        seconds = self._settings.grant_seconds
        share = 0.5
        while True:
            await asyncio.sleep(seconds * share * random.uniform(0.8, 1.0))  # noqa: S311 (jitter)
            share = 0.5
            try:
                await self._hand_over(client)
            except ExecutorGoneError:
                return
            except ExecutorError as error:
                log("grant_not_renewed", error=error)
                share = RETRY_SHARE
