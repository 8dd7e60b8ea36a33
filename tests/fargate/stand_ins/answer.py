"""HTTP answers of the account, and errors in the form that each service's SDK client parses."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from tests.fargate.stand_ins.aws_request import JSON_SERVICES, AwsRequest

Headers = list[tuple[str, str]]
ELBV2_NAMESPACE = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"


@dataclass
class Answer:
    """Status, headers and body of one HTTP answer."""

    status: int
    body: Iterable[bytes]
    headers: Headers = field(default_factory=list)

    @property
    def status_line(self) -> str:
        """`404 Not Found`."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


class ServiceError(Exception):
    """An error that a service answers with."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        """`members`: further ones of the error's shape, for JSON services."""
        super().__init__(message)
        self.members = members
        self.code = code
        self.message = message
        self.status = status


def json_answer(content: Any, status: int = 200) -> Answer:
    """An answer of a JSON service."""
    body = json.dumps(content).encode()
    return Answer(status, [body], [("Content-Type", "application/x-amz-json-1.1")])


def xml_answer(text: str, status: int = 200) -> Answer:
    """An answer of an XML service."""
    return Answer(status, [text.encode()], [("Content-Type", "text/xml")])


def query_answer(operation: str, result: str) -> Answer:
    """The answer of an ELBv2 operation with this XML inside its result."""
    return xml_answer(
        f'<{operation}Response xmlns="{ELBV2_NAMESPACE}"><{operation}Result>{result}'
        f"</{operation}Result><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId>"
        f"</ResponseMetadata></{operation}Response>"
    )


def error_answer(request: AwsRequest, error: ServiceError) -> Answer:
    """The error as the request's service writes it."""
    if request.service in JSON_SERVICES:
        return json_answer(
            {"__type": error.code, "message": error.message, **error.members}, error.status
        )
    if request.service == "bedrock-agentcore":
        answer = json_answer({"message": error.message}, error.status)
        answer.headers.append(("x-amzn-ErrorType", error.code))
        return answer
    detail = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    identity = f"<RequestId>{uuid.uuid4()}</RequestId>"
    if request.service == "s3":
        return xml_answer(f"<Error>{detail}{identity}</Error>", error.status)
    kind = "<Type>Sender</Type>" if error.status < 500 else "<Type>Receiver</Type>"
    return xml_answer(
        f'<ErrorResponse xmlns="{ELBV2_NAMESPACE}"><Error>{kind}{detail}</Error>{identity}'
        "</ErrorResponse>",
        error.status,
    )
