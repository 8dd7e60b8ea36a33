"""Proof 3: every needed hop is open both ways and resolvable, everything else is closed."""

from __future__ import annotations

from plan.hops import INTERNET, Hop, endpoint_party, needed_hops
from plan.network import (
    ANYWHERE,
    DEFAULT_GROUP,
    NETWORK_ACL,
    VPC,
    Endpoint,
    Party,
    Rule,
    Subnet,
)
from plan.platform import Platform
from plan.proofs.finding import Findings, Verdict
from plan.recording import Recording

NAME = "reach"


class _Reach:
    """One run of the proof; remembers which rules a needed hop uses."""

    def __init__(self, recording: Recording) -> None:
        self.platform = Platform(recording)
        self.recording = recording
        self.network = self.platform.network
        self.findings = Findings(NAME)
        self.used_rules: set[Rule] = set()
        self.hops = needed_hops(self.platform)
        self.owns_vpc = bool(recording.of_type(VPC))

    def run(self) -> Verdict:
        for hop in self.hops:
            if hop.target is not None:
                self._check_parties(hop, hop.target)
            elif hop.service == INTERNET:
                self._check_internet(hop)
            else:
                self._check_service(hop)
        self._check_dns()
        self._check_executor_closed()
        self._check_rules()
        self._check_placement()
        self._check_defaults()
        rules = len(self.network.rules)
        return self.findings.verdict(f"{len(self.hops)} needed hops over {rules} rules")

    def _check_parties(self, hop: Hop, target: Party) -> None:
        if not hop.source.groups or not target.groups:
            self.findings.add("no-group", hop.label, "one side has no security group.")
            return
        out, into = self.network.opening(hop.source, target, hop.port)
        if not out:
            self.findings.add(
                "egress-closed", hop.label, f"no egress rule of {hop.source.name} opens it."
            )
        if not into:
            self.findings.add(
                "ingress-closed", hop.label, f"no ingress rule of {target.name} opens it."
            )
        self.used_rules |= {*out, *into}

    def _check_service(self, hop: Hop) -> None:
        endpoint = self.network.endpoint(hop.service)
        if endpoint is None:
            self._check_over_internet(hop)
        elif endpoint.gateway:
            self._check_gateway(hop, endpoint)
        else:
            if not endpoint.private_dns:
                self.findings.add(
                    "private-dns",
                    hop.label,
                    "private DNS is off, so the service's name resolves to the internet.",
                )
            if not endpoint.subnets:
                self.findings.add("endpoint-nowhere", hop.label, "the endpoint is in no subnet.")
            self._check_parties(hop, endpoint_party(endpoint))

    def _known_subnets(self, party: Party) -> list[Subnet]:
        found = [self.network.subnets[item] for item in party.subnets]
        return [subnet for subnet in found if subnet.known]

    def _check_internet(self, hop: Hop) -> None:
        """The routes of an adopted VPC are not in the recording."""
        rules = self.network.internet_rules(hop.source, hop.port)
        if not rules:
            self.findings.add(
                "egress-closed", hop.label, f"no egress rule of {hop.source.name} opens it."
            )
        self.used_rules |= set(rules)
        for subnet in self._known_subnets(hop.source):
            if not self.network.reaches_internet(subnet):
                self.findings.add(
                    "internet-route",
                    hop.label,
                    f"{subnet.name} has no default route to a public NAT gateway in a subnet that "
                    "routes to the internet gateway; set nat to single or per-az.",
                )

    def _check_over_internet(self, hop: Hop) -> None:
        routes = [
            self.network.reaches_internet(subnet) for subnet in self._known_subnets(hop.source)
        ]
        rules = self.network.internet_rules(hop.source, hop.port)
        outside = not self.owns_vpc and not routes
        if outside and self._adopted_endpoint(hop):
            return
        if rules and (outside or (routes and all(routes))):
            self.used_rules |= set(rules)
            return
        self.findings.add(
            "endpoint-missing",
            hop.label,
            f"{hop.service} has no VPC endpoint and no way over a NAT gateway.",
        )

    def _adopted_endpoint(self, hop: Hop) -> bool:
        """An endpoint that the adopted VPC has already; then rules must open its group.

        That of S3 is a gateway, which has a prefix list and no group.
        """
        if hop.service not in self.platform.adopted_services:
            return False
        group = str(self.recording.setting("existingVpc").get("endpointSecurityGroupId") or "")
        out = [
            rule
            for rule in self.network.rules_of(hop.source.groups, egress=True)
            if rule.covers(hop.port)
            and (rule.peer.startswith("pl-") if hop.service == "s3" else rule.peer == group)
        ]
        into = [
            rule
            for rule in self.network.rules_of([group], egress=False)
            if rule.covers(hop.port) and rule.peer in hop.source.groups
        ]
        self.used_rules |= {*out, *into}
        return bool(out and (into or hop.service == "s3"))

    def _check_gateway(self, hop: Hop, endpoint: Endpoint) -> None:
        tables = {
            self.network.subnets[item].route_table
            for item in hop.source.subnets
            if item in self.network.subnets and self.network.subnets[item].known
        }
        for table in sorted(tables - set(endpoint.route_tables)):
            resource = self.recording.by_id(table)
            name = resource.name if resource else table or "the main route table"
            self.findings.add(
                "gateway-route", hop.label, f"the {hop.service} gateway endpoint is not on {name}."
            )
        prefix_list = endpoint.resource.text("prefixListId")
        rules = [
            rule
            for rule in self.network.rules_of(hop.source.groups, egress=True)
            if rule.covers(hop.port) and (rule.peer == prefix_list or rule.addresses == ANYWHERE)
        ]
        if not rules:
            self.findings.add(
                "egress-closed",
                hop.label,
                f"no egress rule of {hop.source.name} names the prefix list of {hop.service}.",
            )
        self.used_rules |= set(rules)

    def _check_dns(self) -> None:
        for vpc in self.recording.of_type(VPC):
            for key in ("enableDnsSupport", "enableDnsHostnames"):
                if vpc.inputs.get(key) is not True:
                    self.findings.add("vpc-dns", vpc.name, f"{key} must be true for private DNS.")

    def _check_executor_closed(self) -> None:
        executor = self.platform.executor_party
        asked = self.platform.executor_setting("KERNEL_NETWORK") == "full"
        for rule in self.network.internet_rules(executor):
            if not asked:
                self.findings.add(
                    "executor-internet",
                    "executor",
                    f"user code can reach {rule.peer} ({rule.ports}) although KERNEL_NETWORK is "
                    "not full; take the rule away.",
                )
        for rule in self.network.rules_of(executor.groups, egress=True):
            if rule.peer in executor.groups:
                self.findings.add(
                    "executor-to-executor",
                    "executor",
                    f"an executor can connect to another ({rule.ports}); take the rule away.",
                )
        front = self.platform.front_party if self.platform.route == "alb" else None
        allowed = set((front or self.platform.runtime_party).groups)
        for rule in self.network.rules_of(executor.groups, egress=False):
            if rule.peer not in allowed:
                who = self.network.group_name(rule.peer)
                self.findings.add(
                    "executor-open",
                    "executor",
                    f"{who} can connect to executors ({rule.ports}); only the "
                    f"{'load balancer' if front else 'runtime'} may.",
                )

    def _check_rules(self) -> None:
        for rule in self.network.rules:
            holder = self.network.group_name(rule.group)
            direction = "egress" if rule.egress else "ingress"
            if rule.protocol == "-1" or (rule.addresses == ANYWHERE and rule.last - rule.first > 0):
                self.findings.add(
                    "rule-wide",
                    holder,
                    f"{direction} of {rule.ports} {'to' if rule.egress else 'from'} {rule.peer}; "
                    "name the port and the peer.",
                )
            elif rule not in self.used_rules and not self._asked_for(rule):
                self.findings.add(
                    "rule-unneeded",
                    holder,
                    f"{direction} of {rule.ports} {'to' if rule.egress else 'from'} "
                    f"{self.network.group_name(rule.peer)} serves no needed hop.",
                )

    def _asked_for(self, rule: Rule) -> bool:
        """Internet egress of one port, where the configuration asks for it."""
        parties = [self.platform.runtime_party]
        if self.platform.executor_setting("KERNEL_NETWORK") == "full":
            parties.append(self.platform.executor_party)
        groups = {group for party in parties for group in party.groups}
        one_port = rule.egress and rule.addresses == ANYWHERE and rule.first == rule.last
        return one_port and rule.group in groups

    def _check_placement(self) -> None:
        parties = [self.platform.runtime_party, self.platform.executor_party]
        if self.platform.front_party:
            parties.append(self.platform.front_party)
        for party in parties:
            if not party.subnets:
                self.findings.add("no-subnet", party.name, "it is in no subnet.")
            for identifier in party.subnets:
                subnet = self.network.subnets.get(identifier)
                if subnet and subnet.known and self.network.is_public(subnet):
                    self.findings.add(
                        "public-subnet",
                        party.name,
                        f"it is in {subnet.name}, which routes to the internet gateway; "
                        "AgentCore gets no public address there and executors must be private.",
                    )
        front = self.platform.load_balancer
        if front is not None and front.inputs.get("internal") is not True:
            self.findings.add(
                "front-door-public", front.name, "the load balancer must be internal."
            )
        vpcs = {
            subnet.vpc
            for party in parties
            for item in party.subnets
            if (subnet := self.network.subnets.get(item)) and subnet.known
        }
        if len(vpcs) > 1:
            self.findings.add(
                "two-vpcs", "platform", "runtime and executors are in different VPCs."
            )
        self._check_front_zones()

    def _check_front_zones(self) -> None:
        front = self.platform.front_party
        if front is None or self.platform.route != "alb":
            return
        subnets = self.network.subnets
        zones = {subnets[item].zone for item in front.subnets if item in subnets}
        for identifier in self.platform.executor_party.subnets:
            subnet = subnets.get(identifier)
            if subnet and subnet.known and subnet.zone not in zones:
                self.findings.add(
                    "front-door-zone",
                    "load balancer",
                    f"executors run in {subnet.zone}, where the load balancer has no subnet, so "
                    "their targets stay unused.",
                )

    def _check_defaults(self) -> None:
        for acl in self.recording.of_type(NETWORK_ACL):
            self.findings.add("acl", acl.name, "network ACLs are outside of this proof; drop it.")
        emptied = {item.inputs.get("vpcId") for item in self.recording.of_type(DEFAULT_GROUP)}
        for vpc in self.recording.of_type(VPC):
            if vpc.id not in emptied:
                self.findings.add(
                    "default-group", vpc.name, "the VPC's default security group is not emptied."
                )


def prove(recording: Recording) -> Verdict:
    """Checks reach from the recorded security groups, routes, endpoints and subnets."""
    return _Reach(recording).run()
