"""Grants as the runtime makes them, with real boto3, checked as S3 checks them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import RunningExecutor, eventually
from tests.fargate.stand_ins import Account

BUCKET = "artifacts-of-the-stack"
PREFIX = "dev/session-1/artifacts/"


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Account() as account:
        account.client("s3", "runtime").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": account.region}
        )
        yield account


@pytest.fixture
def s3(account: Account) -> Any:
    account.clock.offset = timedelta()
    return account.client("s3", "runtime", signature_version="s3v4")


def presigned_form(s3: Any, most_bytes: int = 10_000_000) -> dict[str, Any]:
    form: dict[str, Any] = s3.generate_presigned_post(
        BUCKET,
        PREFIX + "${filename}",
        Conditions=[
            ["starts-with", "$x-amz-meta-sha256", ""],
            ["starts-with", "$Content-Type", ""],
            ["content-length-range", 0, most_bytes],
        ],
        ExpiresIn=300,
    )
    return form


def grant(server: RunningExecutor, form: dict[str, Any], prefix: str = PREFIX) -> None:
    body = {"url": form["url"], "fields": form["fields"], "key_prefix": prefix}
    answer = server.request(
        "PUT", "/session/uploads", json.dumps({**body, "expires_in_seconds": 300})
    )
    assert answer.status == 200, answer.body


def test_an_object_is_downloaded_until_its_grant_expires(
    executor: RunningExecutor, account: Account, s3: Any
) -> None:
    content = b"region,amount\nSeoul,1\n" * 50_000
    s3.put_object(Bucket=BUCKET, Key="dev/session-1/inputs/매출.csv", Body=content)
    key = {"Bucket": BUCKET, "Key": "dev/session-1/inputs/매출.csv"}
    url = s3.generate_presigned_url("get_object", Params=key, ExpiresIn=60)
    digest = hashlib.sha256(content).hexdigest()
    body = {"path": "data/매출.csv", "url": url, "size": len(content), "sha256": digest}
    answer = executor.request("POST", "/inputs", json.dumps(body))
    assert json.loads(answer.body.splitlines()[-1])["status"] == "ok"
    assert executor.request("GET", "/files/data/%EB%A7%A4%EC%B6%9C.csv").body == content
    account.clock.advance(120)
    answer = executor.request("POST", "/inputs", json.dumps({**body, "path": "data/late.csv"}))
    assert json.loads(answer.body.splitlines()[-1])["code"] == "expired"


def test_artifacts_arrive_below_the_prefix_with_their_checksum(
    start_executor: StartExecutor, account: Account, s3: Any
) -> None:
    server = start_executor()
    grant(server, presigned_form(s3))
    server.run(
        "import os; os.makedirs('artifacts/charts')\n"
        "open('artifacts/charts/매출.svg', 'w').write('<svg/>')\n"
        "open('artifacts/${filename}', 'wb').write(bytes(range(256)) * 8000)"
    )
    eventually(lambda: server.describe()["uploads"]["uploaded"] == 2, "uploaded")
    chart = s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}charts/매출.svg")
    assert chart["Body"].read() == b"<svg/>"
    assert chart["Metadata"]["sha256"] == hashlib.sha256(b"<svg/>").hexdigest()
    assert chart["ContentType"] == "image/svg+xml"
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)["Contents"]
    assert sorted(entry["Key"] for entry in listed) == [
        f"{PREFIX}${{filename}}",
        f"{PREFIX}charts/매출.svg",
    ]


def test_a_policy_that_expired_by_the_storage_clock_is_waited_out(
    start_executor: StartExecutor, account: Account, s3: Any
) -> None:
    server = start_executor()
    form = presigned_form(s3)
    account.clock.advance(600)
    grant(server, form)
    server.run("open('artifacts/late', 'w').write('late')")
    eventually(
        lambda: server.describe()["uploads"]["grant_expires_in_seconds"] is None,
        "the storage's word about the expiry counts",
    )
    assert server.describe()["uploads"]["pending"] == 1
    account.clock.offset = timedelta()
    grant(server, presigned_form(s3))
    eventually(lambda: server.describe()["uploads"]["uploaded"] == 1, "uploaded")


def test_a_prefix_or_size_that_the_policy_does_not_permit_counts_as_failed(
    start_executor: StartExecutor, account: Account, s3: Any
) -> None:
    server = start_executor()
    grant(server, presigned_form(s3), prefix="dev/another-session/artifacts/")
    server.run("open('artifacts/a', 'w').write('a')")
    eventually(lambda: server.describe()["uploads"]["failed"] == 1, "refused")
    grant(server, presigned_form(s3, most_bytes=10))
    eventually(lambda: server.describe()["uploads"]["uploaded"] == 1, "the small one fits")
    server.run("open('artifacts/large', 'w').write('a' * 1000)")
    eventually(lambda: server.describe()["uploads"]["failed"] == 1, "too large")
    assert "larger than the grant" in server.describe()["uploads"]["last_error"]
