"""GitHub workflows: actions by commit, and no rights but those that a job names."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(".github/workflows")
FILES = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"uses: (?:[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/\S+)$")


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
