"""Grants hold for what they were signed for, until they end: moto alone would accept anything."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fargate.stand_ins import Account, DeployedStack
from tests.fargate.stand_ins.faults import CutBody, ResetUpload

KEY = "sessions/s1/inputs/매출 1+2.csv"
PREFIX = "sessions/s1/artifacts/"
CONDITIONS = [
    ["starts-with", "$key", PREFIX],
    ["content-length-range", 0, 2_000_000],
    ["starts-with", "$x-amz-meta-sha256", ""],
]


@pytest.fixture
def s3(account: Account) -> Any:
    return account.client("s3", "runtime", signature_version="s3v4")


@pytest.fixture
def read_url(s3: Any, stack: DeployedStack) -> str:
    """A grant to read one object for a minute."""
    s3.put_object(Bucket=stack.bucket, Key=KEY, Body=b"0123456789" * 1000)
    return str(
        s3.generate_presigned_url(
            "get_object", Params={"Bucket": stack.bucket, "Key": KEY}, ExpiresIn=60
        )
    )


def upload(s3: Any, stack: DeployedStack, key: str, data: bytes, **fields: str) -> httpx.Response:
    grant = s3.generate_presigned_post(
        stack.bucket, PREFIX + "${filename}", Conditions=CONDITIONS, ExpiresIn=60
    )
    form = {**grant["fields"], "key": key, "x-amz-meta-sha256": "abc", **fields}
    return httpx.post(grant["url"], data=form, files={"file": ("f", data)}, timeout=30)


def test_a_grant_reads_its_object_and_parts_of_it(read_url: str) -> None:
    assert len(httpx.get(read_url).content) == 10_000
    part = httpx.get(read_url, headers={"Range": "bytes=9995-"})
    assert (part.status_code, part.content) == (206, b"56789")


def test_a_grant_reads_nothing_else(read_url: str) -> None:
    other = httpx.get(read_url.replace("/s1/", "/s2/"))

    assert other.status_code == 403
    assert "SignatureDoesNotMatch" in other.text


def test_a_grant_ends(read_url: str, account: Account) -> None:
    account.clock.advance(61)

    ended = httpx.get(read_url)

    assert ended.status_code == 403
    assert "Request has expired" in ended.text


def test_a_form_uploads_below_its_prefix_with_its_metadata(s3: Any, stack: DeployedStack) -> None:
    assert upload(s3, stack, PREFIX + "charts/a.png", b"png").status_code == 204

    stored = s3.get_object(Bucket=stack.bucket, Key=PREFIX + "charts/a.png")
    assert stored["Body"].read() == b"png"
    assert stored["Metadata"] == {"sha256": "abc"}


@pytest.mark.parametrize(
    ("key", "size", "fields", "status", "said"),
    [
        ("sessions/s2/artifacts/a", 1, {}, 403, "Policy Condition failed"),
        (PREFIX + "a", 2_000_001, {}, 400, "too large"),
        (PREFIX + "a", 1, {"acl": "public-read"}, 403, "Extra input fields: acl"),
        (PREFIX + "a", 1, {"x-amz-signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
        (PREFIX + "a", 1, {"policy": "e30="}, 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_form_against_its_policy_is_refused(
    s3: Any,
    stack: DeployedStack,
    key: str,
    size: int,
    fields: dict[str, str],
    status: int,
    said: str,
) -> None:
    refused = upload(s3, stack, key, b"x" * size, **fields)

    assert refused.status_code == status
    assert said in refused.text


def test_a_form_ends(s3: Any, stack: DeployedStack, account: Account) -> None:
    account.clock.advance(61)

    assert "Policy expired" in upload(s3, stack, PREFIX + "a", b"1").text


def test_a_clock_that_is_far_off_is_refused(
    s3: Any, stack: DeployedStack, account: Account
) -> None:
    account.clock.advance(600)
    s3.head_bucket(Bucket=stack.bucket)
    account.clock.advance(600)

    with pytest.raises(s3.exceptions.ClientError):
        s3.head_bucket(Bucket=stack.bucket)


def test_a_download_can_be_cut_and_an_upload_reset(
    s3: Any, stack: DeployedStack, account: Account, read_url: str
) -> None:
    account.faults.add("s3.GetObject", CutBody(4000))
    account.faults.add("s3.PostObject", ResetUpload(100_000))

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(read_url)
    with pytest.raises(httpx.TransportError):
        upload(s3, stack, PREFIX + "large", b"x" * 1_500_000)

    assert upload(s3, stack, PREFIX + "large", b"x" * 1_500_000).status_code == 204
