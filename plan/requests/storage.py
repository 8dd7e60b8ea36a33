"""The calls that make a bucket and its parts."""

from __future__ import annotations

from plan.recording import Resource
from plan.requests.parameters import Build, Parameters, Steps, capital, capitalized, pick

# CreateBucket takes no location for this region. Source: Amazon S3 API reference.
_WITHOUT_LOCATION = "us-east-1"


def _bucket(resource: Resource) -> Parameters:
    host = resource.text("bucketRegionalDomainName").split(".s3.", 1)[-1]
    region = host.split(".", 1)[0] or _WITHOUT_LOCATION
    parameters: Parameters = {"Bucket": resource.text("bucket")}
    if region != _WITHOUT_LOCATION:
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": region}
    return parameters


def _lifecycle(resource: Resource) -> Parameters:
    rules = []
    for rule in resource.inputs.get("rules") or []:
        told = capitalized({key: value for key, value in rule.items() if key != "id"})
        rules.append({"ID": rule.get("id"), **told})
    return {**_of(resource), "LifecycleConfiguration": {"Rules": rules}}


def _of(resource: Resource) -> Parameters:
    return pick(resource.inputs, capital("bucket"))


def _ownership(resource: Resource) -> Parameters:
    rule = capitalized(resource.inputs.get("rule") or {})
    return {**_of(resource), "OwnershipControls": {"Rules": [rule]}}


def _public_access(resource: Resource) -> Parameters:
    names = capital("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls")
    names |= capital("restrictPublicBuckets")
    block = pick(resource.inputs, names)
    return {**_of(resource), "PublicAccessBlockConfiguration": block}


def _encryption(resource: Resource) -> Parameters:
    rules = []
    for rule in resource.inputs.get("rules") or []:
        default = rule.get("applyServerSideEncryptionByDefault") or {}
        names = {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}
        given = {"ApplyServerSideEncryptionByDefault": pick(default, names)}
        rules.append({**given, **pick(rule, capital("bucketKeyEnabled"))})
    return {**_of(resource), "ServerSideEncryptionConfiguration": {"Rules": rules}}


def _versioning(resource: Resource) -> Parameters:
    status = (resource.inputs.get("versioningConfiguration") or {}).get("status")
    return {**_of(resource), "VersioningConfiguration": {"Status": status}}


def _policy(resource: Resource) -> Parameters:
    return {**_of(resource), **pick(resource.inputs, capital("policy"))}


_PARTS: dict[str, tuple[str, Build]] = {
    "bucketLifecycleConfiguration": ("PutBucketLifecycleConfiguration", _lifecycle),
    "bucketOwnershipControls": ("PutBucketOwnershipControls", _ownership),
    "bucketPolicy": ("PutBucketPolicy", _policy),
    "bucketPublicAccessBlock": ("PutPublicAccessBlock", _public_access),
    "bucketServerSideEncryptionConfiguration": ("PutBucketEncryption", _encryption),
    "bucketVersioning": ("PutBucketVersioning", _versioning),
}

STEPS: Steps = {
    "aws:s3/bucket:Bucket": (("s3", "CreateBucket", _bucket),),
    **{
        f"aws:s3/{part}:{part[0].upper()}{part[1:]}": (("s3", operation, build),)
        for part, (operation, build) in _PARTS.items()
    },
}
