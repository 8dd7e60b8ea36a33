"""The digest of a build context changes exactly when the build's input does."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.build_context import BuildContextError, context_digest, context_files


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /app\n", encoding="utf-8")
    (tmp_path / "app.py").write_text("print(1)\n", encoding="utf-8")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "package" / "__pycache__").mkdir()
    (tmp_path / "package" / "__pycache__" / "module.pyc").write_bytes(b"\0")
    return tmp_path


def digest(context: Path, platform: str = "linux/arm64", **build_args: str) -> str:
    return context_digest(context, platform=platform, build_args=build_args)


def test_the_same_files_give_the_same_digest_whenever_they_were_written(context: Path) -> None:
    before = digest(context)
    os.utime(context / "app.py", (1, 1))

    assert digest(context) == before
    assert len(before) == 16


def test_a_changed_new_or_executable_file_gives_another_digest(context: Path) -> None:
    digests = {digest(context)}
    (context / "app.py").write_text("print(2)\n", encoding="utf-8")
    digests.add(digest(context))
    (context / "new.py").write_text("", encoding="utf-8")
    digests.add(digest(context))
    (context / "new.py").chmod(0o755)
    digests.add(digest(context))

    assert len(digests) == 4


def test_another_platform_or_build_argument_gives_another_digest(context: Path) -> None:
    assert len({digest(context), digest(context, "linux/amd64"), digest(context, VERSION="2")}) == 3


def test_what_dockerignore_names_does_not_count(context: Path) -> None:
    (context / ".dockerignore").write_text("# caches\n**/__pycache__\n*.md\n", encoding="utf-8")
    before = digest(context)
    (context / "README.md").write_text("text", encoding="utf-8")
    (context / "package" / "__pycache__" / "other.pyc").write_bytes(b"\1")

    assert digest(context) == before


@pytest.mark.parametrize(
    ("patterns", "kept"),
    [
        ("*", ["Dockerfile"]),
        ("*\n!app.py", ["Dockerfile", "app.py"]),
        ("package", ["Dockerfile", "app.py"]),
        ("/package/", ["Dockerfile", "app.py"]),
        ("**/*.py", ["Dockerfile", "package/__pycache__/module.pyc"]),
        ("*.py", ["Dockerfile", "package/__pycache__/module.pyc", "package/module.py"]),
        ("package/*\n!package/module.py", ["Dockerfile", "app.py", "package/module.py"]),
        ("[a-b]pp.p?", ["Dockerfile", "package/__pycache__/module.pyc", "package/module.py"]),
    ],
)
def test_patterns_mean_what_docker_takes_them_for(
    context: Path, patterns: str, kept: list[str]
) -> None:
    (context / ".dockerignore").write_text(patterns, encoding="utf-8")

    assert [path for path in context_files(context) if path != ".dockerignore"] == kept


@given(st.text(max_size=20).filter(lambda text: "\n" not in text and "\r" not in text))
def test_any_ignore_file_can_be_read(tmp_path_factory: pytest.TempPathFactory, line: str) -> None:
    context = tmp_path_factory.mktemp("context")
    (context / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    (context / ".dockerignore").write_text(line, encoding="utf-8")

    assert "Dockerfile" in list(context_files(context))


def test_a_context_that_cannot_be_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildContextError, match="has no Dockerfile"):
        digest(tmp_path)
    with pytest.raises(BuildContextError, match="is not a folder"):
        digest(tmp_path / "absent")
