"""What one HTTP request to the account asks for, in botocore's words."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
SERVICES = {"elasticloadbalancing": "elbv2"}
"""Names in signatures that differ from botocore's."""
JSON_SERVICES = frozenset({"ecs", "secretsmanager", "logs", "events", "cloudwatch"})
BODY_SERVICES = frozenset({"ecs", "elbv2", "secretsmanager", "ec2", "iam", "sts", "logs"})
"""Services whose requests are small and read whole; S3 bodies are left in the stream."""
OBJECT_OPERATIONS = {
    "GET": "GetObject",
    "HEAD": "HeadObject",
    "PUT": "PutObject",
    "DELETE": "DeleteObject",
    "POST": "PostObject",
}
BUCKET_OPERATIONS = {
    "GET": "ListObjects",
    "HEAD": "HeadBucket",
    "PUT": "CreateBucket",
    "DELETE": "DeleteBucket",
    "POST": "PostObject",
}
AGENTCORE_OPERATIONS = {
    "invocations": "InvokeAgentRuntime",
    "stopruntimesession": "StopRuntimeSession",
}
SESSION_HEADER = "HTTP_X_AMZN_BEDROCK_AGENTCORE_RUNTIME_SESSION_ID"
MULTIPART = {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "GET": "ListParts"}
SUBRESOURCES = ("acl", "location", "policy", "tagging", "versioning", "versions", "lifecycle")


@dataclass
class AwsRequest:
    """One call: who (the access key id), what (service, operation), and with what."""

    caller: str
    service: str
    operation: str
    region: str
    environ: dict[str, Any] = field(repr=False)
    parameters: dict[str, Any] = field(default_factory=dict)
    presigned: bool = False

    @property
    def name(self) -> str:
        """`ecs.RunTask`."""
        return f"{self.service}.{self.operation}"


def parse(environ: dict[str, Any]) -> AwsRequest:
    """The call of a WSGI request; an unsigned one is S3's, as for the real endpoint."""
    query = environ.get("QUERY_STRING", "")
    signature = environ.get("HTTP_AUTHORIZATION", "") or "Credential=" + _first(
        query, "X-Amz-Credential"
    )
    found = CREDENTIAL.search(unquote(signature))
    caller, region, service = found.groups() if found else ("anonymous", "", "s3")
    service = SERVICES.get(service, service)
    request = AwsRequest(caller, service, "", region, environ)
    if service in BODY_SERVICES:
        _parse_body(request)
    elif service == "s3":
        _parse_s3(request, query)
    elif service == "bedrock-agentcore":
        _parse_agentcore(request, query)
    else:
        request.operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or "Unknown"
    return request


def _parse_agentcore(request: AwsRequest, query: str) -> None:
    environ = request.environ
    arn, _, verb = environ["PATH_INFO"].removeprefix("/runtimes/").rpartition("/")
    request.operation = AGENTCORE_OPERATIONS.get(verb, "Unknown")
    request.parameters = {
        "agentRuntimeArn": arn,
        "runtimeSessionId": environ.get(SESSION_HEADER, ""),
        "qualifier": _first(query, "qualifier") or "DEFAULT",
    }


def _parse_body(request: AwsRequest) -> None:
    environ = request.environ
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        request.operation = target.rpartition(".")[2]
        request.parameters = json.loads(body or b"{}")
        return
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    request.operation = form.pop("Action", "Unknown")
    form.pop("Version", None)
    request.parameters = form


def _parse_s3(request: AwsRequest, query: str) -> None:
    environ = request.environ
    method = environ["REQUEST_METHOD"]
    names = parse_qs(query, keep_blank_values=True)
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    key = key.encode("latin-1").decode("utf-8")
    request.parameters = {"Bucket": bucket} | ({"Key": key} if key else {})
    request.presigned = "X-Amz-Signature" in names or "Signature" in names
    if "prefix" in names:
        request.parameters["Prefix"] = names["prefix"][0]
    if key:
        request.operation = _object_operation(method, names, environ)
    else:
        request.operation = _bucket_operation(method, names)


def _object_operation(method: str, names: dict[str, list[str]], environ: dict[str, Any]) -> str:
    if "uploads" in names:
        return "CreateMultipartUpload"
    if "uploadId" in names:
        return MULTIPART.get(method, "AbortMultipartUpload")
    if method == "PUT" and "HTTP_X_AMZ_COPY_SOURCE" in environ:
        return "CopyObject"
    return OBJECT_OPERATIONS.get(method, "Unknown")


def _bucket_operation(method: str, names: dict[str, list[str]]) -> str:
    if "list-type" in names:
        return "ListObjectsV2"
    if "delete" in names:
        return "DeleteObjects"
    for name in SUBRESOURCES:
        if name in names:
            verb = {"PUT": "Put", "GET": "Get", "DELETE": "Delete"}.get(method, "")
            return f"{verb}Bucket{name.capitalize()}"
    return BUCKET_OPERATIONS.get(method, "Unknown")


def _first(query: str, name: str) -> str:
    return parse_qs(query).get(name, [""])[0]
