import shutil
from pathlib import Path

import pytest

from tests.images.build_context import APPLICATIONS, ROOT, build_context
from tests.images.dockerfile import values

NOT_RUN = {"Dockerfile", ".dockerignore", "requirements.in", "README.md"}
JUNK = (
    ".env",
    ".git/config",
    "artifacts/report.pdf",
    "data/orders.csv",
    "tests/orders.csv",
    "deep/er/notes.txt",
    "__pycache__/settings.cpython-313.pyc",
    "deep/__pycache__/module.cpython-313.pyc",
    ".venv/lib/package.so",
    ".venv/lib/package.py",
    "tests/test_settings.py",
    "deep/__pycache__/odd.py",
    "id_rsa",
    "out/events.ndjson",
)


@pytest.mark.parametrize("application", APPLICATIONS)
def test_no_artifact_cache_secret_or_data_reaches_the_builder(
    application: str, tmp_path: Path
) -> None:
    folder = tmp_path / application
    shutil.copytree(ROOT / application, folder)
    for name in JUNK:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    assert not build_context(folder) & set(JUNK)


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_file_of_the_package_reaches_the_builder(application: str) -> None:
    folder = ROOT / application
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    expected = {
        path.as_posix()
        for path in files
        if "__pycache__" not in path.parts and path.name not in NOT_RUN
    }
    assert build_context(folder) == expected, f"name it in {application}/.dockerignore"


@pytest.mark.parametrize("application", APPLICATIONS)
def test_everything_a_dockerfile_copies_is_in_the_context(application: str) -> None:
    context = build_context(ROOT / application)
    for line in values(application, "COPY"):
        *sources, _target = (word for word in line.split() if not word.startswith("--"))
        if "--from" not in line:
            assert all(source == "." or source in context for source in sources)


def test_the_application_becomes_importable_under_its_own_name() -> None:
    for application in APPLICATIONS:
        assert f". /app/{application}/" in values(application, "COPY")
        assert values(application, "WORKDIR") == ["/app"]
