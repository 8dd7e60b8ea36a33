"""What a configuration's rules know of endpoints is what the bindings ask for later."""

import pytest

from stack.config import StackConfig
from stack.loading import engine_type, keys
from stack.used_services import KNOWN, used_services
from tests.recorded_stacks import recorded_stack

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
START = "com.amazonaws.us-east-1."


@pytest.mark.parametrize(
    "values", [{}, {"executorRoute": "direct"}, {"warm": 1}, {"alarms": True, "flowLogs": True}]
)
def test_every_stack_has_endpoints_for_exactly_the_services_it_uses(
    values: dict[str, object],
) -> None:
    config = StackConfig.model_validate(values)

    recording = recorded_stack("dev", *(f"{key}={str(v).lower()}" for key, v in values.items()))

    made = {str(e.inputs["serviceName"]) for e in recording.of_type(ENDPOINT)}
    assert {name.removeprefix(START) for name in made} == used_services(config)


def test_a_configuration_may_name_every_service_that_a_stack_can_use() -> None:
    fullest = StackConfig.model_validate({"warm": 1})

    assert used_services(fullest) <= KNOWN


def test_only_lists_and_maps_are_read_as_json() -> None:
    assert {engine_type(field.annotation) for field in keys().values()} == {
        "array",
        "boolean",
        "integer",
        "object",
        "string",
    }
