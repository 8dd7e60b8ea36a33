"""GitHub workflows: actions by commit, and no rights but those that a job names."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(".github/workflows")
FILES = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"uses: (?:[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/\S+)$")


HEAD = "0123456789abcdef0123456789abcdef01234567"
DEFAULT_SESSION_SECONDS = 3600
"""Of configure-aws-credentials with an OIDC token. Source: its README, Session duration."""


def workflow(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_with_its_version(path: Path) -> None:
    uses = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]

    assert uses
    assert all(PINNED.search(line) for line in uses), uses


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflow_starts_without_rights_and_each_job_names_its_own(path: Path) -> None:
    content = workflow(path)

    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert job["permissions"].keys() <= {"contents", "id-token", "pull-requests"}
        assert job["permissions"]["contents"] == "read"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_jobs_end_and_leave_no_credentials_in_the_checkout(path: Path) -> None:
    for job in workflow(path)["jobs"].values():
        if "steps" not in job:
            continue
        assert job["timeout-minutes"] <= 90
        (checkout,) = [s for s in job["steps"] if "actions/checkout" in s.get("uses", "")]
        assert checkout["with"]["persist-credentials"] is False


def test_no_long_lived_aws_keys_are_used() -> None:
    for path in FILES:
        assert "AWS_SECRET_ACCESS_KEY" not in path.read_text(encoding="utf-8")


def test_prod_follows_dev_and_waits_for_its_environment() -> None:
    jobs = workflow(FOLDER / "deploy.yml")["jobs"]

    assert (jobs["dev"]["needs"], jobs["prod"]["needs"]) == ("test", "dev")
    assert (jobs["dev"]["with"], jobs["prod"]["with"]) == ({"stack": "dev"}, {"stack": "prod"})
    up = workflow(FOLDER / "deploy-stack.yml")["jobs"]["up"]
    assert up["environment"] == "${{ inputs.stack }}"
    assert up["concurrency"]["cancel-in-progress"] is False


def test_each_stack_is_previewed_on_the_pull_request() -> None:
    preview = workflow(FOLDER / "preview.yml")["jobs"]["preview"]

    stacks = {path.name.split(".")[1] for path in Path().glob("Pulumi.*.yaml")}
    assert set(preview["strategy"]["matrix"]["stack"]) == stacks
    (step,) = [s for s in preview["steps"] if "pulumi/actions" in s.get("uses", "")]
    assert (step["with"]["command"], step["with"]["comment-on-pr"]) == ("preview", True)
    assert "head.repo.full_name" in preview["if"]


def steps_of_a_deployment() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = workflow(FOLDER / "deploy-stack.yml")["jobs"]["up"]["steps"]
    return steps


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_and_secret_is_on_the_page_about_deploying(path: Path) -> None:
    page = Path("docs/deploy.md").read_text(encoding="utf-8")
    names = re.findall(r"\b(?:vars|secrets)\.(\w+)", path.read_text(encoding="utf-8"))

    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_aws_credentials_last_as_long_as_their_job(path: Path) -> None:
    for job in workflow(path)["jobs"].values():
        for step in job.get("steps", []):
            if "configure-aws-credentials" in step.get("uses", ""):
                seconds = step["with"].get("role-duration-seconds", DEFAULT_SESSION_SECONDS)
                assert seconds >= job["timeout-minutes"] * 60


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (f"echo {HEAD}", 0, ""),
        ("echo fedcba", 1, f"refs/heads/main is at fedcba now, so {HEAD} is not deployed"),
        ("exit 1", 1, ""),
    ],
)
def test_a_commit_that_is_no_longer_the_head_is_not_deployed(
    tmp_path: Path, answer: str, code: int, said: str
) -> None:
    *_, check, up = steps_of_a_deployment()
    assert up["with"]["command"] == "up"
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n{answer}\n')
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": HEAD,
    }

    done = subprocess.run(
        ["bash", "-e", "-c", check["run"]], env=environment, capture_output=True, text=True
    )

    assert (done.returncode, said in done.stdout) == (code, True), done.stderr
    asked = (tmp_path / "asked").read_text()
    assert asked == "api repos/owner/name/git/ref/heads/main --jq .object.sha\n"


@pytest.mark.parametrize(
    ("config", "count"),
    [
        ("config: {}\n", "0"),
        ("config:\n  deep-insight:executorArchitecture: arm64\n", "0"),
        ("config:\n  deep-insight:executorArchitecture: x86_64\n", "1"),
        ('config:\n  "deep-insight:executorArchitecture": "x86_64"\n', "1"),
        ("config:\n  # deep-insight:executorArchitecture: x86_64\n", "0"),
    ],
)
def test_an_executor_for_x86_64_is_built_under_emulation(
    tmp_path: Path, config: str, count: str
) -> None:
    steps = steps_of_a_deployment()
    (asks,) = [step for step in steps if step.get("id") == "executor"]
    (emulation,) = [step for step in steps if "setup-qemu" in step.get("uses", "")]
    (tmp_path / "Pulumi.dev.yaml").write_text(config)
    output = tmp_path / "output"
    environment = {"PATH": os.environ["PATH"], "STACK": "dev", "GITHUB_OUTPUT": str(output)}

    subprocess.run(["bash", "-e", "-c", asks["run"]], env=environment, cwd=tmp_path, check=True)

    assert output.read_text() == f"x86_64={count}\n"
    assert emulation["if"] == "steps.executor.outputs.x86_64 != '0'"
    assert re.search(r"@sha256:[0-9a-f]{64}$", emulation["with"]["image"])
