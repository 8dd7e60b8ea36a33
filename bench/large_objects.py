"""S3 for one large object in each direction, streamed from and to disk.

The account's emulator keeps objects in memory, several times over; this takes the transfers of one
key off it. Reads are checked as presigned ones like all others; the form of an upload is kept as it
came and not checked.
"""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

from werkzeug.wsgi import get_input_stream

from tests.fargate.stand_ins.account import Account
from tests.fargate.stand_ins.answer import Answer
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.faults import Forward

CHUNK = 1024 * 1024
HEAD_BYTES = 64 * 1024


class LargeObjects:
    """`source` is what reads of `key` get; `arrived` holds the body of the last upload."""

    def __init__(self, account: Account, key: str, source: Path, arrived: Path) -> None:
        self._key = key
        self._source = source
        self._arrived = arrived
        self.upload_seconds = 0.0
        """Of the last upload, from its first byte to its last."""
        account.add_operations("s3", self)
        account.faults.add("s3.PostObject", self, times=None)

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:  # noqa: ARG002
        """The object, to a read of its key; every other request is the emulator's."""
        if (request.operation, request.parameters.get("Key")) != ("GetObject", self._key):
            return None
        size = self._source.stat().st_size
        return Answer(200, _blocks(self._source), [("Content-Length", str(size))])

    def apply(self, request: AwsRequest, forward: Forward) -> Answer:  # noqa: ARG002
        """Take an upload's form as it is."""
        started = time.monotonic()
        stream = get_input_stream(request.environ)
        with self._arrived.open("wb") as file:
            while block := stream.read(CHUNK):
                file.write(block)
        self.upload_seconds = time.monotonic() - started
        return Answer(204, [], [("ETag", '"kept"')])

    def arrived_sha256(self, size: int) -> str:
        """The digest of the file that is the last part of the form, if it has this size."""
        with self._arrived.open("rb") as file:
            head = file.read(HEAD_BYTES)
            begin = head.index(b"\r\n\r\n", head.index(b'name="file"')) + 4
            file.seek(begin)
            digest = hashlib.sha256()
            left = size
            while left and (block := file.read(min(CHUNK, left))):
                digest.update(block)
                left -= len(block)
        return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            yield block
