"""The entries of the key existingVpc."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")]
RouteTableId = Annotated[str, Field(pattern=r"^rtb-[0-9a-f]{8,17}$")]


class ExistingVpc(BaseModel):
    """A VPC that somebody else owns; subnets and route tables by zone ID."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    vpc_id: str = Field(pattern=r"^vpc-[0-9a-f]{8,17}$")
    private_subnet_ids: Mapping[str, SubnetId]
    public_subnet_ids: Mapping[str, SubnetId] = Field(default_factory=dict)
    private_route_table_ids: Mapping[str, RouteTableId] = Field(default_factory=dict)
    internet: bool = False
    existing_services: tuple[str, ...] = ()
    endpoint_security_group_id: str | None = Field(None, pattern=r"^sg-[0-9a-f]{8,17}$")
