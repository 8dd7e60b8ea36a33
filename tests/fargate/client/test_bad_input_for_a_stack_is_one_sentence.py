"""What cannot work with a deployed stack: one sentence, exit code 2 or 5, nothing started."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client import object_inputs
from client.cli import main
from tests.fargate.client.scripted_stack import ScriptedStack
from tests.fargate.stand_ins.faults import Refuse

Analyze = Callable[..., tuple[int, str]]
INVOKE = "bedrock-agentcore.InvokeAgentRuntime"


@pytest.fixture
def analyze(
    deployed: ScriptedStack,
    environment: dict[str, str],
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Analyze:
    """Runs `analyze` in the test's folder, where nothing is installed; code and messages."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def run(*arguments: str, prompt: str = "report") -> tuple[int, str]:
        where = arguments or ("--outputs", "outputs.json")
        code = main(["analyze", str(data), "--prompt", prompt, "--out", "out", *where])
        assert not deployed.runtime.requests
        assert not (tmp_path / "out.last-run").exists()
        return code, capsys.readouterr().err

    return run


def pulumi(tmp_path: Path, script: str) -> None:
    """A Pulumi CLI, in a project."""
    (tmp_path / "Pulumi.yaml").write_text("name: deep-insight\n")
    file = tmp_path / "bin" / "pulumi"
    file.parent.mkdir()
    file.write_text(f"#!{sys.executable}\n{script}\n")
    file.chmod(0o755)


def test_a_missing_cli_names_the_other_way(analyze: Analyze) -> None:
    code, said = analyze("--stack", "dev")
    assert code == 2
    assert "The Pulumi CLI is not installed" in said
    assert "--outputs" in said


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("import sys; sys.exit(\"error: no stack named 'dev' found\")", "There is no stack 'dev'"),
        ("import sys; sys.exit('error: passphrase must be set')", "failed: passphrase must be set"),
        ("print('{}')", "There are no outputs of stack 'dev'; deploy it first with: pulumi up"),
        ("print('[]')", "The outputs of stack 'dev' are not a JSON object"),
    ],
)
def test_what_the_cli_cannot_give_is_explained(
    analyze: Analyze, tmp_path: Path, script: str, sentence: str
) -> None:
    pulumi(tmp_path, script)
    code, said = analyze("--stack", "dev")
    assert (code, said.count("\n")) == (2, 1)
    assert sentence in said


def test_the_cli_is_asked_in_the_project_without_questions(
    deployed: ScriptedStack, analyze: Analyze, tmp_path: Path
) -> None:
    deployed.account.faults.add("s3.PutObject", Refuse("AccessDenied", status=403))
    outputs = json.dumps(deployed.outputs())
    pulumi(
        tmp_path, f"import sys, os; open('asked', 'w').write(repr(sys.argv)); print({outputs!r})"
    )
    code, said = analyze("--stack", "dev")
    assert (code, "S3 refused uploading" in said) == (2, True)
    assert (
        (tmp_path / "asked")
        .read_text()
        .endswith("'stack', 'output', '--json', '--non-interactive', '--stack', 'dev']")
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"region": None, "account_id": None}, "'outputs.json' lack region, account_id; update"),
        ({"region": "us-east-1"}, "runtime_arn is of region ap-northeast-2 and account"),
        ({"account_id": "999999999999"}, "region and account_id say ap-northeast-2 and 99999"),
        ({"runtime_arn": "arn:aws:s3:::x"}, "'arn:aws:s3:::x' is not the ARN of a runtime"),
        ({"artifacts_bucket": "../x"}, "'artifacts_bucket'"),
    ],
)
def test_outputs_that_cannot_be_used_name_what_is_wrong(
    deployed: ScriptedStack,
    analyze: Analyze,
    tmp_path: Path,
    changed: dict[str, Any],
    sentence: str,
) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(deployed.outputs(**changed)))
    code, said = analyze()
    assert (code, said.count("\n")) == (2, 1)
    assert sentence in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--outputs", "nowhere.json"), "--outputs 'nowhere.json' does not exist; write it with"),
        (("--outputs", "."), "--outputs '.' cannot be read (Is a directory)"),
        (("--outputs", "outputs.json", "--runtime", "http://x"), "name two places; give one"),
    ],
)
def test_options_that_lead_nowhere_are_refused(
    analyze: Analyze, arguments: tuple[str, ...], sentence: str
) -> None:
    code, said = analyze(*arguments)
    assert code == 2
    assert sentence in said


def test_no_credentials_is_said(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, said = analyze()
    assert code == 2
    assert "No AWS credentials were found; log in again" in said


def test_an_unknown_profile_is_named(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    code, said = analyze()
    assert code == 2
    assert "(nobody) could not be found; set AWS_PROFILE" in said


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("ExpiredToken", "The AWS credentials have expired; log in again"),
        ("InvalidClientTokenId", "AWS does not know these credentials (InvalidClientTokenId)"),
        ("AccessDenied", "AWS refused asking AWS who you are: refused; ask for this right"),
    ],
)
def test_credentials_that_do_not_work_are_explained(
    deployed: ScriptedStack, analyze: Analyze, error: str, sentence: str
) -> None:
    deployed.account.faults.add("sts.GetCallerIdentity", Refuse(error, status=403))
    code, said = analyze()
    assert code == 2
    assert sentence in said


def test_credentials_of_another_account_are_told_from_the_stacks(
    deployed: ScriptedStack, analyze: Analyze, tmp_path: Path
) -> None:
    other = "arn:aws:bedrock-agentcore:ap-northeast-2:999999999999:runtime/x-abcdefghij"
    outputs = deployed.outputs(account_id="999999999999", runtime_arn=other)
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    code, said = analyze()
    assert code == 2
    assert "The stack is in account 999999999999, and your credentials are of account 1234" in said


def test_a_bucket_that_is_not_the_stacks_is_refused(
    deployed: ScriptedStack, analyze: Analyze, tmp_path: Path
) -> None:
    deployed.account.faults.add(
        "s3.PutObject",
        Refuse("AccessDenied", status=403),
        where=lambda request: "HTTP_X_AMZ_EXPECTED_BUCKET_OWNER" in request.environ,
    )
    code, said = analyze()
    assert code == 2
    assert f"the bucket {deployed.stack.bucket} does not belong to account 123456789012" in said
    (tmp_path / "outputs.json").write_text(json.dumps(deployed.outputs(artifacts_bucket="no-such")))
    code, said = analyze()
    assert code == 2
    assert "The bucket no-such does not exist" in said


def test_a_file_over_the_limit_is_refused_before_anything_is_sent(
    deployed: ScriptedStack, analyze: Analyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_inputs, "MAX_INPUT_BYTES", 10)
    code, said = analyze()
    assert code == 2
    assert "bytes; at most 10" in said
    assert not deployed.account.calls.of("s3.PutObject", "client")


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("x" * 10_001, "at most 10000 are accepted"),
        ("Compare with /etc/other.csv.", "The prompt names '/etc/other.csv', which is not among"),
        ("s3://theirs/year=1/a.parquet를 분석해 줘", "'s3://theirs/year=1/a.parquet'"),
        (r"sum of ..\secret\a.xlsx", r"'..\secret\a.xlsx'"),
    ],
)
def test_a_prompt_that_cannot_be_served_is_refused(
    analyze: Analyze, prompt: str, sentence: str
) -> None:
    code, said = analyze(prompt=prompt)
    assert code == 2
    assert sentence in said


def test_a_runtime_that_does_not_exist_is_named(
    deployed: ScriptedStack, analyze: Analyze, tmp_path: Path
) -> None:
    gone = deployed.agentcore.arn.replace("deep_insight-", "deep_insight-gone")
    (tmp_path / "outputs.json").write_text(json.dumps(deployed.outputs(runtime_arn=gone)))
    code, said = analyze()
    assert code == 2
    assert f"There is no runtime {gone} with the endpoint DEFAULT in ap-northeast-2" in said
    assert len(deployed.account.calls.of(INVOKE)) == 1


def test_an_account_that_cannot_be_reached_is_exit_code_5(
    analyze: Analyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    code, said = analyze()
    assert code == 5
    assert "AWS cannot be reached for asking AWS who you are" in said
