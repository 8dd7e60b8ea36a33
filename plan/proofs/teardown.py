"""Part of proof 6: a destroy waits for what others still hold, instead of failing half-way."""

from __future__ import annotations

from plan.platform import CLUSTER, Platform
from plan.proofs.cluster import CAPACITY_PROVIDERS
from plan.proofs.finding import Findings
from plan.proofs.protection import is_protected


def check_teardown(findings: Findings, platform: Platform) -> None:
    """The hooks of an unprotected stack; the engine refuses to destroy a protected one.

    Sources: "Configure AgentCore for VPC", Amazon Bedrock AgentCore Developer Guide: its network
    interfaces stay for up to 8 hours; hashicorp/terraform-provider-aws #47399 for what they block;
    DeleteCluster and PutClusterCapacityProviders, Amazon ECS API reference.
    """
    recording = platform.recording
    if is_protected(recording):
        return
    for identifier in (*platform.runtime_party.groups, *platform.runtime_party.subnets):
        held = recording.by_id(identifier)
        if held is not None and not held.before_delete and not held.retain_on_delete:
            findings.add(
                "interfaces-held",
                held.name,
                "AgentCore's network interfaces block its deletion for up to 8 hours; give it the "
                "before_delete hook of components/teardown.py that waits for them.",
            )
    for part in recording.of_type(CLUSTER, CAPACITY_PROVIDERS):
        if not part.before_delete:
            findings.add(
                "executors-running",
                part.name,
                "ECS refuses to delete it while tasks run on it; give it the before_delete hook of "
                "components/teardown.py that stops them.",
            )
