"""What a completed job leaves in `--out`, and what a job that did not complete leaves alone."""

import hashlib
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.commands import RunClient
from tests.client.stand_in_runtime import REPORT, StandInRuntime


@pytest.fixture
def run_client(call_client: RunClient) -> RunClient:
    """In this process."""
    return call_client


@pytest.fixture
def analyze(runtime: StandInRuntime, run_client: RunClient, data: Path) -> RunClient:
    """`analyze` with a prompt, against the scripted runtime."""

    def run(prompt: str) -> "subprocess.CompletedProcess[str]":
        where = ("--runtime", runtime.url, "--out", "out")
        return run_client("analyze", data, "--prompt", prompt, *where)

    return run


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_report_arrives_with_its_record(analyze: RunClient, tmp_path: Path) -> None:
    done = analyze("report")
    assert done.returncode == 0, done.stderr
    found = contents(tmp_path / "out")
    assert {name: found[name] for name in REPORT} == REPORT
    assert set(found) - set(REPORT) == {"events.ndjson", "usage.json", ".deep-insight.json"}
    usage = json.loads(found["usage.json"])
    assert usage["usage"]["total"]["input_tokens"] == 7
    assert usage["model_provider"] == "offline"
    marker = json.loads(found[".deep-insight.json"])
    assert marker["status"] == "completed"
    listed = {entry["path"]: entry["sha256"] for entry in marker["files"]}
    del found[".deep-insight.json"]
    assert listed == {name: hashlib.sha256(raw).hexdigest() for name, raw in found.items()}
    assert not (tmp_path / "out.last-run").exists()


def test_the_end_says_where_things_are(analyze: RunClient) -> None:
    lines = analyze("report").stdout.splitlines()
    assert "report     out/report.pdf" in lines
    assert "           out/report.docx" in lines
    assert "citations  2 of 3 verified  (out/citations.json)" in lines
    assert "charts     1  (out/charts)" in lines
    assert "not answered: 고객 만족도 (no such column)" in lines


def test_a_new_result_replaces_an_earlier_one_whole(analyze: RunClient, tmp_path: Path) -> None:
    assert analyze("report").returncode == 0
    first = contents(tmp_path / "out")
    assert analyze("report").returncode == 0
    second = contents(tmp_path / "out")
    assert first["events.ndjson"] != second["events.ndjson"]
    assert set(first) == set(second)
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == ["out"]


@pytest.mark.parametrize(
    ("prompt", "code", "sentence"),
    [
        ("failing", 1, "error: orders.csv has no rows."),
        ("tampered", 1, "'report.pdf' arrived with other content than the runtime announced"),
        ("escaping", 1, "'../../escaped.pdf', which has no place in a result"),
        ("little", 1, "did not deliver report.pdf, report.docx, citations.json"),
    ],
)
def test_a_job_without_a_result_leaves_the_earlier_one_and_its_own_record(
    analyze: RunClient, tmp_path: Path, prompt: str, code: int, sentence: str
) -> None:
    assert analyze("report").returncode == 0
    earlier = contents(tmp_path / "out")
    done = analyze(prompt)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "The earlier result in out is unchanged." in done.stderr
    assert contents(tmp_path / "out") == earlier
    record = tmp_path / "out.last-run"
    types = [json.loads(line)["type"] for line in (record / "events.ndjson").open()]
    assert types[-1] in {"failed", "completed"}
    assert not (tmp_path / "escaped.pdf").exists()


def test_a_result_after_a_failure_leaves_no_record_of_the_failure(
    analyze: RunClient, tmp_path: Path
) -> None:
    assert analyze("failing").returncode == 1
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "out.last-run").exists()
    assert analyze("report").returncode == 0
    assert not (tmp_path / "out.last-run").exists()


def test_a_direct_answer_is_printed_and_replaces_no_report(
    analyze: RunClient, tmp_path: Path
) -> None:
    assert analyze("report").returncode == 0
    earlier = contents(tmp_path / "out")
    done = analyze("answer")
    assert done.returncode == 0
    assert done.stdout.strip().splitlines() == ["Hello.", "Hi."]
    assert contents(tmp_path / "out") == earlier
    assert (tmp_path / "out.last-run" / "events.ndjson").exists()


def test_the_default_folder_is_named_after_the_first_file(
    runtime: StandInRuntime, run_client: RunClient, data: Path, tmp_path: Path
) -> None:
    done = run_client("analyze", data, "--prompt", "report", "--runtime", runtime.url)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "주문 데이터-report" / "report.pdf").exists()


def test_a_full_disk_is_one_sentence_and_leaves_the_earlier_result(
    analyze: RunClient,
    runtime: StandInRuntime,
    environment: dict[str, str],
    data: Path,
    tmp_path: Path,
) -> None:
    assert analyze("report").returncode == 0
    earlier = contents(tmp_path / "out")
    command = ["analyze", str(data), "--prompt", "report", "--runtime", runtime.url, "--out", "out"]
    done = subprocess.run(
        [sys.executable, "-m", "client", *command],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        # No file may grow beyond 1,000 bytes: the closest to a full disk that any user can make.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.returncode == 1
    assert "error: The result cannot be written:" in done.stderr
    assert "make room or choose another --out" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(tmp_path / "out") == earlier
