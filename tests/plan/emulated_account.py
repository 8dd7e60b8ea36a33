"""An emulated AWS account to which a recording is applied, call by call, as an engine would.

The account answers ids of its own; wherever a later call holds the recording's id, the account's
takes its place. What the emulation cannot do is listed by name and never left out silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

import boto3
from botocore import xform_name

from plan.recording import Recording, Resource
from plan.requests import Request, requests_of

# Types that are no call to AWS.
WITHOUT_A_CALL: Mapping[str, str] = {
    "docker:index/image:Image": "built and pushed by Docker",
    "docker-build:index:Image": "built and pushed by BuildKit",
    "pulumi:providers:aws": "settings of the provider",
}

# Calls that the emulation lacks, with what it does instead.
NOT_EMULATED: Mapping[str, str] = {
    "RevokeSecurityGroupIngress": "gives a default group no rule that could be taken away",
    "PutDeliverySource": "refuses sources of AgentCore",
    "PutDeliveryDestination": "knows no destination without a resource, which X-Ray is",
    "CreateDelivery": "needs the source that it refuses",
}

# Where an answer holds the outputs of a resource.
_ANSWERS: Mapping[str, Mapping[str, str]] = {
    "CreateVpc": {"id": "Vpc.VpcId"},
    "CreateSubnet": {"id": "Subnet.SubnetId"},
    "CreateInternetGateway": {"id": "InternetGateway.InternetGatewayId"},
    "AllocateAddress": {"allocationId": "AllocationId"},
    "CreateNatGateway": {"id": "NatGateway.NatGatewayId"},
    "CreateRouteTable": {"id": "RouteTable.RouteTableId"},
    "CreateSecurityGroup": {"id": "GroupId"},
    "CreateVpcEndpoint": {"id": "VpcEndpoint.VpcEndpointId"},
    "CreateRole": {"arn": "Role.Arn"},
    "CreateSecret": {"arn": "ARN"},
    "CreateRepository": {"arn": "repository.repositoryArn"},
    "CreateCluster": {"arn": "cluster.clusterArn"},
    "RegisterTaskDefinition": {"arn": "taskDefinition.taskDefinitionArn"},
    "CreateFunction": {"arn": "FunctionArn"},
    "CreateAgentRuntime": {
        "agentRuntimeArn": "agentRuntimeArn",
        "agentRuntimeId": "agentRuntimeId",
        "agentRuntimeVersion": "agentRuntimeVersion",
    },
    "CreateLoadBalancer": {
        "arn": "LoadBalancers.0.LoadBalancerArn",
        "dnsName": "LoadBalancers.0.DNSName",
    },
    "CreateTargetGroup": {"arn": "TargetGroups.0.TargetGroupArn"},
    "CreateListener": {"arn": "Listeners.0.ListenerArn"},
    "CreateTopic": {"arn": "TopicArn"},
    "PutDeliveryDestination": {"arn": "deliveryDestination.arn"},
    "PutRule": {"arn": "RuleArn"},
}


def _why_not(call: Request) -> str:
    if "deliveryDestinationConfiguration" in call.parameters:
        return ""
    return NOT_EMULATED.get(call.operation, "")


def _at(answer: Any, path: str) -> Any:
    for step in path.split("."):
        answer = answer[int(step)] if step.isdigit() else answer[step]
    return answer


@dataclass
class EmulatedAccount:
    """The account after a recording was applied.

    Attributes:
        region: The region of every call.
        real: The account's value behind each value of the recording.
        applied: URNs of the resources that exist in the account.
        left_out: ``resource: call`` of what the account was not asked, and why.
        archives: The code sent for each function, by URN.
    """

    region: str
    real: dict[str, str] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    archives: dict[str, bytes] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A boto3 client of this account."""
        if service not in self._clients:
            make: Callable[..., Any] = boto3.client
            self._clients[service] = make(service, region_name=self.region)
        return self._clients[service]

    def translate(self, value: Any) -> Any:
        """A value of the recording in the account's terms, also inside JSON texts."""
        if isinstance(value, str):
            for told in sorted(self.real, key=len, reverse=True):
                value = value.replace(told, self.real[told])
            return value
        if isinstance(value, Mapping):
            return {key: self.translate(item) for key, item in value.items()}
        return [self.translate(item) for item in value] if isinstance(value, list) else value

    def apply(self, recording: Recording) -> None:
        """Makes every resource, each one after those it waits for."""
        order = {urn: set(item.dependencies) for urn, item in recording.resources.items()}
        for urn in TopologicalSorter(order).static_order():
            resource = recording.resources.get(urn)
            if resource is not None and resource.custom:
                self._make(resource)

    def _make(self, resource: Resource) -> None:
        if resource.type in WITHOUT_A_CALL:
            self.left_out[resource.name] = WITHOUT_A_CALL[resource.type]
            return
        calls = requests_of(resource)
        assert calls, f"no call is known for {resource.type}; add it to plan/requests"
        for position, call in enumerate(calls):
            reason = _why_not(call)
            if reason:
                self.left_out[f"{resource.name}: {call.operation}"] = reason
                if position == 0:
                    return
                continue
            method = getattr(self.client(call.service), xform_name(call.operation))
            if call.operation == "CreateFunction":
                self.archives[resource.urn] = call.parameters["Code"]["ZipFile"]
            answer = method(**self.translate(dict(call.parameters)))
            self._learn(resource, call.operation, answer)
        self.applied.append(resource.urn)

    def _learn(self, resource: Resource, operation: str, answer: Mapping[str, Any]) -> None:
        for output, path in _ANSWERS.get(operation, {}).items():
            self._name(resource.text(output), _at(answer, path))
        more = _MORE.get(operation)
        if more is not None:
            for told, real in more(self, resource).items():
                self._name(told, real)

    def _name(self, told: str, real: str) -> None:
        if told and told != real and len(told) > 1:
            self.real[told] = real


def _default_group(account: EmulatedAccount, resource: Resource) -> dict[str, str]:
    chosen = [
        {"Name": "vpc-id", "Values": [account.translate(resource.id)]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    found = account.client("ec2").describe_security_groups(Filters=chosen)["SecurityGroups"]
    return {resource.text("defaultSecurityGroupId"): found[0]["GroupId"]}


def _prefix_list(account: EmulatedAccount, resource: Resource) -> dict[str, str]:
    if not resource.text("prefixListId"):
        return {}
    chosen = [{"Name": "prefix-list-name", "Values": [resource.text("serviceName")]}]
    found = account.client("ec2").describe_managed_prefix_lists(Filters=chosen)["PrefixLists"]
    return {resource.text("prefixListId"): found[0]["PrefixListId"]}


_MORE: Mapping[str, Callable[[EmulatedAccount, Resource], dict[str, str]]] = {
    "CreateVpc": _default_group,
    "CreateVpcEndpoint": _prefix_list,
}
