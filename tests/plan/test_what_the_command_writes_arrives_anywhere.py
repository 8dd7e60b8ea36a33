"""The command's files and its terminal: the same in every run, and told when they cannot be had."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from plan import command_line
from plan.command_line import main
from plan.network import VPC
from plan.project import ROOT
from plan.report import tree
from tests.recorded_stacks import recorded_stack

INTO = (
    "import sys; from pathlib import Path; from plan import command_line;"
    " command_line.OUTPUT = Path(sys.argv[1]); sys.exit(command_line.main(sys.argv[2:]))"
)


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the command writes, instead of the project's folder; not there yet."""
    monkeypatch.setattr(command_line, "OUTPUT", tmp_path / "out")
    monkeypatch.setattr(command_line, "record", lambda *_: recorded_stack("dev"))
    return tmp_path / "out"


def start(folder: Path, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", INTO, str(folder), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
    )


def shell(line: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """The command in a shell, which can close and redirect what it prints to."""
    return subprocess.run(
        ["bash", "-c", line.replace("plan", f"{sys.executable} -m plan", 1)],
        capture_output=True,
        timeout=120,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
    )


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "1", tmp_path / "2"]
    runs = [start(folder, "dev", PYTHONHASHSEED=folder.name) for folder in folders]
    printed = [run.communicate(timeout=120)[0].replace(b"/2/", b"/1/") for run in runs]
    assert printed[0] == printed[1]
    for name in ("plan-dev.json", "plan-dev.svg", "plan-dev.mmd"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_the_tree_counts_as_the_proofs_do() -> None:
    recording = recorded_stack("dev")
    custom = sum(item.custom for item in recording.sorted())
    count = len(recording.resources)
    assert tree(recording)[-1] == (
        f"{custom} resources in {count - custom} components, {count} in all"
    )


def test_an_output_folder_that_is_a_file(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output.write_text("mine")
    told(capsys, f"plan: {output} is no folder; move it away, then run this again.\n")


def test_an_output_folder_that_is_a_dangling_link(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output.symlink_to("/nonexistent/out")
    told(capsys, f"plan: {output} is no folder; move it away, then run this again.\n")


def test_a_file_that_is_a_folder(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (output / "plan-dev.svg").mkdir(parents=True)
    told(
        capsys,
        f"plan: {output}/plan-dev.svg cannot be written: Is a directory;"
        " move it away, then run this again.\n",
    )


def test_a_file_that_is_a_dangling_link(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output.mkdir()
    (output / "plan-dev.mmd").symlink_to("/nonexistent/plan")
    told(
        capsys,
        f"plan: {output}/plan-dev.mmd cannot be written: No such file or directory;"
        " move it away, then run this again.\n",
    )


def test_a_file_without_the_right_to_write(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(path: Path, *_arguments: object, **_options: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_text", refuses)
    told(
        capsys,
        f"plan: {output}/plan-dev.json cannot be written: Permission denied;"
        f" see that you may write {output} and that it has room, then run this again.\n",
    )


def test_a_folder_that_may_not_be_made(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(path: Path, *_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuses)
    told(
        capsys,
        f"plan: {output} cannot be written: Permission denied;"
        f" see that you may write {output.parent} and that it has room, then run this again.\n",
    )


def told(capsys: pytest.CaptureFixture[str], sentence: str) -> None:
    assert main(["dev"]) == 1
    assert capsys.readouterr() == ("", sentence)


def test_a_terminal_without_unicode_shows_the_rest() -> None:
    done = shell("plan dev", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ExecutorCluster executor" in done.stdout


def test_json_stays_json_where_its_characters_cannot_be_shown(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = recorded_stack("dev")
    korean = whole.change_inputs(whole.one(VPC).urn, tags={"owner": "데이터"})
    monkeypatch.setattr(command_line, "record", lambda *_: korean)
    assert main(["dev", "--json"]) == 0
    printed = capsys.readouterr().out
    written = (output / "plan-dev.json").read_text(encoding="utf-8")
    assert printed.isascii()
    assert "데이터" in written
    assert json.loads(printed) == json.loads(written)


def test_closed_streams_change_nothing_but_what_is_seen() -> None:
    done = shell("plan dev <&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_bad_input_with_closed_streams_is_still_bad_input() -> None:
    done = shell("plan nothing 2>&-")
    assert (done.returncode, done.stdout) == (2, b"")


def test_a_reader_that_leaves_early_is_no_failure() -> None:
    done = shell("plan dev | head -c 1; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_behind_the_terminal_is_told() -> None:
    done = shell("plan dev >/dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        b"plan: the plan cannot be printed: No space left on device;"
        b" send it elsewhere, or read it in out/plan-dev.json.\n"
    )
