"""The recording monitor on small programs written for the purpose."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plan.functions import UnknownFunctionError
from plan.monitor import ProgramError
from plan.program import run_program
from plan.project import StackConfiguration
from plan.provenance import Provenance
from plan.recording import UNKNOWN, Recording
from tests.recorded_stacks import recorded_stack

VPC, BUCKET, ROLE = "aws:ec2/vpc:Vpc", "aws:s3/bucket:Bucket", "aws:iam/role:Role"

Program = Callable[..., Recording]

HEADER = "import pulumi\nimport pulumi_aws as aws\n"


@pytest.fixture
def run(tmp_path: Path) -> Program:
    """Runs a program's text under a configuration."""

    def run(
        text: str, values: dict[str, str] | None = None, *, secret: str = "", preview: bool = False
    ) -> Recording:
        (tmp_path / "__main__.py").write_text(HEADER + text)
        configuration = StackConfiguration(
            "sample", "dev", {"aws:region": "eu-west-1", **(values or {})}, frozenset({secret})
        )
        return run_program(configuration, preview=preview, root=tmp_path)

    return run


def test_a_value_inside_another_text_names_the_output_it_comes_from(run: Program) -> None:
    recording = run(
        "bucket = aws.s3.Bucket('data')\n"
        "aws.iam.Role('reader', assume_role_policy=pulumi.Output.concat('see ', bucket.arn))\n"
    )
    role = recording.one(ROLE)
    source = Provenance(recording).sources(role.inputs["assumeRolePolicy"])[0]
    assert (source.name, source.output) == ("data", "arn")
    assert role.property_dependencies["assumeRolePolicy"] == {recording.one(BUCKET).urn}


def test_a_secret_is_known_to_the_proofs_and_masked_for_people(run: Program) -> None:
    recording = run(
        "secret = pulumi.Config().require_secret('token')\n"
        "aws.s3.Bucket('data', tags={'token': secret})\n"
        "pulumi.export('token', secret)\n",
        {"sample:token": "hunter2"},
        secret="sample:token",
    )
    bucket = recording.one(BUCKET)
    assert bucket.inputs["tags"] == {"token": "hunter2"}
    assert "hunter2" not in str(bucket.masked_inputs())
    assert recording.secret_exports == {"token"}
    assert "hunter2" not in str(recording.configuration)


def test_a_preview_marks_what_only_exists_afterwards(run: Program) -> None:
    text = "vpc = aws.ec2.Vpc('net', cidr_block='10.0.0.0/16')\npulumi.export('vpc', vpc.id)\n"
    assert run(text, preview=True).exports["vpc"] is UNKNOWN
    assert run(text).exports["vpc"].startswith("vpc-")


def test_two_resources_with_one_urn_are_refused(run: Program) -> None:
    with pytest.raises(Exception, match="Two resources have the URN") as caught:
        run("aws.s3.Bucket('data')\naws.s3.Bucket('data')\n")
    assert ProgramError.__name__ in repr(caught.getrepr(style="value"))


def test_an_unknown_function_is_an_error_and_not_an_empty_answer(run: Program) -> None:
    with pytest.raises(Exception, match="has no answer") as caught:
        run("aws.ec2.get_ami(most_recent=True)\n")
    assert UnknownFunctionError.__name__ in repr(caught.getrepr(style="value"))


def test_parents_dependencies_and_protection_are_recorded(run: Program) -> None:
    recording = run(
        "class Net(pulumi.ComponentResource):\n"
        "    def __init__(self):\n"
        "        super().__init__('sample:index:Net', 'net')\n"
        "        opts = pulumi.ResourceOptions(parent=self, protect=True)\n"
        "        self.vpc = aws.ec2.Vpc('vpc', cidr_block='10.0.0.0/16', opts=opts)\n"
        "        self.register_outputs({'vpcId': self.vpc.id})\n"
        "net = Net()\n"
        "aws.s3.Bucket('data', opts=pulumi.ResourceOptions(depends_on=[net]))\n"
    )
    vpc, bucket = recording.one(VPC), recording.one(BUCKET)
    assert recording.resources[vpc.parent].name == "net"
    assert vpc.protect
    assert vpc.urn in recording.waits_for(bucket.urn)
    assert recording.component_outputs[vpc.parent] == {"vpcId": vpc.id}


def test_a_name_that_is_not_given_is_made_as_the_engine_makes_it(run: Program) -> None:
    recording = run("aws.iam.Role('reader', assume_role_policy='{}')\n")
    assert recording.one(ROLE).text("name").startswith("reader-")


def test_runs_do_not_see_each_other(run: Program) -> None:
    first = run("aws.s3.Bucket('one')\n")
    second = run("aws.s3.Bucket('two')\n")
    assert [item.name for item in first.sorted()] == ["one"]
    assert [item.name for item in second.sorted()] == ["two"]


def test_warnings_of_the_program_are_kept(run: Program) -> None:
    assert run("pulumi.warn('mind the gap')\n").warnings == ("mind the gap",)


def test_the_projects_defaults_apply_and_overrides_win() -> None:
    assert recorded_stack("dev").setting("executorRoute") == "alb"
    assert recorded_stack("dev", "executorRoute=direct").setting("executorRoute") == "direct"


def test_files_of_an_archive_are_recorded_and_come_back_as_files(run: Program) -> None:
    recording = run(
        "files = pulumi.AssetArchive({'a.py': pulumi.FileAsset('a.py')})\n"
        "function = aws.lambda_.Function('f', role='r', code=files)\n"
        "pulumi.export('kind', function.code.apply(lambda code: type(code).__name__))\n"
    )
    function = recording.one("aws:lambda/function:Function")
    assert function.inputs["code"] == {"assets": {"a.py": {"path": "a.py"}}}
    assert recording.exports["kind"] == "AssetArchive"
