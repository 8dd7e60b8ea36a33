"""Where and how a stack is deployed: what every component needs to know about its surroundings."""

import hashlib
from dataclasses import dataclass

import pulumi

# Values CloudWatch Logs accepts. Source: PutRetentionPolicy in the CloudWatch Logs API reference.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365),
    *(400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def partition_of(region: str) -> str:
    """The ARN partition of a region (``aws``, ``aws-us-gov`` or ``aws-cn``)."""
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws-cn" if region.startswith("cn-") else "aws"


def bounded(name: str, limit: int) -> str:
    """`name` within `limit` characters; a longer one is cut and ends in a digest of the whole.

    The digest keeps two long names that share their beginning apart.
    """
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: limit - 7].rstrip('-_.')}-{digest}"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The surroundings that all components of one stack share.

    ``prefix`` starts every physical name and carries the stack, so that two stacks in one account
    and region never collide. ``protected`` keeps data and load balancers from being deleted.
    """

    prefix: str
    region: str
    account_id: pulumi.Input[str]
    log_retention_days: int = 30
    # How long a destroy waits for the network interfaces of a deleted runtime, see teardown.
    interface_release_minutes: int = 30
    protected: bool = False

    @property
    def partition(self) -> str:
        """The ARN partition of the region."""
        return partition_of(self.region)

    def name(self, role: str, *, limit: int = 64) -> str:
        """The physical name of the thing with this role, at most `limit` characters."""
        return bounded(f"{self.prefix}-{role}", limit)

    def arn(self, service: str, resource: pulumi.Input[str]) -> pulumi.Output[str]:
        """The ARN of a resource of this account and region, for names that are known beforehand."""
        return pulumi.Output.concat(
            f"arn:{self.partition}:{service}:{self.region}:", self.account_id, ":", resource
        )
