"""Part of proof 5: the cluster offers the capacity that is asked of it, and measures its use."""

from __future__ import annotations

from plan.platform import CLUSTER, Platform
from plan.proofs.finding import Findings
from plan.recording import Resource

CAPACITY_PROVIDERS = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
_MEASURED = frozenset({"enabled", "enhanced"})


def check_cluster(findings: Findings, platform: Platform) -> None:
    """Capacity providers and Container Insights of the cluster that executors run in."""
    named = platform.environment.get("DEEP_INSIGHT_ECS_CLUSTER_ARN")
    for cluster in platform.recording.of_type(CLUSTER):
        if cluster.text("arn") == named:
            _check_capacity(findings, platform, cluster)
        settings = {
            str(item.get("name")): item.get("value")
            for item in cluster.inputs.get("settings") or []
        }
        if settings.get("containerInsights") not in _MEASURED:
            findings.add(
                "container-insights",
                cluster.name,
                "nothing measures what executors use, and the dashboard stays empty; set "
                "containerInsights to enabled.",
            )


def _check_capacity(findings: Findings, platform: Platform, cluster: Resource) -> None:
    """RunTask refuses a capacity provider that is not associated with the cluster.

    Source: "capacityProviderStrategy" of RunTask, Amazon ECS API reference.
    """
    spot = platform.environment.get("DEEP_INSIGHT_EXECUTOR_CAPACITY") == "spot"
    pool = platform.keeper_environment.get("KEEPER_WARM_POOL_SIZE", "0") != "0"
    asked = {"FARGATE_SPOT"} if spot else set()
    # The runtime asks for on-demand capacity by launch type; the keeper always names a provider.
    asked |= {"FARGATE"} if pool else set()
    offered = {
        str(provider)
        for item in platform.recording.of_type(CAPACITY_PROVIDERS)
        if item.inputs.get("clusterName") in {cluster.text("name"), cluster.text("arn")}
        for provider in item.inputs.get("capacityProviders") or []
    }
    for provider in sorted(asked - offered):
        findings.add(
            "capacity",
            cluster.name,
            f"executors are started on {provider}, which the cluster does not offer; associate it "
            "by ClusterCapacityProviders.",
        )
