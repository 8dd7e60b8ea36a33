"""DataBucket: a private bucket, and bindings that give rights on named prefixes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.binding import Binding, ServiceReach
from components.deployment import Deployment
from components.grant import Grant
from components.policy import resource_policy

NAME_LIMIT = 63


@dataclass(frozen=True, kw_only=True)
class ServiceWriter:
    """An AWS service that delivers objects below `prefix` + the account id."""

    service: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class DataBucketArgs:
    """A bucket for one purpose."""

    deployment: Deployment
    role: str
    # Prefix -> days after which its objects expire; other objects stay.
    expiry_days: Mapping[str, int] = field(default_factory=dict)
    # Old versions stay this long, so that a mistake can be undone.
    noncurrent_days: int = 7
    writers: Sequence[ServiceWriter] = ()


class DataBucket(pulumi.ComponentResource):
    """TLS only, encrypted, versioned, no public access; kept when the deployment is protected."""

    bucket: aws.s3.Bucket
    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DataBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:DataBucket", name, None, opts)
        self._role = args.role
        child = pulumi.ResourceOptions(parent=self)
        deployment = args.deployment
        suffix = len(f"-{'0' * 12}-{deployment.region}")
        self.bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=pulumi.Output.concat(
                deployment.name(args.role, limit=NAME_LIMIT - suffix),
                "-",
                deployment.account_id,
                f"-{deployment.region}",
            ),
            force_destroy=not deployment.protected,
            opts=pulumi.ResourceOptions(parent=self, protect=deployment.protected),
        )
        self.name = self.bucket.bucket
        self.arn = self.bucket.arn
        block = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket.id,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=(
                        aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                            sse_algorithm="AES256"
                        )
                    )
                )
            ],
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled"
            ),
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=self.bucket.id,
            rules=_lifecycle_rules(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        self.policy = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=self.bucket.id,
            policy=resource_policy(
                [self._tls_only(), *(self._delivery(w, deployment) for w in args.writers)]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        self.register_outputs({"name": self.name, "arn": self.arn})

    def use(
        self,
        *,
        sid: str,
        read: Sequence[str] = (),
        write: Sequence[str] = (),
        environment: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> Binding:
        """Rights on prefixes (``sessions/``): reading lists and gets, writing also puts."""
        prefixes = sorted({*read, *write})
        grants = [
            Grant(
                sid=f"{sid}List",
                actions=["s3:ListBucket"],
                resources=[self.arn],
                conditions={"StringLike": {"s3:prefix": [f"{p}*" for p in prefixes]}},
            ),
            Grant(sid=f"{sid}Read", actions=["s3:GetObject"], resources=self._objects(prefixes)),
        ]
        if write:
            grants.append(
                Grant(
                    sid=f"{sid}Write",
                    actions=["s3:PutObject"],
                    resources=self._objects(sorted(write)),
                )
            )
        return Binding(
            provider=f"bucket {self._role}",
            environment=environment or {},
            grants=grants,
            reach=(ServiceReach(service="s3"),),
            ready=(self.bucket, self.policy),
        )

    def _objects(self, prefixes: Sequence[str]) -> list[pulumi.Input[str]]:
        return [pulumi.Output.concat(self.arn, f"/{prefix}*") for prefix in prefixes]

    def _tls_only(self) -> dict[str, object]:
        return {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.arn, pulumi.Output.concat(self.arn, "/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }

    def _delivery(self, writer: ServiceWriter, deployment: Deployment) -> dict[str, object]:
        """Source: "Access logs for your Application Load Balancer", bucket policy."""
        return {
            "Sid": "ServiceDelivery",
            "Effect": "Allow",
            "Principal": {"Service": writer.service},
            "Action": "s3:PutObject",
            "Resource": pulumi.Output.concat(
                self.arn, f"/{writer.prefix}", deployment.account_id, "/*"
            ),
        }


def _lifecycle_rules(
    args: DataBucketArgs,
) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs
    everything = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    rules = [
        rule(
            id="unfinished-uploads-and-old-versions",
            status="Enabled",
            filter=everything,
            abort_incomplete_multipart_upload=(
                aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=1
                )
            ),
            noncurrent_version_expiration=(
                aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=args.noncurrent_days
                )
            ),
        )
    ]
    for prefix, days in sorted(args.expiry_days.items()):
        rules.append(
            rule(
                id=f"expire-{prefix.strip('/') or 'all'}",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
            )
        )
    return rules
