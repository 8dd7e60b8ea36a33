"""COPY and ADD against a context and its .dockerignore."""

from pathlib import Path

import pytest

from plan.dockerfile import copied_sources, missing_sources


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "draft.md").write_text("")
    (tmp_path / "requirements.txt").write_text("")
    return tmp_path


def dockerfile(context: Path, *lines: str) -> Path:
    path = context / "Dockerfile"
    path.write_text("FROM scratch\n" + "\n".join(lines) + "\n")
    return path


def test_stages_urls_and_flags_are_no_sources(context: Path) -> None:
    path = dockerfile(
        context,
        "COPY --from=build /venv /venv",
        "ADD https://example.com/x /x",
        "COPY --chown=1:1 requirements.txt \\",
        "     app /srv/",
        '# COPY "gone" /gone',
        'COPY ["notes", "/notes"]',
    )
    assert copied_sources(path) == ["requirements.txt", "app", "notes"]


def test_what_is_there_is_not_missing(context: Path) -> None:
    path = dockerfile(context, "COPY . /srv", "COPY app/*.py /srv/", "COPY requirements.txt /")
    assert missing_sources(path, context) == []


def test_what_is_absent_is_missing(context: Path) -> None:
    path = dockerfile(context, "COPY setup.py requirements.txt /srv/")
    assert missing_sources(path, context) == ["setup.py"]


def test_what_is_ignored_is_missing(context: Path) -> None:
    (context / ".dockerignore").write_text("*\n!app\n# a comment\n")
    path = dockerfile(context, "COPY requirements.txt /", "COPY app /srv", "COPY notes /notes")
    assert missing_sources(path, context) == ["requirements.txt", "notes"]


def test_a_folder_whose_content_is_brought_back_is_there(context: Path) -> None:
    (context / ".dockerignore").write_text("*\n!**/*.py\n")
    path = dockerfile(context, "COPY app /srv", "COPY notes /notes")
    assert missing_sources(path, context) == ["notes"]
