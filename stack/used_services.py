"""The AWS services that a stack reaches through endpoints, known before anything is declared.

Bindings say the same while resources are declared, which is too late to refuse a configuration; a
test compares both.
"""

from typing import TYPE_CHECKING

from components.container_workload import START_SERVICES
from components.service_endpoints import GATEWAY_SERVICES
from components.zones import ENDPOINT_ZONE_GAPS

if TYPE_CHECKING:
    from stack.config import StackConfig

ALWAYS = frozenset(
    (*START_SERVICES, "bedrock-agentcore", "bedrock-runtime", "ecs", "monitoring", "xray")
)
OF_LOAD_BALANCER = frozenset(("elasticloadbalancing",))
OF_WARM_EXECUTORS = frozenset(("secretsmanager",))

# Services that a configuration may name, as the last part of com.amazonaws.REGION.NAME.
KNOWN = ALWAYS | OF_LOAD_BALANCER | OF_WARM_EXECUTORS | ENDPOINT_ZONE_GAPS.keys()
KNOWN_WITH_ZONES = KNOWN - set(GATEWAY_SERVICES)


def used_services(config: "StackConfig") -> frozenset[str]:
    """The services that this stack has endpoints for or finds in an existing VPC."""
    used = ALWAYS
    if config.executor_route == "alb":
        used |= OF_LOAD_BALANCER
    if config.warm:
        used |= OF_WARM_EXECUTORS
    return used
