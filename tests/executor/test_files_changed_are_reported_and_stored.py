from __future__ import annotations

import hashlib
from pathlib import Path

from tests.executor.conftest import StartExecutor
from tests.executor.running_executor import RunningExecutor, eventually


def test_made_changed_and_deleted_files_are_reported(executor: RunningExecutor) -> None:
    executor.run("open('artifacts/old', 'w').write('1'); open('artifacts/gone', 'w').close()")
    code = (
        "import os\nopen('artifacts/old', 'w').write('22')\nos.remove('artifacts/gone')\n"
        "os.makedirs('artifacts/charts', exist_ok=True)\n"
        "open('artifacts/charts/매출.svg', 'w').close()\n"
        "open('elsewhere', 'w').close()"
    )
    run = executor.run(code)
    assert run.finished["files_changed"] == [
        {
            "path": "artifacts/charts/매출.svg",
            "size": 0,
            "sha256": hashlib.sha256(b"").hexdigest(),
        },
        {"path": "artifacts/gone", "deleted": True},
        {"path": "artifacts/old", "size": 2, "sha256": hashlib.sha256(b"22").hexdigest()},
    ]
    assert executor.run("open('artifacts/old').read()").finished["files_changed"] == []
    for path in ("artifacts/old", "artifacts/charts/매출.svg", "elsewhere"):
        executor.run(f"os.remove({path!r})")


def test_a_dying_kernel_still_reports_its_files(executor: RunningExecutor) -> None:
    run = executor.run("open('artifacts/last', 'w').close()\nimport os; os._exit(1)")
    assert [change["path"] for change in run.finished["files_changed"]] == ["artifacts/last"]
    executor.request("DELETE", "/files/artifacts/last")


def test_changed_artifacts_are_copied_to_the_sink_and_all_of_them_before_the_end(
    start_executor: StartExecutor, tmp_path: Path
) -> None:
    sink = tmp_path / "sink"
    server = start_executor(ARTIFACT_SINK=sink.as_uri())
    server.run("open('artifacts/a.txt', 'w').write('first'); open('data/input', 'w').close()")
    eventually(lambda: (sink / "a.txt").exists(), "the artifact is stored before the end")
    assert (sink / "a.txt").read_text() == "first"
    server.run("open('artifacts/a.txt', 'w').write('second')")
    eventually(lambda: (sink / "a.txt").read_text() == "second", "the new content is stored")
    server.request("PUT", "/files/artifacts/deep/b.txt", b"uploaded")
    server.request("DELETE", "/files/artifacts/a.txt")
    server.run("open('artifacts/c.txt', 'w').write('x' * 10_000_000)")
    manifest = server.request("POST", "/session/close").json["artifacts"]
    stored = {str(path.relative_to(sink)): path for path in sink.rglob("*") if path.is_file()}
    assert sorted(stored) == ["c.txt", "deep/b.txt"]
    for entry in manifest:
        content = stored[entry["path"].removeprefix("artifacts/")].read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_an_artifact_that_cannot_be_stored_is_said_at_the_end(
    start_executor: StartExecutor, tmp_path: Path
) -> None:
    sink = tmp_path / "sink"
    sink.write_text("a file where the folder should be")
    server = start_executor(ARTIFACT_SINK=sink.as_uri())
    server.run("open('artifacts/a.txt', 'w').close()")
    answer = server.request("POST", "/session/close").json
    assert answer["not_stored"] == ["artifacts/a.txt"]
