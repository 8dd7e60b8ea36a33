import re
import subprocess
import sys
from pathlib import Path

import pytest

from images.base import PYTHON_VERSION, RELEASE
from tests.images.build_context import APPLICATIONS, ROOT
from tests.images.dockerfile import instructions, values

PINNED = re.compile(
    r"PYTHON_IMAGE=python:(?P<minor>\d+\.\d+)\.\d+-slim-(?P<release>\w+)@sha256:[0-9a-f]{64}"
)
PLATFORM_WORDS = re.compile(r"arm64|aarch64|amd64|x86_64|--platform|TARGETARCH")


def test_both_images_stand_on_the_same_base_pinned_by_patch_version_and_digest() -> None:
    arguments = {tuple(values(application, "ARG")) for application in APPLICATIONS}
    assert len(arguments) == 1
    (argument,) = arguments.pop()
    assert PINNED.fullmatch(argument)


def test_the_stand_in_has_the_release_and_python_version_of_the_real_base() -> None:
    for application in APPLICATIONS:
        found = PINNED.fullmatch(values(application, "ARG")[0])
        assert found is not None
        assert (found["minor"], found["release"]) == (PYTHON_VERSION, RELEASE)


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_stage_stands_on_the_base_that_the_argument_names(application: str) -> None:
    assert {line.split()[0] for line in values(application, "FROM")} == {"${PYTHON_IMAGE}"}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_no_instruction_is_tied_to_one_platform(application: str) -> None:
    for name, rest in instructions(application):
        assert not PLATFORM_WORDS.search(rest), f"{name} {rest}"


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_linter_finds_nothing(application: str) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    file = ROOT / application / "Dockerfile"
    found = subprocess.run([linter, file], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")
