"""Configurations of a stack in a network that exists already."""

EXISTING = (
    'existingVpc={"vpcId": "vpc-0123456789abcdef0", '
    '"privateSubnetIds": {"use1-az1": "subnet-0123456789abcdef1", '
    '"use1-az2": "subnet-0123456789abcdef2"}, '
    '"privateRouteTableIds": {"use1-az1": "rtb-0123456789abcdef1", '
    '"use1-az2": "rtb-0123456789abcdef2"}}'
)
_ZONES = EXISTING.removesuffix("}")
EXISTING_WITH_ENDPOINTS = (
    _ZONES + ', "existingServices": ["logs", "s3", "ecr.api"], '
    '"endpointSecurityGroupId": "sg-0123456789abcdef0"}'
)
EXISTING_ON_THE_INTERNET = (
    _ZONES + ', "internet": true, "existingServices": ["logs"], '
    '"endpointSecurityGroupId": "sg-0123456789abcdef0"}'
)
