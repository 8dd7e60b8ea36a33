"""Part of proof 5: pairs of a load balancer and its targets that no schema catches."""

from __future__ import annotations

from plan.functions import existing_subnet_zone
from plan.platform import LISTENER, Platform
from plan.proofs.finding import Findings
from plan.recording import Resource

# Limits of Elastic Load Balancing; the names' pattern is not in the service model.
NAME_CHARACTERS = 32
# The cookie's lifetime when none is set. Source: Elastic Load Balancing, target group attributes.
_COOKIE_SECONDS = 86_400


def _zone_of(platform: Platform, subnet: str) -> str:
    known = platform.network.subnets.get(subnet)
    if known and known.known:
        return known.zone
    return existing_subnet_zone(subnet, platform.recording.region)


def check_front_door(findings: Findings, platform: Platform) -> None:
    """Load balancer, target group and listeners of the platform."""
    front = platform.load_balancer
    if front is None:
        if platform.route == "alb":
            findings.add(
                "route", platform.runtime.name, "the route is alb, there is no load balancer."
            )
        return
    _check_load_balancer(findings, platform)
    _check_target_group(findings, platform)
    for listener in platform.recording.of_type(LISTENER):
        _check_forwarding(findings, platform, listener)
        secure = listener.inputs.get("protocol") in ("HTTPS", "TLS")
        if secure and not listener.inputs.get("certificateArn"):
            findings.add("listener-certificate", listener.name, "HTTPS needs a certificate.")


def _check_forwarding(findings: Findings, platform: Platform, listener: Resource) -> None:
    """Executors register in the group that the runtime is told; nothing else has targets."""
    group = platform.target_group
    forwarded = [
        action.get("targetGroupArn")
        for action in listener.inputs.get("defaultActions") or []
        if action.get("type") == "forward"
    ]
    if group is not None and forwarded != [group.text("arn")]:
        findings.add(
            "listener-target",
            listener.name,
            f"it does not forward to {group.name}, which executors register in; make that its "
            "default action.",
        )


def _check_load_balancer(findings: Findings, platform: Platform) -> None:
    front = platform.load_balancer
    assert front is not None
    subnets = front.inputs.get("subnets") or []
    zones = {_zone_of(platform, item) for item in subnets}
    if len(zones) < 2:
        findings.add("one-subnet", front.name, "an application load balancer needs two zones.")
    name = front.text("name")
    if name.startswith(("internal-", "-")) or name.endswith("-"):
        findings.add("load-balancer-name", front.name, f"{name} is refused.")
    if len(name) > NAME_CHARACTERS:
        findings.add("load-balancer-name", front.name, f"{name} is longer than 32 characters.")
    longest = int(platform.executor_setting("LIMIT_TIMEOUT_MAX_SECONDS") or 3600)
    idle = int(front.inputs.get("idleTimeout") or 60)
    if idle <= longest:
        findings.add(
            "idle-timeout",
            front.name,
            f"idle connections are cut after {idle} s, an execution may take {longest} s.",
        )
    if front.inputs.get("dropInvalidHeaderFields") is not True:
        findings.add("invalid-headers", front.name, "invalid header fields are passed on.")


def _check_target_group(findings: Findings, platform: Platform) -> None:
    group = platform.target_group
    if group is None:
        return
    given, name = group.inputs, group.name
    text = group.text("name")
    if len(text) > NAME_CHARACTERS or "-" in {text[:1], text[-1:]}:
        findings.add("target-group-name", name, f"{text} is refused: 32 characters, no end hyphen.")
    if given.get("targetType") != "ip":
        findings.add("target-type", name, "tasks with their own address need target type ip.")
    if int(given.get("port") or 0) != platform.executor_port:
        findings.add("target-port", name, f"port {given.get('port')} is not the container's.")
    sticky = given.get("stickiness") or {}
    if sticky.get("enabled") is False or sticky.get("type") != "lb_cookie":
        findings.add("stickiness", name, "sessions need the load balancer's cookie.")
    elif int(sticky.get("cookieDuration") or _COOKIE_SECONDS) < _session_seconds(platform):
        findings.add(
            "stickiness-short",
            name,
            f"the cookie ends before a session of {_session_seconds(platform)} s, whose requests "
            "then go to another task; set cookieDuration to the session's lifetime.",
        )
    _check_target_vpc(findings, platform, group)
    _check_health(findings, group)
    if int(given.get("deregistrationDelay") or 300) > 60:
        findings.add("deregistration", name, "a finished session's target drains for minutes.")


def _session_seconds(platform: Platform) -> int:
    """How long one executor may have to answer one session."""
    longest = platform.executor_setting("LIMIT_LIFETIME_SECONDS")
    return int(longest or platform.environment.get("DEEP_INSIGHT_EXECUTOR_LIFETIME_SECONDS") or 0)


def _check_target_vpc(findings: Findings, platform: Platform, group: Resource) -> None:
    """RegisterTargets refuses an address outside the VPC of the target group.

    The groups tell the VPC of subnets that are not of this program. Source: "Target groups for your
    Application Load Balancers", target type ip.
    """
    parties = [platform.executor_party, *([platform.front_party] if platform.front_party else [])]
    network = platform.network
    for party in parties:
        vpcs = {
            network.groups[item].text("vpcId") for item in party.groups if item in network.groups
        }
        vpcs |= {
            network.subnets[item].vpc
            for item in party.subnets
            if item in network.subnets and network.subnets[item].known
        }
        for vpc in sorted(vpcs - {group.text("vpcId")}):
            findings.add(
                "target-vpc",
                group.name,
                f"it is in {group.text('vpcId')}, the {party.name} in {vpc}; use the same VPC.",
            )


def _check_health(findings: Findings, group: Resource) -> None:
    name, check = group.name, group.inputs.get("healthCheck") or {}
    interval, timeout = int(check.get("interval") or 30), int(check.get("timeout") or 5)
    if timeout >= interval:
        findings.add(
            "health-timeout", name, f"a timeout of {timeout} s in an interval of {interval} s."
        )
    if interval > 10:
        findings.add("health-slow", name, f"a new task waits {interval} s for its first check.")
    if check.get("path") != "/health":
        findings.add(
            "health-path", name, f"the executor answers at /health, not {check.get('path')}."
        )
