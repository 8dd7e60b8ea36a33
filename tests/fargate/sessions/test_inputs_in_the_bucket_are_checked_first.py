"""Every unfit s3: URI gets its sentence before any task is started."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from agent_runtime.aws import AwsClients
from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.executors.ecs.object_inputs import ObjectInputs
from agent_runtime.executors.host import ObjectInput
from agent_runtime.messages import BadRequestError
from agent_runtime.settings import load_settings
from tests.fargate.stand_ins import Account, DeployedStack
from tests.fargate.stand_ins.faults import Refuse

SESSION = "session-of-the-inputs-test-00000001"
ROWS = b"region,amount\nSeoul,1\n"


@pytest.fixture
def inputs(account: Account, stack: DeployedStack) -> Iterator[ObjectInputs]:
    """As the runtime makes them; 1 KiB is the largest input."""
    environment = stack.runtime_environment(route="direct") | {
        "DEEP_INSIGHT_LIMIT_INPUT_BYTES": "1024"
    }
    settings = EcsSettings.of(load_settings(environment))
    with patch.dict(os.environ, account.environment("runtime")):
        yield ObjectInputs(AwsClients(settings.region, ("s3",)), settings)


def put(account: Account, stack: DeployedStack, name: str, body: bytes, **options: object) -> str:
    """An input of the session; its URI."""
    key = f"sessions/{SESSION}/inputs/{name}"
    account.client("s3", "client").put_object(Bucket=stack.bucket, Key=key, Body=body, **options)
    return f"s3://{stack.bucket}/{key}"


def problem(inputs: ObjectInputs, *uris: str) -> list[str]:
    with pytest.raises(BadRequestError) as caught:
        inputs.resolve(SESSION, uris)
    assert caught.value.status == 400
    return caught.value.details


def test_an_input_has_its_name_size_and_declared_digest(
    inputs: ObjectInputs, account: Account, stack: DeployedStack
) -> None:
    digest = hashlib.sha256(ROWS)
    declared = put(account, stack, "a.csv", ROWS, Metadata={"sha256": digest.hexdigest()})
    computed = put(account, stack, "주문.csv", ROWS, ChecksumAlgorithm="SHA256")
    silent = put(account, stack, "b.csv", ROWS)
    found = inputs.resolve(SESSION, [declared, computed, silent])
    assert [item.workspace_path for item in found] == ["data/a.csv", "data/주문.csv", "data/b.csv"]
    assert {item.size for item in found} == {len(ROWS)}
    digests = [item.sha256 for item in found if isinstance(item, ObjectInput)]
    assert digests == [digest.hexdigest(), digest.hexdigest(), None]


@pytest.mark.parametrize(
    "uri",
    [
        "s3://{bucket}/sessions/another-session/inputs/a.csv",
        "s3://{bucket}/sessions/{session}/artifacts/a.csv",
        "s3://{bucket}/sessions/{session}/inputs/../../other/inputs/a.csv",
        "s3://{bucket}/sessions/{session}/inputs/",
        "s3://{bucket}/sessions/{session}/inputs/..",
        "s3://another-bucket/sessions/{session}/inputs/a.csv",
        "s3://{bucket}/sessions/{session}/inputs/a\nb.csv",
    ],
)
def test_only_inputs_of_this_very_session_are_accepted(
    inputs: ObjectInputs, account: Account, stack: DeployedStack, uri: str
) -> None:
    (sentence,) = problem(inputs, uri.format(bucket=stack.bucket, session=SESSION))
    assert "is not an input of this session" in sentence
    assert account.calls.counts("runtime") == {}


def test_local_files_are_not_accepted_and_the_way_out_is_named(inputs: ObjectInputs) -> None:
    (sentence,) = problem(inputs, "file:///etc/passwd")
    assert f"/sessions/{SESSION}/inputs/" in sentence


def test_missing_empty_and_too_large_inputs_are_all_named(
    inputs: ObjectInputs, account: Account, stack: DeployedStack
) -> None:
    empty = put(account, stack, "empty.csv", b"")
    large = put(account, stack, "large.csv", b"x" * 1025)
    missing = empty.replace("empty", "missing")
    sentences = problem(inputs, missing, empty, large)
    assert "does not exist" in sentences[0]
    assert "is empty" in sentences[1]
    assert "has 1025 bytes; at most 1024 are accepted" in sentences[2]


def test_the_bucket_of_another_account_is_refused(
    inputs: ObjectInputs, account: Account, stack: DeployedStack
) -> None:
    uri = put(account, stack, "a.csv", ROWS)
    account.faults.add("s3.HeadObject", Refuse("AccessDenied", "Access Denied", 403))
    (sentence,) = problem(inputs, uri)
    assert "account 123456789012" in sentence
    (asked,) = account.calls.of("s3.HeadObject", "runtime")
    assert asked.parameters["Key"].endswith("/inputs/a.csv")


def test_storage_that_does_not_answer_is_not_the_callers_fault(
    inputs: ObjectInputs, account: Account, stack: DeployedStack
) -> None:
    uri = put(account, stack, "a.csv", ROWS)
    account.faults.add("s3.HeadObject", Refuse("ServiceUnavailable", "busy", 503), times=None)
    with pytest.raises(BadRequestError) as caught:
        inputs.resolve(SESSION, [uri])
    assert (caught.value.status, caught.value.code) == (503, "storage_unavailable")
