"""`doctor`: each line says what is, each failing one what to do, whatever is broken."""

import json
import platform
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client import account_checks, doctor, findings, machine_checks
from client.aws import AwsClients
from client.cli import main
from tests.fargate.stand_ins import Account
from tests.fargate.stand_ins.answer import Answer, json_answer, xml_answer
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.faults import Forward

PROJECT = """
name: deep-insight
config:
  aws:region:
    value: ap-northeast-2
  deep-insight:imageBuilder: {type: string, default: docker}
  deep-insight:executorArchitecture: {type: string, default: arm64}
  deep-insight:executorCpu: {type: integer, default: 2048}
  deep-insight:model: {type: string, default: global.anthropic.claude-sonnet-5}
"""
AVAILABLE = {
    "modelId": "anthropic.claude-sonnet-5",
    "agreementAvailability": {"status": "AVAILABLE"},
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}


ROLE = """<GetRoleResponse><GetRoleResult><Role><RoleName>AWSServiceRoleForECS</RoleName>
</Role></GetRoleResult></GetRoleResponse>"""


class Models:
    """The part of Bedrock's control plane that tells which models may be used."""

    def __init__(self) -> None:
        self.availability: dict[str, Any] = dict(AVAILABLE)
        self.profiles = {"global.anthropic.claude-sonnet-5"}

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """GetInferenceProfile and GetFoundationModelAvailability."""
        kind, _, name = request.environ["PATH_INFO"].lstrip("/").partition("/")
        if kind == "inference-profiles":
            if name not in self.profiles:
                return json_error("ResourceNotFoundException", 404)
            return json_answer({"inferenceProfileId": name, "status": "ACTIVE", "models": []})
        return json_answer(self.availability)


class Quotas:
    """Service Quotas, with values that a test sets."""

    def __init__(self) -> None:
        self.values = {
            "L-3032A538": 64.0,
            "L-F678F1CE": 5.0,
            "L-0263D0A3": 5.0,
            "L-3E5722B2": 2500.0,
        }
        self.refuses = False

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """GetServiceQuota."""
        if self.refuses:
            return json_answer({"__type": "AccessDeniedException", "message": "no"}, 400)
        length = int(request.environ.get("CONTENT_LENGTH") or 0)
        code = json.loads(request.environ["wsgi.input"].read(length))["QuotaCode"]
        return json_answer({"Quota": {"QuotaCode": code, "Value": self.values[code]}})


class Iam:
    """IAM with ECS's service-linked role, unless a test says something else."""

    def __init__(self) -> None:
        self.code = ""

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """GetRole."""
        if self.code:
            body = f"<ErrorResponse><Error><Code>{self.code}</Code></Error></ErrorResponse>"
            return xml_answer(body, 404 if self.code == "NoSuchEntity" else 403)
        return xml_answer(ROLE)


class Traces:
    """X-Ray's setting of where trace segments go, with values that a test sets."""

    def __init__(self) -> None:
        self.destination, self.status = "CloudWatchLogs", "ACTIVE"

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """GetTraceSegmentDestination."""
        return json_answer({"Destination": self.destination, "Status": self.status})


def json_error(code: str, status: int) -> Answer:
    answer = json_answer({"message": "no such thing"}, status)
    answer.headers.append(("x-amzn-ErrorType", code))
    return answer


@pytest.fixture
def models(account: Account) -> Models:
    """Bedrock of the account."""
    models = Models()
    account.add_operations("bedrock", models)
    return models


@pytest.fixture
def quotas(account: Account) -> Quotas:
    """Service Quotas of the account."""
    quotas = Quotas()
    account.add_operations("servicequotas", quotas)
    return quotas


@pytest.fixture
def iam(account: Account) -> Iam:
    """IAM of the account."""
    iam = Iam()
    account.add_operations("iam", iam)
    return iam


@pytest.fixture
def traces(account: Account) -> Traces:
    """X-Ray of the account."""
    traces = Traces()
    account.add_operations("xray", traces)
    return traces


def program(folder: Path, name: str, script: str) -> None:
    """A command that a person would have installed."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


RunDoctor = Callable[..., tuple[int, str]]


@pytest.fixture
def run_doctor(
    traces: Traces,
    iam: Iam,
    tmp_path: Path,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> RunDoctor:
    """Runs `doctor` in a project, on a machine that has everything."""
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / ".venv/lib/python3.11/site-packages/pulumi_aws").mkdir(parents=True)
    (tmp_path / "components").mkdir()
    table = Path(doctor.__file__).parents[1] / "components" / "agentcore_zones.json"
    (tmp_path / "components" / "agentcore_zones.json").write_bytes(table.read_bytes())
    programs = tmp_path / "bin"
    programs.mkdir()
    emulators = tmp_path / "binfmt_misc"
    emulators.mkdir()
    for name in ("qemu-aarch64", "qemu-x86_64"):
        (emulators / name).touch()
    program(programs, "docker", "echo 27.1.0")
    program(programs, "pulumi", 'case "$1" in version) echo v3.272.0;; whoami) echo me;; esac')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine_checks, "_EMULATORS", emulators)
    # A busy machine must not decide what these tests see.
    monkeypatch.setattr(findings, "DEADLINE_SECONDS", 120.0)
    monkeypatch.setattr(machine_checks, "COMMAND_SECONDS", 110.0)
    monkeypatch.setitem(account_checks.QUICK, "read_timeout", 110)
    for name, value in environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)

    def run(*arguments: str, path: str = f"{programs}:/bin:/usr/bin") -> tuple[int, str]:
        monkeypatch.setenv("PATH", path)
        code = main(["doctor", *arguments])
        return code, capsys.readouterr().out

    return run


def test_a_machine_and_an_account_that_have_everything_pass(
    run_doctor: RunDoctor, models: Models, quotas: Quotas
) -> None:
    code, said = run_doctor()
    assert (code, "FAILED" in said) == (0, False), said
    assert "zones       ap-northeast-2: apne2-az1, apne2-az2, apne2-az3" in said
    assert "sessions    2500 sessions of AgentCore at once" in said
    assert "fargate     64 vCPU of Fargate (on_demand): 32 executors of 2 at once" in said
    assert "model       global.anthropic.claude-sonnet-5" in said
    assert "traces      Transaction Search is on in ap-northeast-2" in said
    assert "ok      ecs         AWSServiceRoleForECS" in said
    assert "Everything that is needed is there." in said


def test_without_anything_installed_and_without_credentials_it_says_so(
    run_doctor: RunDoctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, said = run_doctor(path=str(tmp_path))
    assert code == 1
    assert "Docker is not installed" in said
    assert "see pulumi.com/docs/install" in said
    assert "credentials No AWS credentials were found" in said
    assert "skipped account" in said
    assert said.endswith("checks failed.\n")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("aws:region: mars-east-1", "set aws:region to one of ap-northeast-1"),
        ("deep-insight:availabilityZoneIds: [apne2-az9]", "two or more of apne2-az1, apne2-az2"),
        ("deep-insight:model: eu.nobody.nothing", "eu.nobody.nothing is not offered in"),
        (
            "deep-insight:executorCpu: 131072",
            "ask for more in Service Quotas (fargate, L-3032A538)",
        ),
        ("deep-insight:allowedAccountIds: ['999999999999']", "not of an account in allowed"),
    ],
)
def test_settings_that_the_account_cannot_serve_are_named(
    run_doctor: RunDoctor,
    models: Models,
    quotas: Quotas,
    tmp_path: Path,
    settings: str,
    sentence: str,
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  {settings}\n")
    code, said = run_doctor("--stack", "dev")
    assert code == 1
    assert sentence in said


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("regionAvailability", "NOT_AVAILABLE", "is not available in ap-northeast-2"),
        ("agreementAvailability", {"status": "NOT_AVAILABLE"}, "accept its terms"),
        ("authorizationStatus", "NOT_AUTHORIZED", "ask for bedrock:InvokeModel"),
        ("entitlementAvailability", "NOT_AVAILABLE", "request it in the Bedrock console"),
    ],
)
def test_a_model_that_may_not_be_used_is_named_with_the_way_to_it(
    account: Account,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    models: Models,
    member: str,
    value: Any,
    sentence: str,
) -> None:
    for name, setting in environment.items():
        monkeypatch.setenv(name, setting)
    models.availability[member] = value
    finding = account_checks.check_model(
        AwsClients(account.region), "global.anthropic.claude-sonnet-5"
    )
    assert finding.state is findings.State.FAILED
    assert sentence in f"{finding.text}; {finding.advice}"


@pytest.mark.parametrize(
    ("destination", "status", "sentence"),
    [
        ("XRay", "ACTIVE", "Transaction Search is off in ap-northeast-2"),
        ("CloudWatchLogs", "PENDING", "Transaction Search is PENDING"),
    ],
)
def test_traces_that_cannot_be_delivered_are_told_before_the_deployment(
    run_doctor: RunDoctor,
    models: Models,
    quotas: Quotas,
    traces: Traces,
    tmp_path: Path,
    destination: str,
    status: str,
    sentence: str,
) -> None:
    traces.destination, traces.status = destination, status
    code, said = run_doctor("--stack", "dev")
    assert code == 1
    assert sentence in said
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  deep-insight:traces: false\n")
    code, said = run_doctor("--stack", "dev")
    assert (code, "Transaction Search" in said) == (0, False)


def test_subnets_of_an_existing_vpc_are_compared_with_the_account(
    run_doctor: RunDoctor, models: Models, quotas: Quotas, account: Account, tmp_path: Path
) -> None:
    ec2 = account.client("ec2", "client")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = {}
    for number, name in enumerate(("ap-northeast-2a", "ap-northeast-2b")):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=name)[
            "Subnet"
        ]
        subnets[made["AvailabilityZoneId"]] = made["SubnetId"]

    def doctor_of(listed: dict[str, str]) -> tuple[int, str]:
        existing = json.dumps({"vpcId": vpc, "privateSubnetIds": listed})
        file = tmp_path / "Pulumi.dev.yaml"
        file.write_text(f"config:\n  deep-insight:existingVpc: {existing}\n")
        return run_doctor("--stack", "dev")

    code, said = doctor_of(subnets)
    assert (code, "FAILED" in said) == (0, False), said
    (first, one), (second, two) = subnets.items()
    code, said = doctor_of({first: two, second: "subnet-elsewhere"})
    assert code == 1
    assert f"{two} is in {second}, not in {first}" in said
    assert f"subnet-elsewhere is not in {vpc}" in said
    assert one not in said


def test_an_account_that_may_run_no_session_is_told_how_to_get_some(
    run_doctor: RunDoctor, models: Models, quotas: Quotas
) -> None:
    quotas.values["L-3E5722B2"] = 0.0
    code, said = run_doctor()
    assert code == 1
    assert "0 sessions of AgentCore at once" in said
    assert "Service Quotas (bedrock-agentcore, L-3E5722B2)" in said


def test_addresses_that_the_nat_gateways_lack_are_a_warning(
    run_doctor: RunDoctor, models: Models, quotas: Quotas, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  deep-insight:nat: per-az\n")
    quotas.values["L-0263D0A3"] = 1.0
    code, said = run_doctor("--stack", "dev")
    assert code == 0
    assert "0 of 1 elastic addresses are used; a new stack takes 2" in said
    assert "set nat to none" in said


def test_quotas_that_may_not_be_asked_are_a_warning(
    run_doctor: RunDoctor, models: Models, quotas: Quotas
) -> None:
    quotas.refuses = True
    code, said = run_doctor()
    assert code == 0
    assert "not checked (AccessDeniedException)" in said


def test_an_engine_that_does_not_answer_and_a_missing_login_are_told_apart(
    run_doctor: RunDoctor, models: Models, quotas: Quotas, tmp_path: Path
) -> None:
    program(tmp_path / "bin", "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    program(
        tmp_path / "bin",
        "pulumi",
        'case "$1" in version) echo v3.272.0;; *) echo "error: not logged in" >&2; exit 255;; esac',
    )
    code, said = run_doctor()
    assert code == 1
    assert "the Docker engine cannot be reached (Cannot connect to the Docker daemon)" in said
    assert "run: pulumi login" in said


@pytest.mark.parametrize(
    ("version", "code", "sentence"),
    [
        ("v3.271.9", 1, "v3.271.9 is too old, 3.272 is the oldest that does"),
        ("v2.999.0", 1, "v2.999.0 is too old"),
        ("v3.272.0", 0, "ok      pulumi      v3.272.0, logged in as me"),
        ("v3.1000.0-alpha.1", 0, "ok      pulumi      v3.1000.0-alpha.1, logged in as me"),
        ("v4.0.0", 0, "ok      pulumi      v4.0.0, logged in as me"),
        ("built here", 0, "its version is not checked; it must be 3.272 or newer"),
    ],
)
def test_a_pulumi_that_is_too_old_is_told(
    run_doctor: RunDoctor,
    models: Models,
    quotas: Quotas,
    tmp_path: Path,
    version: str,
    code: int,
    sentence: str,
) -> None:
    script = f'case "$1" in version) echo {version};; whoami) echo me;; esac'
    program(tmp_path / "bin", "pulumi", script)
    ended, said = run_doctor()
    assert (ended, sentence in said) == (code, True), said


def test_the_workflows_and_the_page_name_the_oldest_pulumi_that_doctor_accepts() -> None:
    root = Path(doctor.__file__).parents[1]
    least = ".".join(map(str, machine_checks.LEAST_PULUMI))
    assert f"{least} or newer" in (root / "docs" / "deploy.md").read_text(encoding="utf-8")
    for name in ("preview", "deploy-stack"):
        workflow = (root / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
        assert f"pulumi-version: {least}." in workflow


@pytest.mark.parametrize(
    ("machine", "architecture", "missing", "sentence"),
    [
        ("x86_64", "x86_64", "qemu-aarch64", "binfmt --install arm64"),
        ("aarch64", "x86_64", "qemu-x86_64", "binfmt --install amd64"),
        ("x86_64", "x86_64", "qemu-x86_64", ""),
        ("aarch64", "arm64", "qemu-x86_64", ""),
    ],
)
def test_an_image_for_another_processor_needs_its_emulation(
    run_doctor: RunDoctor,
    models: Models,
    quotas: Quotas,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    architecture: str,
    missing: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: machine)
    (tmp_path / "binfmt_misc" / missing).unlink()
    (tmp_path / "Pulumi.dev.yaml").write_text(
        f"config:\n  deep-insight:executorArchitecture: {architecture}\n"
    )
    code, said = run_doctor("--stack", "dev")
    assert code == 0, said
    assert ("warning docker" in said) is bool(sentence)
    assert sentence in said


@pytest.mark.parametrize(
    ("error", "sentences"),
    [
        (
            "NoSuchEntity",
            ["ECS was never used", "create-service-linked-role --aws-service-name ecs.amazonaws"],
        ),
        ("AccessDenied", ["not checked (AccessDenied)", "ask for iam:GetRole"]),
        ("InvalidAction", ["not checked (InvalidAction)", "try again"]),
    ],
)
def test_an_account_that_never_used_ecs_is_a_warning(
    run_doctor: RunDoctor,
    models: Models,
    quotas: Quotas,
    iam: Iam,
    error: str,
    sentences: list[str],
) -> None:
    iam.code = error
    code, said = run_doctor()
    assert code == 0
    assert "warning ecs         AWSServiceRoleForECS" in said
    assert [sentence for sentence in sentences if sentence not in said] == []


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("Pulumi.dev.yaml", "config: [", "Pulumi.dev.yaml cannot be read"),
        ("Pulumi.dev.yaml", None, "There is no Pulumi.dev.yaml"),
        ("components/agentcore_zones.json", "{", "the check itself broke (JSONDecodeError"),
    ],
)
def test_a_broken_project_is_one_line_and_no_traceback(
    run_doctor: RunDoctor,
    models: Models,
    quotas: Quotas,
    tmp_path: Path,
    file: str,
    content: str | None,
    sentence: str,
) -> None:
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_text(content)
    code, said = run_doctor("--stack", "dev")
    assert code == 1
    assert sentence in said
