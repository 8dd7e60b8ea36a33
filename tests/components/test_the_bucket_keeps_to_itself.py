"""A bucket is private, and its users get the prefixes they name."""

import json
from collections.abc import Callable
from typing import Any

import pulumi

from components.binding import ServiceReach
from components.bucket import DataBucket, DataBucketArgs
from components.deployment import Deployment
from components.policy import permission_policy
from plan.recording import Recording

BUCKET = "aws:s3/bucket:Bucket"
Declare = Callable[..., Recording]


def bucket(deployment: Deployment, **changes: Any) -> DataBucket:
    return DataBucket("data", DataBucketArgs(deployment=deployment, role="data", **changes))


def test_it_is_private_encrypted_and_versioned(declare: Declare, deployment: Deployment) -> None:
    recording = declare(lambda: bucket(deployment))

    block = recording.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert {v for k, v in block.items() if k != "bucket"} == {True}
    encryption = recording.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    )
    (rule,) = encryption.inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"
    versioning = recording.one("aws:s3/bucketVersioning:BucketVersioning").inputs
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    ownership = recording.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_it_refuses_requests_without_tls(declare: Declare, deployment: Deployment) -> None:
    recording = declare(lambda: bucket(deployment))

    policy = recording.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]
    (statement,) = json.loads(policy)["Statement"]
    arn = recording.one(BUCKET).outputs["arn"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Resource"] == [arn, f"{arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_its_name_is_unique_in_the_world_and_short_enough(declare: Declare) -> None:
    long = Deployment(
        prefix="data-platform-insights-production-staging-42",
        region="ap-northeast-1",
        account_id="123456789012",
    )

    name = declare(lambda: bucket(long)).one(BUCKET).inputs["bucket"]

    assert len(name) <= 63
    assert name.endswith("-123456789012-ap-northeast-1")


def test_old_versions_and_named_prefixes_expire(declare: Declare, deployment: Deployment) -> None:
    recording = declare(lambda: bucket(deployment, expiry_days={"sessions/": 7}))

    kind = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    first, second = recording.one(kind).inputs["rules"]
    assert first["noncurrentVersionExpiration"] == {"noncurrentDays": 7}
    assert first["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}
    assert (second["filter"], second["expiration"]) == ({"prefix": "sessions/"}, {"days": 7})


def test_only_a_protected_bucket_outlives_its_stack(
    declare: Declare, deployment: Deployment, protected: Deployment
) -> None:
    kept = declare(lambda: bucket(protected)).one(BUCKET)
    emptied = declare(lambda: bucket(deployment)).one(BUCKET)

    assert (kept.protect, kept.inputs["forceDestroy"]) == (True, False)
    assert (emptied.protect, emptied.inputs["forceDestroy"]) == (False, True)


def test_object_rights_are_on_prefixes_and_bucket_rights_on_the_bucket(
    declare: Declare, deployment: Deployment
) -> None:
    def program() -> None:
        binding = bucket(deployment).use(sid="Data", read=["in/"], write=["out/"])
        pulumi.export("policy", permission_policy(list(binding.grants)))
        assert binding.reach == (ServiceReach(service="s3"),)

    recording = declare(program)

    arn = recording.one(BUCKET).outputs["arn"]
    found = json.loads(recording.exports["policy"])["Statement"]
    assert [(s["Action"], s["Resource"]) for s in found] == [
        (["s3:ListBucket"], [arn]),
        (["s3:GetObject"], [f"{arn}/in/*", f"{arn}/out/*"]),
        (["s3:PutObject"], [f"{arn}/out/*"]),
    ]
    assert found[0]["Condition"] == {"StringLike": {"s3:prefix": ["in/*", "out/*"]}}


def test_a_reader_may_not_write(declare: Declare, deployment: Deployment) -> None:
    def program() -> None:
        binding = bucket(deployment).use(sid="Data", read=["in/"])
        assert [grant.sid for grant in binding.grants] == ["DataList", "DataRead"]

    declare(program)
