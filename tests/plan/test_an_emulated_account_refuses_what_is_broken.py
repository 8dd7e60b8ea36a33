"""Programs that refer to nothing fail in the emulated account: its consent means something."""

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.plan.emulated_account import EmulatedAccount
from tests.recorded_stacks import recorded_stack


@pytest.mark.parametrize(
    ("type_", "part"),
    [
        ("aws:ec2/subnet:Subnet", "private-use1-az1"),
        ("aws:ecs/cluster:Cluster", "executor-cluster"),
        ("aws:iam/role:Role", "executor-task-execution-role"),
        ("aws:s3/bucket:Bucket", "artifacts"),
        ("aws:lb/targetGroup:TargetGroup", "targets"),
        ("aws:cloudwatch/eventRule:EventRule", "schedule"),
    ],
)
def test_an_account_refuses_what_refers_to_nothing(type_: str, part: str) -> None:
    recording = recorded_stack("dev")
    broken = recording.without(recording.one(type_, part).urn)
    with mock_aws(), pytest.raises(ClientError):
        EmulatedAccount(recording.region).apply(broken)
