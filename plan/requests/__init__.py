"""The API requests behind recorded resources: service models check them, an account takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plan.recording import Recording, Resource
from plan.requests import balancing, compute, identity, network, observation, storage
from plan.requests.parameters import Steps

_STEPS: Steps = {
    **network.STEPS,
    **identity.STEPS,
    **compute.STEPS,
    **storage.STEPS,
    **balancing.STEPS,
    **observation.STEPS,
}


@dataclass(frozen=True)
class Request:
    """An operation and its parameters."""

    resource: Resource
    service: str
    operation: str
    parameters: Mapping[str, Any]


def requests_of(resource: Resource) -> list[Request]:
    """The calls that make one resource, in order; none for a type that has no API call."""
    return [
        Request(resource, service, operation, build(resource))
        for service, operation, build in _STEPS.get(resource.type, ())
    ]


def requests(recording: Recording) -> list[Request]:
    """The calls behind every resource of a recording."""
    return [request for item in recording.sorted() for request in requests_of(item)]
