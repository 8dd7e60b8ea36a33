"""What S3 holds of a session: the job's record, its events, its artifacts."""

import contextlib
import random
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, ValidationError
from urllib3.exceptions import HTTPError

from client.aws import AwsClients, code_of, explained, explanation, is_missing
from client.bucket_errors import bucket_refusal
from client.errors import ResultError
from client.events import Artifact
from client.runtime import Note
from client.stack import Stack
from client.terminal import printable

READ_ATTEMPTS = 5
_CHUNK = 1 << 20


class JobFile(BaseModel):
    """`job.json` of a session, as the runtime keeps it (docs/contracts.md, 5.2)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    session_id: str
    status: str
    started: datetime
    ended: datetime | None = None
    owner: str | None = None
    request: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    reason: str | None = None
    artifacts: list[Artifact] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the job has no end yet, as far as its record knows."""
        return self.ended is None


class SessionObjects:
    """What S3 holds for the sessions of one stack. Raises `ClientError` throughout."""

    def __init__(self, clients: AwsClients, stack: Stack) -> None:
        self._s3 = clients.client("s3")
        self._stack = stack
        self._place = {"Bucket": stack.artifacts_bucket, "ExpectedBucketOwner": stack.account_id}

    def session_ids(self) -> list[str]:
        """The sessions that have any object."""
        prefix = self._stack.artifacts_prefix
        pages = self._pages(Prefix=prefix, Delimiter="/")
        return [
            common["Prefix"].removeprefix(prefix).rstrip("/")
            for page in pages
            for common in page.get("CommonPrefixes", [])
        ]

    def job(self, session_id: str) -> JobFile | None:
        """The record of the session's job; None when there is none (yet)."""
        content = self._get(session_id, "job.json")
        if content is None:
            return None
        try:
            return JobFile.model_validate_json(content)
        except ValidationError as error:
            raise ResultError(
                f"The record of session {session_id} cannot be read; use the client that belongs "
                "to the stack's version."
            ) from error

    def events(self, session_id: str) -> list[str] | None:
        """The events of a job that has ended, one JSON text each; None while it runs."""
        content = self._get(session_id, "events.ndjson")
        if content is None:
            return None
        # Not str.splitlines, which also breaks at separators that JSON allows inside a text.
        return [line for line in content.decode("utf-8", "replace").split("\n") if line]

    def artifacts(self, session_id: str) -> list[Artifact]:
        """The artifacts that have arrived so far, by path."""
        prefix = f"{self._stack.session_prefix(session_id)}artifacts/"
        found = [entry for page in self._pages(Prefix=prefix) for entry in page.get("Contents", [])]
        return [
            Artifact(
                path=entry["Key"].removeprefix(prefix),
                size=entry["Size"],
                sha256=self._declared_digest(entry["Key"]),
                uri=f"s3://{self._stack.artifacts_bucket}/{entry['Key']}",
            )
            for entry in found
        ]

    def read(self, session_id: str, artifact: Artifact, note: Note) -> Iterator[bytes]:
        """The content of an artifact, resumed where a connection broke. Raises `ResultError`."""
        key = self._artifact_key(session_id, artifact)
        offset, attempt, etag = 0, 1, None
        while True:
            try:
                answer = self._open(key, offset, etag)
                etag = answer["ETag"]
                with contextlib.closing(answer["Body"]) as body:
                    while chunk := body.read(_CHUNK):
                        offset += len(chunk)
                        yield chunk
                return
            except ClientError as error:
                raise self._unreadable(artifact, error) from error
            except (BotoCoreError, HTTPError, OSError) as error:
                if attempt == READ_ATTEMPTS:
                    raise ResultError(
                        f"'{printable(artifact.path)}' could not be downloaded in "
                        f"{READ_ATTEMPTS} attempts ({printable(str(error))[:200]})."
                    ) from error
                wait = random.uniform(0.5, 1.0) * 0.25 * 2**attempt  # noqa: S311 - jitter
                note(
                    f"The download of {artifact.path} broke after {offset} bytes; attempt "
                    f"{attempt + 1} of {READ_ATTEMPTS} in {wait:.1f} s."
                )
                time.sleep(wait)
                attempt += 1

    def _open(self, key: str, offset: int, etag: str | None) -> dict[str, Any]:
        more: dict[str, Any] = {"Range": f"bytes={offset}-", "IfMatch": etag} if offset else {}
        answer: dict[str, Any] = self._s3.get_object(**self._place, Key=key, **more)
        return answer

    def _unreadable(self, artifact: Artifact, error: ClientError) -> Exception:
        shown = printable(artifact.path)
        if is_missing(error):
            return ResultError(f"'{shown}' is no longer in the bucket (its time there is limited).")
        if code_of(error) == "PreconditionFailed":
            return ResultError(f"'{shown}' changed while it was downloaded; try again.")
        return bucket_refusal(self._stack, error, f"downloading '{shown}'")

    def _artifact_key(self, session_id: str, artifact: Artifact) -> str:
        folder = f"s3://{self._stack.artifacts_bucket}/"
        prefix = f"{self._stack.session_prefix(session_id)}artifacts/"
        key = artifact.uri.removeprefix(folder)
        if key == artifact.uri or not key.startswith(prefix):
            raise ResultError(
                f"'{printable(artifact.path)}' is at '{printable(artifact.uri)}', which is not "
                f"among this session's artifacts in {folder}{prefix}."
            )
        return key

    def _declared_digest(self, key: str) -> str:
        with explained("reading the artifacts"):
            head = self._s3.head_object(**self._place, Key=key)
        return str(head.get("Metadata", {}).get("sha256", ""))

    def _pages(self, **parameters: str) -> Iterator[dict[str, Any]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(**self._place, **parameters)
        try:
            yield from pages
        except (ClientError, BotoCoreError) as error:
            raise bucket_refusal(self._stack, error, "listing the sessions") from error

    def _get(self, session_id: str, name: str) -> bytes | None:
        key = f"{self._stack.session_prefix(session_id)}{name}"
        try:
            content: bytes = self._s3.get_object(**self._place, Key=key)["Body"].read()
            return content
        except ClientError as error:
            if is_missing(error) and code_of(error) != "NoSuchBucket":
                return None
            raise bucket_refusal(self._stack, error, f"reading session {session_id}") from error
        except BotoCoreError as error:
            raise explanation(error, f"reading session {session_id}") from error
