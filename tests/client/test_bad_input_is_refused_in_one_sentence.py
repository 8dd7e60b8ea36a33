"""What a person sees for input that cannot work: one sentence, exit code 2, nothing started."""

import os
import socket
from pathlib import Path

import pytest

from tests.client.commands import RunClient
from tests.client.stand_in_runtime import StandInRuntime

Arguments = list[str]


@pytest.fixture
def run_client(call_client: RunClient) -> RunClient:
    """In this process."""
    return call_client


@pytest.fixture
def folder(tmp_path: Path, data: Path) -> Path:
    """A folder with files of every bad kind; commands run in it."""
    data.rename(tmp_path / "good.csv")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.csv" / "good.csv").write_text("a\n1\n")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.csv"], "'missing.csv' does not exist; check the path"),
        (["folder.csv"], "'folder.csv' is a folder; name the files in it"),
        (["empty.csv"], "'empty.csv' is empty; give a file with a header and rows"),
        (["pipe.csv"], "'pipe.csv' is not a regular file; save the data to a file"),
        (["loop.csv"], "'loop.csv' cannot be read"),
        (["good.csv\x1b[2J"], "'good.csv' does not exist; check the path"),
        (["x" * 300], "cannot be read (File name too long)"),
        (["good.csv", "./good.csv"], "'good.csv' is given twice; give each file once"),
        (["good.csv"] * 21, "21 files are too many"),
        (["good.csv", "--language", "fr"], "'fr' is not one of 'ko', 'en'"),
        (["good.csv", "--out", "mine"], "holds 'thesis.txt', which is no result of deep-insight"),
        (["good.csv", "--out", "good.csv"], "is a file, not a folder"),
        (["good.csv", "--out", "good.csv/out"], "lies below the file"),
        (["good.csv", "--out", "."], "name a folder in it"),
        (["good.csv", "--out", "/proc/out"], "cannot be written"),
        (["good.csv", "--review"], "--review asks questions and needs a terminal"),
        (["good.csv", "--review-timeout", "0"], "'--review-timeout'"),
        (["good.csv", "--on-review-timeout", "no"], "'no' is not one of 'approve', 'cancel'"),
        (["good.csv", "--runtime", "ftp://x"], "--runtime 'ftp://x' is not the address"),
        (["good.csv", "--runtime", "localhost:80"], "--runtime 'localhost:80' is not the address"),
        (["good.csv", "--runtime", "http://[::1"], "is not the address of a runtime"),
        (["good.csv", "--prompt", " \n "], "The prompt is empty; ask a question"),
        (["good.csv", "--prompt", "x" * 10_001], "at most 10000 are accepted"),
        ([], "Missing argument 'FILE'"),
        (["good.csv", "--nonsense"], "No such option: --nonsense"),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(
    folder: Path, run_client: RunClient, arguments: Arguments, sentence: str
) -> None:
    before = sorted(folder.rglob("*"))
    done = run_client("analyze", *["--prompt", "report", *arguments])
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert sentence in line
    assert "\x1b" not in line
    assert done.stdout == ""
    assert sorted(folder.rglob("*")) == before


def test_a_prompt_is_required(folder: Path, run_client: RunClient) -> None:
    done = run_client("analyze", "good.csv")
    assert done.returncode == 2
    assert "Missing option '--prompt'" in done.stderr


def test_a_file_in_the_folder_that_is_replaced_is_refused(
    runtime: StandInRuntime, folder: Path, run_client: RunClient
) -> None:
    command = ["analyze", "--prompt", "report", "--runtime", runtime.url, "--out", "out"]
    assert run_client(*command, "good.csv").returncode == 0
    done = run_client(*command, "out/calculations.json")
    assert done.returncode == 2
    assert "which this run replaces" in done.stderr


def test_what_the_runtime_refuses_is_said_in_its_words(
    runtime: StandInRuntime, folder: Path, run_client: RunClient
) -> None:
    done = run_client(
        "analyze", "good.csv", "--prompt", "refused", "--runtime", runtime.url, "--out", "out"
    )
    assert done.returncode == 2
    assert done.stderr == "error: The data is outside the data roots.\n"
    assert not (folder / "out").exists()
    assert not (folder / "out.last-run").exists()


def test_a_runtime_that_is_not_there_is_exit_code_5(folder: Path, run_client: RunClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        done = run_client("analyze", "good.csv", "--prompt", "report", "--runtime", url)
    assert done.returncode == 5
    (line,) = done.stderr.splitlines()
    assert f"No agent runtime answers at {url}" in line
    assert not list(folder.glob("*report*"))


def test_a_server_that_is_no_runtime_is_exit_code_5(
    runtime: StandInRuntime, folder: Path, run_client: RunClient
) -> None:
    done = run_client(
        "analyze", "good.csv", "--prompt", "report", "--runtime", f"{runtime.url}/elsewhere"
    )
    assert done.returncode == 5
    assert "is not an agent runtime (GET /ping: 404)" in done.stderr


def test_attaching_to_nothing_is_refused(runtime: StandInRuntime, run_client: RunClient) -> None:
    done = run_client("attach", "short", "--runtime", runtime.url)
    assert done.returncode == 2
    assert "'short' is not a session id" in done.stderr
    unknown = "deep-insight-00000000-0000-0000-0000-000000000000"
    done = run_client("attach", unknown, "--runtime", runtime.url)
    assert done.returncode == 2
    assert done.stderr == f"error: Session '{unknown}' has no job.\n"


def test_help_teaches(run_client: RunClient) -> None:
    for command, example in (
        ([], "attach"),
        (["analyze"], 'analyze orders.csv --prompt "Which region sells most?"'),
        (["attach"], "attach deep-insight-5f0c... --runtime"),
    ):
        done = run_client(*command, "--help")
        assert done.returncode == 0
        assert example in done.stdout
        assert "5 the runtime cannot be reached" in " ".join(done.stdout.split())
