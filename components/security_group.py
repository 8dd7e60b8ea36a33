"""Security groups without rules, and the rules that reach pairs turn into."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

ANY_ADDRESS = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Who may open a TCP connection to whom: one egress and one ingress rule."""

    source: str
    source_group_id: pulumi.Input[str]
    target: str
    target_group_id: pulumi.Input[str]
    port: int


def empty_group(
    name: str,
    *,
    prefix: str,
    vpc_id: pulumi.Input[str],
    description: str,
    opts: pulumi.ResourceOptions,
) -> aws.ec2.SecurityGroup:
    """A group that admits and sends nothing until rules are added.

    The provider removes EC2's default allow-all egress. The name is a prefix, so that a
    replacement can exist next to the group it replaces.
    """
    return aws.ec2.SecurityGroup(
        name,
        name_prefix=f"{prefix}-",
        description=description,
        vpc_id=vpc_id,
        tags={"Name": prefix},
        opts=opts,
    )


def open_pair(pair: Pair, *, opts: pulumi.ResourceOptions) -> tuple[pulumi.Resource, ...]:
    """Both rules of a pair."""
    key = f"{pair.source}-to-{pair.target}-{pair.port}"
    sentence = f"{pair.source} to {pair.target} on {pair.port}"
    egress = aws.vpc.SecurityGroupEgressRule(
        f"{key}-egress",
        security_group_id=pair.source_group_id,
        referenced_security_group_id=pair.target_group_id,
        ip_protocol="tcp",
        from_port=pair.port,
        to_port=pair.port,
        description=sentence,
        opts=opts,
    )
    ingress = aws.vpc.SecurityGroupIngressRule(
        f"{key}-ingress",
        security_group_id=pair.target_group_id,
        referenced_security_group_id=pair.source_group_id,
        ip_protocol="tcp",
        from_port=pair.port,
        to_port=pair.port,
        description=sentence,
        opts=opts,
    )
    return egress, ingress


def open_prefix_list(
    source: str,
    *,
    group_id: pulumi.Input[str],
    target: str,
    prefix_list_id: pulumi.Input[str],
    port: int,
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """Egress to a gateway endpoint; a prefix list has no group, hence no ingress side."""
    return aws.vpc.SecurityGroupEgressRule(
        f"{source}-to-{target}-{port}-egress",
        security_group_id=group_id,
        prefix_list_id=prefix_list_id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=f"{source} to {target} on {port}",
        opts=opts,
    )


def open_internet(
    source: str,
    *,
    group_id: pulumi.Input[str],
    port: int,
    reason: str,
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """Egress to any address on one port."""
    return aws.vpc.SecurityGroupEgressRule(
        f"{source}-to-internet-{port}-egress",
        security_group_id=group_id,
        cidr_ipv4=ANY_ADDRESS,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=f"{source} to the internet on {port}: {reason}"[:255],
        opts=opts,
    )


def admit_internet(
    target: str, *, group_id: pulumi.Input[str], port: int, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Ingress from any address on one port, for a public front door."""
    return aws.vpc.SecurityGroupIngressRule(
        f"internet-to-{target}-{port}-ingress",
        security_group_id=group_id,
        cidr_ipv4=ANY_ADDRESS,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=f"the internet to {target} on {port}",
        opts=opts,
    )
