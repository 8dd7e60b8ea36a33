"""The session's artifacts in S3, where the executor's uploads arrive by themselves."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Any

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.errors import ExecutorError
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.host import ArtifactStore, StoredFile

CHUNK = 1024 * 1024
SPOOL_BYTES = 8 * CHUNK
"""An artifact that the runtime carries is kept in memory up to this size, then on disk."""
Object = dict[str, Any]


class ObjectStore(ArtifactStore):
    """Objects below `{prefix}{session_id}/artifacts/`; their sha256 is in their metadata."""

    def __init__(self, clients: AwsClients, settings: EcsSettings, session_id: str) -> None:
        self._clients = clients
        self._settings = settings
        self._digests: dict[tuple[str, str], str] = {}
        self.key_prefix = settings.session_key(session_id, "artifacts/")

    async def files(self) -> list[StoredFile]:
        """One listing, and one HEAD for each object that is new or changed since the last.

        Raises `ExecutorError` when S3 does not answer.
        """
        try:
            objects = await self._clients.run(self._list)
            unknown = [entry for entry in objects if _version(entry) not in self._digests]
            digests = await asyncio.gather(*(self._digest(entry) for entry in unknown))
        except AwsError as error:
            raise ExecutorError(f"The artifacts cannot be listed: {error}") from error
        self._digests |= dict(zip(map(_version, unknown), digests, strict=True))
        return [
            StoredFile(
                entry["Key"].removeprefix(self.key_prefix),
                entry["Size"],
                self._digests[_version(entry)],
            )
            for entry in objects
        ]

    def _list(self) -> list[Object]:
        objects: list[Object] = []
        parameters = {"Bucket": self._settings.bucket, "Prefix": self.key_prefix}
        while True:
            page = self._clients.call_now("s3", "list_objects_v2", **parameters)
            objects += page.get("Contents", [])
            if not page.get("IsTruncated"):
                return sorted(objects, key=lambda entry: str(entry["Key"]))
            parameters["ContinuationToken"] = page["NextContinuationToken"]

    async def _digest(self, entry: Object) -> str:
        """The sha256 in the object's metadata; empty when it has none or is gone again."""
        try:
            head = await self._clients.call(
                "s3", "head_object", Bucket=self._settings.bucket, Key=entry["Key"]
            )
        except AwsError as error:
            if error.status == 404:
                return ""
            raise
        return str(head.get("Metadata", {}).get("sha256", "")).lower()

    def uri(self, path: str) -> str:
        """An s3: URI."""
        return f"s3://{self._settings.bucket}/{self.key_prefix}{path}"

    async def presigned_get(self, path: str) -> str:
        """A URL from which an executor reads the artifact."""
        seconds = int(self._settings.grant_seconds)
        return await self._clients.presigned_get(
            self._settings.bucket, self.key_prefix + path, seconds
        )

    async def read(self, path: str) -> AsyncIterator[bytes]:
        """The bytes, in chunks."""
        answer = await self._clients.call(
            "s3", "get_object", Bucket=self._settings.bucket, Key=self.key_prefix + path
        )
        body = answer["Body"]
        try:
            while chunk := await self._clients.run(lambda: bytes(body.read(CHUNK))):
                yield chunk
        finally:
            body.close()

    async def write(self, path: str, sha256: str, chunks: AsyncIterator[bytes]) -> None:
        """Receive the whole artifact, compare its digest, then store it with one request."""
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as file:
            digest = hashlib.sha256()
            async for chunk in chunks:
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
            if digest.hexdigest() != sha256:
                raise ExecutorError(f"The artifact '{path}' changed while it was fetched.")
            file.seek(0)
            await self._put(path, sha256, file)

    async def _put(self, path: str, sha256: str, file: "IO[bytes]") -> None:
        try:
            await self._clients.call(
                "s3",
                "put_object",
                Bucket=self._settings.bucket,
                Key=self.key_prefix + path,
                Body=file,
                Metadata={"sha256": sha256},
            )
        except AwsError as error:
            raise ExecutorError(f"The artifact '{path}' cannot be stored: {error}") from error


def _version(entry: Object) -> tuple[str, str]:
    return entry["Key"], entry["ETag"]
