"""Every problem of the keeper's environment is told at once, each with the way out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keeper.settings import VARIABLES, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/a"
LEAST = {"AWS_REGION": "eu-west-1", "KEEPER_STACK": "dev", "KEEPER_CLUSTER_ARN": CLUSTER}


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings({**LEAST, **changes})
    return caught.value.problems


def test_the_least_environment_keeps_no_pool_and_no_targets() -> None:
    settings = load_settings(LEAST)

    assert (settings.warm, settings.target_group_arn, settings.dry_run) == (None, None, False)
    assert settings.lifetime_seconds == 28800


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({})

    required = {name for name, variable in VARIABLES.items() if variable.required}
    assert {problem.split()[0] for problem in caught.value.problems} == required


def test_a_pool_needs_everything_that_starts_a_task() -> None:
    needed = {name for name, variable in VARIABLES.items() if variable.warm}

    found = problems(KEEPER_WARM_POOL_SIZE="2")

    assert {problem.split()[0] for problem in found} == needed
    assert all("KEEPER_WARM_POOL_SIZE is above 0" in problem for problem in found)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("KEEPER_WARM_POOL_SIZE", "many", "a whole number from 0 to 50"),
        ("KEEPER_WARM_POOL_SIZE", "51", "a whole number from 0 to 50"),
        ("KEEPER_LIFETIME_SECONDS", "-1", "a whole number from 60 to 604800"),
        ("KEEPER_CLUSTER_ARN", "my-cluster", "an ARN"),
        ("KEEPER_TARGET_GROUP_ARN", "targets", "an ARN"),
        ("KEEPER_DRY_RUN", "yes", "false or true"),
    ],
)
def test_a_wrong_value_is_quoted_with_what_is_allowed(name: str, value: str, advice: str) -> None:
    assert problems(**{name: value}) == [f"{name} is {value!r}; set it to {advice}."]


def test_a_misspelt_setting_is_not_ignored() -> None:
    assert problems(KEEPER_CLUSTR_ARN="x") == [
        "KEEPER_CLUSTR_ARN: there is no such setting; did you mean KEEPER_CLUSTER_ARN?"
    ]


def test_the_command_names_all_problems_and_exits_with_2() -> None:
    environment = {"PATH": os.environ["PATH"], "KEEPER_DRY_RUN": "maybe"}

    ended = subprocess.run(
        [sys.executable, "-m", "keeper", "--dry-run"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ended.returncode == 2
    assert "KEEPER_STACK is not set" in ended.stderr
    assert "KEEPER_DRY_RUN is 'maybe'" in ended.stderr
    assert "Traceback" not in ended.stderr
