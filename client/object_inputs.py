"""Inputs on their way into a session's folder of the artifacts bucket."""

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from client.aws import AwsClients, explained
from client.bucket_errors import bucket_refusal
from client.errors import InputError, UnreachableError
from client.stack import Stack
from client.terminal import printable

MAX_INPUT_BYTES = 4 * 1024**3
"""What a runtime accepts unless its DEEP_INSIGHT_LIMIT_INPUT_BYTES says otherwise."""
_TRANSFER = TransferConfig(multipart_threshold=16 << 20, multipart_chunksize=16 << 20)
"""Parts of 16 MiB: 10,000 of them, S3's most, are far above any input."""


class ObjectInputs:
    """Uploads inputs. Raises `ClientError`."""

    def __init__(self, clients: AwsClients, stack: Stack) -> None:
        self._s3 = clients.client("s3")
        self._stack = stack

    def upload(
        self,
        session_id: str,
        files: Sequence[tuple[Path, str]],
        advance: Callable[[int], None],
    ) -> list[str]:
        """Upload inputs (path, name in the session) in parts, each with its SHA-256; the URIs.

        The digest of the whole travels with the object: the executor checks what it downloads.
        """
        uris = []
        for path, name in files:
            key = f"{self._stack.session_prefix(session_id)}inputs/{name}"
            options = {
                "ChecksumAlgorithm": "SHA256",
                "ExpectedBucketOwner": self._stack.account_id,
                "Metadata": {"sha256": _digest(path)},
            }
            doing = f"uploading '{printable(path.name)}'"
            try:
                with explained(doing):
                    self._s3.upload_file(
                        str(path),
                        self._stack.artifacts_bucket,
                        key,
                        ExtraArgs=options,
                        Callback=advance,
                        Config=_TRANSFER,
                    )
            except S3UploadFailedError as error:
                cause = error.__context__
                if isinstance(cause, ClientError | BotoCoreError):
                    raise bucket_refusal(self._stack, cause, doing) from error
                raise UnreachableError(f"{doing.capitalize()} failed ({error}).") from error
            uris.append(f"s3://{self._stack.artifacts_bucket}/{key}")
        return uris


def input_names(files: Sequence[Path]) -> list[str]:
    """A name for each input in its session: as the file is called, printable, NFC, each once."""
    taken: set[str] = set()
    names = []
    for file in files:
        text = unicodedata.normalize("NFC", file.name.encode("utf-8", "replace").decode())
        name = "".join(char if char.isprintable() else "_" for char in text)
        stem, dot, extension = name.rpartition(".")
        number = 2
        candidate = name
        while candidate in taken:
            candidate = f"{stem}_{number}{dot}{extension}" if stem else f"{name}_{number}"
            number += 1
        taken.add(candidate)
        names.append(candidate)
    return names


def checked_sizes(files: Sequence[Path]) -> int:
    """The bytes of all inputs. Raises `InputError` for one above the limit."""
    total = 0
    for file in files:
        size = file.stat().st_size
        if size > MAX_INPUT_BYTES:
            raise InputError(
                f"'{printable(file.name)}' has {size} bytes; at most {MAX_INPUT_BYTES} (4 GiB) are "
                "accepted, so split it or leave out what the question does not need."
            )
        total += size
    return total


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
