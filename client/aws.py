"""AWS clients for one stack, and what their errors mean for a person.

The only module that imports boto3, and itself imported for deployed stacks only: loading it takes
longer than everything else that a local run needs.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from client.errors import AccessError, InputError, UnreachableError
from client.errors import ClientError as OwnError
from client.terminal import printable

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
ATTEMPTS = 4
"""Of one call, the first included; botocore waits between them with jitter."""

LOGIN = "log in again (for example: aws sso login) or set AWS_PROFILE"
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
_UNKNOWN_KEY = frozenset(
    {
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedException", "403"})
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
_NO_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: account and ARN of the person's own identity."""

    account_id: str
    arn: str


class AwsClients:
    """Clients of one region with the person's own credentials, made when first needed."""

    def __init__(self, region: str, **defaults: Any) -> None:
        """`defaults` for botocore's `Config`. Raises `AccessError` when AWS_PROFILE is unknown."""
        self.region = region
        self._defaults = defaults
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        with explained("reading the AWS configuration"):
            self._session = boto3.Session(region_name=region)

    def client(self, service: str, **options: Any) -> Any:
        """The client of a service; `options` go to botocore's `Config`."""
        with self._lock:
            name = f"{service} {sorted(options.items())}"
            if name not in self._clients:
                config = {
                    "connect_timeout": CONNECT_SECONDS,
                    "read_timeout": READ_SECONDS,
                    "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
                    "max_pool_connections": 32,
                    **self._defaults,
                    **options,
                }
                with explained(f"preparing {service}"):
                    self._clients[name] = self._session.client(
                        service,  # type: ignore[call-overload]
                        config=Config(**config),
                    )
            return self._clients[name]

    def caller(self) -> Caller:
        """The identity behind the credentials. Raises `AccessError` or `UnreachableError`."""
        with explained("asking AWS who you are"):
            answer = self.client("sts").get_caller_identity()
            return Caller(answer["Account"], answer["Arn"])


@contextlib.contextmanager
def explained(doing: str) -> Iterator[None]:
    """Errors of boto3 become errors of ours; `doing` says what failed, such as `reading X`."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise explanation(error, doing) from error


def explanation(error: ClientError | BotoCoreError, doing: str) -> OwnError:
    """One sentence with the way out."""
    if isinstance(error, ClientError):
        return _refusal(error, doing)
    if isinstance(error, ProfileNotFound):
        return AccessError(f"{printable(str(error)).rstrip('.')}; set AWS_PROFILE to one of yours.")
    if isinstance(error, _NO_CREDENTIALS):
        known = (
            "No AWS credentials were found"
            if isinstance(error, NoCredentialsError)
            else (f"The AWS credentials cannot be used ({printable(str(error)).rstrip('.')})")
        )
        return AccessError(f"{known}; {LOGIN}.")
    reason = printable(str(error)).rstrip(".")[:300]
    if isinstance(error, HTTPClientError | ConnectionError):
        return UnreachableError(
            f"AWS cannot be reached for {doing} ({reason}); check the network and the region."
        )
    return InputError(f"{doing.capitalize()} is not possible: {reason}.")


def _refusal(error: ClientError, doing: str) -> OwnError:
    code, message = code_of(error), message_of(error)
    if code in _EXPIRED:
        return AccessError(f"The AWS credentials have expired; {LOGIN}.")
    if code in _UNKNOWN_KEY:
        return AccessError(f"AWS does not know these credentials ({code}); {LOGIN}.")
    if code in _SKEWED:
        return AccessError("This machine's clock is wrong, so AWS refuses its requests; set it.")
    if code in _DENIED:
        said = f": {message}" if message not in {"", "Access Denied", "Forbidden"} else ""
        return AccessError(
            f"AWS refused {doing}{said.rstrip('.')}; ask for this right, or use other credentials."
        )
    return UnreachableError(f"AWS failed {doing} ({code}: {message.rstrip('.')}); try again.")


def code_of(error: ClientError) -> str:
    """The service's error code."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def message_of(error: ClientError) -> str:
    """The service's message, on one line."""
    return printable(str(error.response.get("Error", {}).get("Message", "")))[:300]


def is_missing(error: ClientError) -> bool:
    """Whether the object or resource does not exist."""
    return code_of(error) in {"404", "NoSuchKey", "NotFound", "ResourceNotFoundException"}


def is_denied(error: ClientError) -> bool:
    """Whether the caller lacks the right."""
    return code_of(error) in _DENIED
