"""`--out` is refused before the job runs when something of the person's would be lost."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from client.errors import InputError, ResultError
from client.output_folder import OutputFolder


def publish(out: Path, name: str = "report.pdf", content: str = "ours") -> None:
    with OutputFolder(out) as folder:
        (folder.record / name).parent.mkdir(exist_ok=True)
        (folder.record / name).write_text(content)
        folder.publish()


def foreign_file(out: Path) -> None:
    out.mkdir()
    (out / "thesis.docx").write_text("years of work")


def foreign_folder_in_a_result(out: Path) -> None:
    publish(out)
    (out / "mine").mkdir()
    (out / "mine" / "notes.txt").write_text("mine")


def changed_report(out: Path) -> None:
    publish(out)
    (out / "report.pdf").write_text("annotated")


def forged_marker(out: Path) -> None:
    out.mkdir()
    (out / ".deep-insight.json").write_text('{"files": []}')
    (out / "thesis.docx").write_text("years of work")


def dangling_link(out: Path) -> None:
    out.mkdir()
    (out / "link").symlink_to("/nowhere")


def a_file(out: Path) -> None:
    out.write_text("not a folder")


def below_a_file(out: Path) -> None:
    out.parent.rmdir()
    out.parent.write_text("not a folder")


@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        (foreign_file, "holds 'thesis.docx', which is no result of deep-insight"),
        (foreign_folder_in_a_result, "holds 'mine/notes.txt', which is not part of the earlier"),
        (changed_report, "holds 'report.pdf', which was changed after it was made"),
        (forged_marker, "holds 'thesis.docx', which is no result of deep-insight"),
        (dangling_link, "holds 'link', which is no result of deep-insight"),
        (a_file, "is a file, not a folder"),
        (below_a_file, "lies below the file"),
    ],
)
def test_a_folder_with_other_content_is_refused(
    tmp_path: Path, arrange: Callable[[Path], None], sentence: str
) -> None:
    out = tmp_path / "parent" / "out"
    out.parent.mkdir()
    arrange(out)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=sentence) as refusal:
        OutputFolder(out)
    assert "choose another --out" in str(refusal.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("where", [".", "..", "/"])
def test_a_folder_that_the_person_is_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    with pytest.raises(InputError, match="name a folder in it"):
        OutputFolder(Path(where))


def test_a_folder_that_nobody_can_write_is_refused() -> None:
    # Not even root can make a folder there, on any Linux.
    with pytest.raises(InputError, match="cannot be written"), OutputFolder(Path("/proc/self/out")):
        raise AssertionError


def test_an_empty_folder_and_what_file_managers_leave_are_no_content(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "empty").mkdir(parents=True)
    (out / ".DS_Store").write_text("clutter")
    publish(out)
    assert (out / "report.pdf").read_text() == "ours"


def test_an_earlier_result_is_replaced_also_when_files_of_it_are_gone(tmp_path: Path) -> None:
    publish(tmp_path / "out", "매출.png")
    (tmp_path / "out" / "매출.png").unlink()
    publish(tmp_path / "out", "report.pdf")
    assert [p.name for p in sorted((tmp_path / "out").iterdir())] == [
        ".deep-insight.json",
        "report.pdf",
    ]


def test_a_record_that_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    record = tmp_path / "out.last-run"
    record.mkdir()
    marker = {"made_by": "deep-insight", "status": "running", "files": []}
    (record / ".deep-insight.json").write_text(json.dumps(marker))
    (record / "events.ndjson").write_text("half an ev")
    publish(tmp_path / "out")
    assert not record.exists()


def test_a_file_put_into_the_folder_during_the_run_survives(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OutputFolder(out) as folder:
        (folder.record / "report.pdf").write_text("ours")
        foreign_file(out)
        with pytest.raises(ResultError, match=r"stays in .*out.last-run"):
            folder.publish()
    assert (out / "thesis.docx").read_text() == "years of work"
    assert (folder.record / "report.pdf").read_text() == "ours"


def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    refused: list[str] = []

    def second() -> None:
        try:
            with OutputFolder(tmp_path / "out"):
                pass
        except InputError as error:
            refused.append(str(error))

    with OutputFolder(tmp_path / "out") as folder:
        (folder.record / "events.ndjson").write_text("{}\n")
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert (folder.record / "events.ndjson").read_text() == "{}\n"
    assert len(refused) == 1
    assert "Another run is writing" in refused[0]


def test_a_run_that_leaves_nothing_leaves_no_folder(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []
