"""Inputs in S3: each URI checked before anything starts, then fetched by the executor itself."""

import asyncio
import base64
import unicodedata
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.errors import DataError, ExecutorError
from agent_runtime.executors.client import ExecutorClient
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.host import JobInput, ObjectInput
from agent_runtime.executors.inputs import free_name, short
from agent_runtime.json_logging import log
from agent_runtime.messages import BadRequestError

ATTEMPTS = 4
"""Downloads of one input, each with a fresh grant."""
MISSING = "The input '{name}' is no longer in the bucket; upload it again and start a new job."
CHANGED = "The input '{name}' changed after the job began; upload it again and start a new job."


class ObjectInputs:
    """Checks and delivers inputs below `{prefix}{session_id}/inputs/` of the artifacts bucket."""

    def __init__(self, clients: AwsClients, settings: EcsSettings) -> None:
        self._clients = clients
        self._settings = settings

    def resolve(self, session_id: str, uris: Sequence[str]) -> list[JobInput]:
        """Inputs named by `s3:` URIs of this session; blocks, so call it in a thread.

        Raises `BadRequestError` with a sentence for every unfit URI in its details.
        """
        problems: list[str] = []
        checks: list[tuple[str, Future[dict[str, Any]]]] = []
        for uri in uris:
            try:
                key = self._key(session_id, uri)
            except ValueError as error:
                problems.append(str(error))
                continue
            checks.append((key, self._clients.submit(partial(self._head, key))))
        inputs: list[JobInput] = []
        taken: set[str] = set()
        for key, check in checks:
            try:
                head = self._checked(key, check)
            except ValueError as error:
                problems.append(str(error))
                continue
            name = free_name(unicodedata.normalize("NFC", key.rpartition("/")[2]), taken)
            taken.add(name)
            inputs.append(
                ObjectInput(name, head["ContentLength"], key, head["ETag"], _sha256(head))
            )
        if problems:
            raise BadRequestError(problems[0], code="invalid_data", details=problems)
        return inputs

    def _key(self, session_id: str, uri: str) -> str:
        """The key that a URI names; `ValueError` when it is not one of this session's inputs."""
        folder = f"s3://{self._settings.bucket}/{self._settings.session_key(session_id, 'inputs/')}"
        if not uri.startswith("s3://"):
            raise ValueError(
                f"'{short(uri)}' is not accepted here; upload the file to {folder} "
                "and name it by its s3: URI."
            )
        name = uri.removeprefix(folder)
        if name == uri or not name or "/" in name or name in (".", "..") or not name.isprintable():
            raise ValueError(
                f"'{short(uri)}' is not an input of this session; inputs are named {folder}NAME."
            )
        return self._settings.session_key(session_id, f"inputs/{name}")

    def _head(self, key: str) -> dict[str, Any]:
        return self._clients.call_now(
            "s3",
            "head_object",
            Bucket=self._settings.bucket,
            Key=key,
            ExpectedBucketOwner=self._settings.account_id,
            ChecksumMode="ENABLED",
        )

    def _checked(self, key: str, check: "Future[dict[str, Any]]") -> dict[str, Any]:
        """The object's facts; `ValueError` when it cannot be an input."""
        settings = self._settings
        uri = short(f"s3://{settings.bucket}/{key}")
        try:
            head = check.result()
        except AwsError as error:
            if error.status == 404:
                raise ValueError(f"'{uri}' does not exist; upload it first.") from None
            if error.status == 403:
                raise ValueError(
                    f"'{uri}' cannot be read: it does not exist, or the bucket is not one of "
                    f"account {settings.account_id} that the runtime may read."
                ) from None
            raise BadRequestError(
                f"The inputs cannot be checked now ({error.code}); try again.",
                code="storage_unavailable",
                status=503,
            ) from error
        size = head["ContentLength"]
        if size == 0:
            raise ValueError(f"'{uri}' is empty.")
        if size > settings.input_bytes:
            raise ValueError(
                f"'{uri}' has {size} bytes; at most {settings.input_bytes} are accepted."
            )
        return head

    async def deliver(self, client: ExecutorClient, item: ObjectInput) -> None:
        """Let the executor download one input, with the checksum that the object declares."""
        for attempt in range(1, ATTEMPTS + 1):
            url = await self._clients.presigned_get(
                self._settings.bucket, item.key, int(self._settings.grant_seconds)
            )
            ended = await client.fetch_input(item.workspace_path, url, item.size, item.sha256)
            if ended["status"] == "ok":
                await self._check_unchanged(item)
                return
            code = str(ended.get("code"))
            log("input_not_fetched", code=code, attempt=attempt)
            if code in ("missing", "changed"):
                sentence = MISSING if code == "missing" else CHANGED
                raise DataError(sentence.format(name=item.name))
        raise ExecutorError(
            f"The executor could not fetch the input '{item.name}' from the bucket ({code})."
        )

    async def _check_unchanged(self, item: ObjectInput) -> None:
        """Without a checksum only the ETag tells whether what was read is what was checked."""
        if item.sha256 is not None:
            return
        try:
            head = await self._clients.run(lambda: self._head(item.key))
        except AwsError as error:
            if error.status == 404:
                raise DataError(MISSING.format(name=item.name)) from error
            log("input_not_compared", code=error.code)
            return
        if head["ETag"] != item.etag:
            raise DataError(CHANGED.format(name=item.name))


def _sha256(head: dict[str, Any]) -> str | None:
    """The hex digest that the object declares: our metadata, or S3's own checksum of the whole."""
    declared = head.get("Metadata", {}).get("sha256")
    if declared:
        return str(declared).lower()
    checksum = head.get("ChecksumSHA256")
    if checksum and "-" not in checksum:  # with a dash it is made of parts
        return base64.b64decode(checksum).hex()
    return None


async def deliver_all(
    inputs: ObjectInputs, client: ExecutorClient, items: Sequence[ObjectInput]
) -> None:
    """Every input, two at a time: one may wait for S3 while another is written."""
    gate = asyncio.Semaphore(2)

    async def deliver(item: ObjectInput) -> None:
        async with gate:
            await inputs.deliver(client, item)

    results = await asyncio.gather(*(deliver(item) for item in items), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
