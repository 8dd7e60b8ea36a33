"""Every AWS call of the runtime's own code: one place for clients, time-outs, retries and errors.

Calls run in threads of this module, which no event loop waits for when it closes. A call that fails
raises `AwsError` with one sentence.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
ATTEMPTS = 4
"""Of one call, the first included; botocore waits between them with jitter."""
THREADS = 32
UNREACHABLE = "Unreachable"
"""`AwsError.code` when no answer came at all."""
TRANSIENT = frozenset(
    {
        UNREACHABLE,
        "InternalError",
        "InternalFailure",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Codes that a later attempt can cure ("Common Errors" of the services' API references)."""
T = TypeVar("T")


class AwsError(Exception):
    """A call failed for good; `code` is the service's, `status` the HTTP status or 0."""

    def __init__(self, operation: str, code: str, message: str, status: int) -> None:
        super().__init__(f"{operation} failed: {code}: {' '.join(message.split())[:300]}")
        self.operation = operation
        self.code = code
        self.message = " ".join(message.split())[:300]
        self.status = status

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later."""
        return self.code in TRANSIENT or self.status >= 500


class AwsClients:
    """The clients of one region, shared by all sessions."""

    def __init__(self, region: str, services: Iterable[str] = ()) -> None:
        """`services`: clients to make now, in the background; each takes tenths of a second."""
        self._session = boto3.Session(region_name=region)
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aws")
        for service in services:
            self._threads.submit(self.client, service)

    def client(self, service: str) -> Any:
        """The boto3 client of a service, in botocore's words: `ecs`, `elbv2`, `s3`."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,  # type: ignore[call-overload]
                    config=Config(
                        connect_timeout=CONNECT_SECONDS,
                        read_timeout=READ_SECONDS,
                        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                        max_pool_connections=THREADS,
                        signature_version="s3v4" if service == "s3" else None,
                    ),
                )
            return self._clients[service]

    def call_now(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call in this thread; `operation` is the method's name, such as `run_task`."""
        return _translated(
            operation, lambda: getattr(self.client(service), operation)(**parameters)
        )

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call in a thread. Cancelling stops the waiting, not the call."""
        return await self.run(lambda: self.call_now(service, operation, **parameters))

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Run in a thread; the result can be waited for from any thread."""
        return self._threads.submit(work)

    async def run(self, work: Callable[[], T]) -> T:
        """Run in a thread and wait for the result."""
        return await asyncio.wrap_future(self.submit(work))

    async def presigned_get(self, bucket: str, key: str, seconds: int) -> str:
        """A URL that reads one object, valid for so long."""

        def sign() -> str:
            url: str = self.client("s3").generate_presigned_url(
                "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds
            )
            return url

        return await self.run(lambda: _translated("GetObject", sign))

    async def presigned_post(
        self, bucket: str, key_prefix: str, most_bytes: int, seconds: int
    ) -> dict[str, Any]:
        """A form, `{url, fields}`, that uploads objects below the prefix and nothing else."""

        def sign() -> dict[str, Any]:
            form: dict[str, Any] = self.client("s3").generate_presigned_post(
                bucket,
                key_prefix + "${filename}",
                Conditions=[
                    ["starts-with", "$x-amz-meta-sha256", ""],
                    ["starts-with", "$Content-Type", ""],
                    ["content-length-range", 0, most_bytes],
                ],
                ExpiresIn=seconds,
            )
            return form

        return await self.run(lambda: _translated("PostObject", sign))


def _translated(operation: str, call: Callable[[], T]) -> T:
    """Run a call of botocore; its errors become `AwsError`."""
    try:
        return call()
    except ClientError as error:
        details: Any = error.response.get("Error", {})
        status: Any = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise AwsError(
            error.operation_name,
            str(details.get("Code", "Unknown")),
            str(details.get("Message", "")),
            int(status),
        ) from error
    except BotoCoreError as error:
        raise AwsError(operation, UNREACHABLE, str(error), 0) from error
