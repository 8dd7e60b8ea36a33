"""The calls that make a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plan.recording import Resource
from plan.requests.parameters import Build, Parameters, Steps, capital, pick, picking

_ANYWHERE: Mapping[str, Any] = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _attribute(identifier: str, name: str) -> Build:
    """A call that sets one attribute of what was just made."""

    def build(resource: Resource) -> Parameters:
        parameter = name[0].upper() + name[1:]
        return {identifier: resource.id, parameter: {"Value": resource.inputs.get(name, False)}}

    return build


def _gateway_attachment(resource: Resource) -> Parameters:
    return {"InternetGatewayId": resource.id, **pick(resource.inputs, capital("vpcId"))}


def _group(resource: Resource) -> Parameters:
    given = pick(resource.inputs, capital("description", "vpcId"))
    return {"GroupName": resource.text("name"), **given}


def _no_default_egress(resource: Resource) -> Parameters:
    """The provider takes the rule away that EC2 gives every group."""
    return {"GroupId": resource.id, "IpPermissions": [dict(_ANYWHERE)]}


def _no_default_ingress(resource: Resource) -> Parameters:
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": resource.id}]}
    return {"GroupId": resource.id, "IpPermissions": [itself]}


def _rule(resource: Resource) -> Parameters:
    given = resource.inputs
    permission = pick(given, capital("ipProtocol", "fromPort", "toPort"))
    words = pick(given, capital("description"))
    sources = {
        "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
        "cidrIpv4": ("IpRanges", "CidrIp"),
        "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "prefixListId": ("PrefixListIds", "PrefixListId"),
    }
    for ours, (list_name, member) in sources.items():
        if given.get(ours):
            permission[list_name] = [{member: given[ours], **words}]
    return {"GroupId": given.get("securityGroupId"), "IpPermissions": [permission]}


def _endpoint(resource: Resource) -> Parameters:
    names = capital("vpcEndpointType", "vpcId", "serviceName", "subnetIds", "securityGroupIds")
    return pick(
        resource.inputs,
        {
            **names,
            **capital("routeTableIds", "privateDnsEnabled"),
            "policy": "PolicyDocument",
        },
    )


def _flow_log(resource: Resource) -> Parameters:
    names = {
        **capital("trafficType", "logDestinationType", "logDestination", "maxAggregationInterval"),
        "iamRoleArn": "DeliverLogsPermissionArn",
    }
    return {
        "ResourceIds": [resource.inputs.get("vpcId")],
        "ResourceType": "VPC",
        **pick(resource.inputs, names),
    }


_ROUTE = capital("routeTableId", "destinationCidrBlock", "natGatewayId", "gatewayId")
_SUBNET = capital("vpcId", "cidrBlock", "availabilityZoneId")

STEPS: Steps = {
    "aws:ec2/vpc:Vpc": (
        ("ec2", "CreateVpc", picking(capital("cidrBlock"))),
        ("ec2", "ModifyVpcAttribute", _attribute("VpcId", "enableDnsSupport")),
        ("ec2", "ModifyVpcAttribute", _attribute("VpcId", "enableDnsHostnames")),
    ),
    "aws:ec2/subnet:Subnet": (
        ("ec2", "CreateSubnet", picking(_SUBNET)),
        ("ec2", "ModifySubnetAttribute", _attribute("SubnetId", "mapPublicIpOnLaunch")),
    ),
    "aws:ec2/internetGateway:InternetGateway": (
        ("ec2", "CreateInternetGateway", picking({})),
        ("ec2", "AttachInternetGateway", _gateway_attachment),
    ),
    "aws:ec2/eip:Eip": (("ec2", "AllocateAddress", picking(capital("domain"))),),
    "aws:ec2/natGateway:NatGateway": (
        ("ec2", "CreateNatGateway", picking(capital("subnetId", "allocationId"))),
    ),
    "aws:ec2/routeTable:RouteTable": (("ec2", "CreateRouteTable", picking(capital("vpcId"))),),
    "aws:ec2/route:Route": (("ec2", "CreateRoute", picking(_ROUTE)),),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        ("ec2", "AssociateRouteTable", picking(capital("subnetId", "routeTableId"))),
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        ("ec2", "CreateSecurityGroup", _group),
        ("ec2", "RevokeSecurityGroupEgress", _no_default_egress),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (
        ("ec2", "RevokeSecurityGroupEgress", _no_default_egress),
        ("ec2", "RevokeSecurityGroupIngress", _no_default_ingress),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        ("ec2", "AuthorizeSecurityGroupIngress", _rule),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        ("ec2", "AuthorizeSecurityGroupEgress", _rule),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (("ec2", "CreateVpcEndpoint", _endpoint),),
    "aws:ec2/flowLog:FlowLog": (("ec2", "CreateFlowLogs", _flow_log),),
}
