"""calls.json against botocore's operations, the catalogue of actions, and the code that calls."""

import re
from collections.abc import Iterator

import pytest
from botocore import xform_name

from plan.call_targets import targets
from plan.calls import Call, all_calls
from plan.evaluation import evaluate
from plan.platform import Platform
from plan.project import ROOT
from plan.recording import Recording
from plan.service_model import service_model
from tests.recorded_stacks import recorded_stack

# A call in the runtime's own code: a service in botocore's words, then the client's method.
IN_CODE = re.compile(
    r'"(ecs|elbv2|s3|bedrock-runtime|secretsmanager|logs|ec2|sts)",\s*"([a-z_0-9]+)"'
)
PRESIGNED = re.compile(r'generate_presigned_url\(\s*"([a-z_]+)"')


@pytest.mark.parametrize("call", all_calls(), ids=lambda call: call.name)
def test_a_row_names_an_operation_that_botocore_knows(call: Call) -> None:
    assert call.operation in service_model(call.service).operation_names


def test_every_action_is_in_the_catalogue() -> None:
    facts = evaluate([], [call.action for call in all_calls()]).actions
    assert [name for name, fact in facts.items() if not fact.exists] == []


def test_no_row_is_there_twice() -> None:
    names = [call.name for call in all_calls()]
    assert len(set(names)) == len(names)


def test_every_target_is_something_in_a_recording() -> None:
    recording = recorded_stack("prod")
    assert isinstance(recording, Recording)
    platform = Platform(recording)
    optional = {"executor task role", "claim key"}
    for name in {call.target for call in all_calls()} - optional:
        found = targets(platform, name)
        assert found
        assert all(item.arn == "*" or item.arn.startswith("arn:aws:") for item in found)


def _methods(service: str) -> set[str]:
    return {xform_name(name) for name in service_model(service).operation_names}


def _calls_in_code() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "agent_runtime").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield from IN_CODE.findall(text)
        yield from (("s3", method) for method in PRESIGNED.findall(text))
        if "generate_presigned_post(" in text:
            yield "s3", "put_object"


def test_what_the_runtimes_code_calls_is_listed() -> None:
    listed = {(call.service, xform_name(call.operation)) for call in all_calls()}
    found = {pair for pair in _calls_in_code() if pair[1] in _methods(pair[0])}
    assert ("ecs", "run_task") in found
    assert sorted(found - listed) == []
