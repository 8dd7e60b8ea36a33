"""Part of proof 6: a bucket is closed, keeps what was overwritten, and lets go of what is old."""

from __future__ import annotations

from plan.platform import BUCKET
from plan.proofs.finding import Findings
from plan.recording import Recording, Resource

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def check_buckets(findings: Findings, recording: Recording) -> None:
    """The parts of every bucket, each of which is a resource that can be forgotten."""
    for bucket in recording.of_type(BUCKET):
        for type_, what in (
            (PUBLIC_ACCESS, "no block of public access"),
            (ENCRYPTION, "no encryption set"),
            (BUCKET_POLICY, "no policy that refuses plain HTTP"),
        ):
            if not _parts(recording, bucket, type_):
                findings.add("bucket-open", bucket.name, f"it has {what}.")
        _check_versions(findings, recording, bucket)
        _check_expiry(findings, recording, bucket)
    for block in recording.of_type(PUBLIC_ACCESS):
        off = [flag for flag in _BLOCKS if block.inputs.get(flag) is not True]
        if off:
            findings.add("bucket-open", block.name, f"{', '.join(off)} must be true.")
    for policy in recording.of_type(BUCKET_POLICY):
        if "aws:SecureTransport" not in str(policy.inputs.get("policy")):
            findings.add("bucket-open", policy.name, "it does not refuse plain HTTP.")


def _parts(recording: Recording, bucket: Resource, type_: str) -> list[Resource]:
    return [item for item in recording.of_type(type_) if item.inputs.get("bucket") == bucket.id]


def _check_versions(findings: Findings, recording: Recording, bucket: Resource) -> None:
    states = [
        (item.inputs.get("versioningConfiguration") or {}).get("status")
        for item in _parts(recording, bucket, VERSIONING)
    ]
    if states != ["Enabled"]:
        findings.add(
            "versioning",
            bucket.name,
            "what is overwritten or deleted is lost; give it a BucketVersioning with the status "
            "Enabled.",
        )


def _check_expiry(findings: Findings, recording: Recording, bucket: Resource) -> None:
    """Old versions and unfinished uploads are invisible in a listing and billed all the same."""
    rules = [
        rule
        for item in _parts(recording, bucket, LIFECYCLE)
        for rule in item.inputs.get("rules") or []
        if rule.get("status") == "Enabled"
    ]
    wanted = ("expiration", "noncurrentVersionExpiration", "abortIncompleteMultipartUpload")
    missing = [name for name in wanted if not any(rule.get(name) for rule in rules)]
    if missing:
        findings.add(
            "bucket-lifecycle",
            bucket.name,
            f"it grows for ever: no enabled lifecycle rule has {' or '.join(missing)}.",
        )
