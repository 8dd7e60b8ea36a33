"""What S3 checks in a presigned request and moto does not: signature, expiry, POST policy."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from urllib.parse import parse_qs, urlencode

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.formparser import parse_form_data
from werkzeug.wsgi import get_input_stream

from tests.fargate.stand_ins.answer import ServiceError
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.clock import Clock

TIME = "%Y%m%dT%H%M%SZ"
CHUNK = 1024 * 1024
MOST_IN_MEMORY = 8 * CHUNK
MOST_SKEW = timedelta(minutes=15)
IGNORED_FIELDS = frozenset({"file", "policy", "x-amz-signature"})


class GrantCheck:
    """Refuses presigned requests as S3 does; every caller's secret key is the same."""

    def __init__(self, clock: Clock, secret_key: str) -> None:
        self._clock = clock
        self._secret_key = secret_key

    def check(self, request: AwsRequest) -> None:
        """Raises ServiceError when S3 would refuse the request before looking at the object."""
        if request.operation == "PostObject":
            self._check_form(request)
        elif request.presigned:
            self._check_query(request)
        else:
            self._check_clock(request.environ.get("HTTP_X_AMZ_DATE"))

    def _check_clock(self, stamp: str | None) -> None:
        if stamp and abs(self._clock.now() - _time(stamp)) > MOST_SKEW:
            raise ServiceError(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                403,
            )

    def _check_query(self, request: AwsRequest) -> None:
        query = {
            name: values[0] for name, values in parse_qs(request.environ["QUERY_STRING"]).items()
        }
        if "X-Amz-Signature" not in query:
            raise ServiceError("InvalidRequest", "Use Signature Version 4.", 400)
        started = _time(query["X-Amz-Date"])
        if self._clock.now() > started + timedelta(seconds=int(query["X-Amz-Expires"])):
            raise ServiceError("AccessDenied", "Request has expired", 403)
        if not hmac.compare_digest(self._query_signature(request, query), query["X-Amz-Signature"]):
            raise _wrong_signature()

    def _query_signature(self, request: AwsRequest, query: dict[str, str]) -> str:
        environ = request.environ
        names = query["X-Amz-SignedHeaders"].split(";")
        headers = {
            name: environ.get(
                "CONTENT_TYPE" if name == "content-type"
                else "HTTP_" + name.upper().replace("-", "_"), ""
            )
            for name in names
        }  # fmt: skip
        rest = {name: value for name, value in query.items() if name != "X-Amz-Signature"}
        path = environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0]
        url = f"http://{environ['HTTP_HOST']}{path}?{urlencode(rest)}"
        signed = AWSRequest(environ["REQUEST_METHOD"], url, headers=headers)
        signed.context["timestamp"] = query["X-Amz-Date"]
        signer = S3SigV4QueryAuth(
            Credentials(request.caller, self._secret_key), "s3", request.region
        )
        text = signer.string_to_sign(signed, signer.canonical_request(signed))
        return str(signer.signature(text, signed))

    def _check_form(self, request: AwsRequest) -> None:
        """Check the policy of a presigned POST; the body is read and handed on."""
        environ = request.environ
        body = _kept_body(environ)
        _, form, files = parse_form_data({**environ, "wsgi.input": body})
        body.seek(0)
        environ["wsgi.input"] = body
        fields = {name.lower(): value for name, value in form.items()}
        if "policy" not in fields:
            raise ServiceError("AccessDenied", "Access Denied", 403)
        credential = fields.get("x-amz-credential", "//s3").split("/")
        request.caller, request.presigned = credential[0], True
        request.parameters["Key"] = fields.get("key", "")
        expected = _policy_signature(self._secret_key, credential, fields["policy"])
        if not hmac.compare_digest(expected, fields.get("x-amz-signature", "")):
            raise _wrong_signature()
        policy = json.loads(base64.b64decode(fields["policy"]))
        ends = datetime.fromisoformat(policy["expiration"].replace("Z", "+00:00"))
        if self._clock.now() > ends:
            raise ServiceError("AccessDenied", "Invalid according to Policy: Policy expired.", 403)
        size = sum(_size(file.stream) for file in files.values())
        fields["bucket"] = request.parameters["Bucket"]
        _check_conditions(policy["conditions"], fields, size)


def _check_conditions(conditions: Iterable[Any], fields: dict[str, str], size: int) -> None:
    allowed = {"bucket"}
    for condition in conditions:
        if isinstance(condition, dict):
            rules = [("eq", f"${name}", value) for name, value in condition.items()]
        else:
            rules = [(str(condition[0]).lower(), condition[1], condition[2])]
        for kind, first, second in rules:
            if kind == "content-length-range":
                if size < int(first):
                    raise ServiceError("EntityTooSmall", "Your proposed upload is too small.", 400)
                if size > int(second):
                    raise ServiceError("EntityTooLarge", "Your proposed upload is too large.", 400)
                continue
            name = str(first).removeprefix("$").lower()
            allowed.add(name)
            value = fields.get(name, "")
            if not (value == second if kind == "eq" else value.startswith(str(second))):
                raise ServiceError(
                    "AccessDenied",
                    f"Invalid according to Policy: Policy Condition failed: {condition}",
                    403,
                )
    for name in fields.keys() - allowed - IGNORED_FIELDS:
        if not name.startswith("x-ignore-"):
            raise ServiceError(
                "AccessDenied",
                f"Invalid according to Policy: Extra input fields: {name}",
                403,
            )


def _policy_signature(secret_key: str, credential: list[str], policy: str) -> str:
    key = f"AWS4{secret_key}".encode()
    for part in credential[1:]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()


def _wrong_signature() -> ServiceError:
    return ServiceError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided.",
        403,
    )


def _kept_body(environ: dict[str, Any]) -> IO[bytes]:
    """The whole request body, on disk when it is large."""
    body = tempfile.SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 (closed with the request)
    stream = get_input_stream(environ)
    while data := stream.read(CHUNK):
        body.write(data)
    body.seek(0)
    return body


def _size(stream: Any) -> int:
    return int(stream.seek(0, io.SEEK_END))


def _time(stamp: str) -> datetime:
    return datetime.strptime(stamp, TIME).replace(tzinfo=UTC)
