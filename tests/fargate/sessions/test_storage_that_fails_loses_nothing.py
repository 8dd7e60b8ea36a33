"""S3 refuses, breaks off, is late, or lets a grant expire: every artifact still arrives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from agent_runtime.errors import ModelError
from agent_runtime.roles import Role
from tests.agent_runtime.running_runtime import Session, request
from tests.agent_runtime.scripted_model import Call, Fail, Say, ScriptedModels
from tests.agent_runtime.scripts import ORDERS, whole_job
from tests.fargate.sessions.deployed_runtime import Platform, phases
from tests.fargate.sessions.interrupted_job import InterruptedJob
from tests.fargate.stand_ins.answer import Answer
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.faults import (
    Forward,
    Refuse,
    ResetUpload,
    Slow,
    internal_error,
    reset,
)
from tests.fargate.stand_ins.polling import eventually

ARTIFACTS = {"calculations.json", "runs.txt"}


def puts_by_the_runtime(platform: Platform) -> list[str]:
    """Artifacts that the runtime itself had to carry."""
    calls = platform.account.calls.of("s3.PutObject", "runtime")
    keys = [str(call.parameters["Key"]) for call in calls]
    return sorted(key.rpartition("/")[2] for key in keys if "/artifacts/" in key)


def paths(job: InterruptedJob) -> set[str]:
    return {artifact["path"] for artifact in job.last["artifacts"]}


def test_uploads_that_fail_are_repeated_by_the_executor(platform: Platform, tmp_path: Path) -> None:
    faults = platform.account.faults
    met = [
        faults.add("s3.PostObject", internal_error()),
        faults.add("s3.PostObject", ResetUpload(after_bytes=100)),
        faults.add("s3.PostObject", Refuse("SlowDown", "Please reduce your request rate.", 503)),
        faults.add("s3.PostObject", Slow(0.3)),
    ]
    job = InterruptedJob(platform, short=True)
    job.run(tmp_path, lambda s: None)
    assert [fault.met for fault in met] == [1, 1, 1, 1]
    assert paths(job) == ARTIFACTS, str(job.last)
    assert puts_by_the_runtime(platform) == []


def test_what_the_executor_cannot_upload_is_fetched_and_stored_by_the_runtime(
    platform: Platform, tmp_path: Path
) -> None:
    refused = Refuse("AccessDenied", "Access Denied", 403)
    platform.account.faults.add("s3.PostObject", refused, times=None)
    job = InterruptedJob(platform, short=True)
    events = job.run(
        tmp_path, lambda s: None, route="alb", DEEP_INSIGHT_LIMIT_ARTIFACT_FLUSH_SECONDS="0.5"
    )
    assert paths(job) == ARTIFACTS, str(job.last)
    assert puts_by_the_runtime(platform) == sorted(ARTIFACTS)
    assert "artifact_missing" not in phases(events)
    assert "artifact_late" in phases(events)


class Hold:
    """The storage has taken nothing when the connection breaks, once `released`."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def apply(self, asked: AwsRequest, forward: Forward) -> Answer:
        self.released.wait(30)
        raise reset(asked.environ)


def test_an_execution_is_reported_once_its_artifacts_have_arrived_and_never_before(
    platform: Platform, tmp_path: Path
) -> None:
    """The executor is killed when it has ended the execution and the storage has nothing yet; the
    second time the storage is only slow."""
    hold = Hold()
    platform.account.faults.add("s3.PostObject", hold)
    platform.account.faults.add("s3.PostObject", Slow(0.3))
    made = Call("run_python", {"code": "open('artifacts/made.txt', 'w').write('made')"})
    enough = Fail(ModelError("The job is long enough."))
    models = ScriptedModels(whole_job(coder=[made, made, Say("Done.")], validator=[enough]))
    results: list[tuple[str, dict[str, bytes]]] = []
    with platform.runtime(tmp_path, models) as runtime:
        session = runtime.session()
        uri = runtime.upload(session, "orders.csv", ORDERS)
        events = []
        with session.stream(**request([uri])) as stream:
            for event in stream:
                events.append(event)
                if event["type"] == "artifact" and not hold.released.is_set():
                    platform.fargate.kill(platform.task_of(session.id))
                    hold.released.set()
                if event["type"] == "tool_finished" and event["tool"] == "run_python":
                    results.append((event["status"], platform.objects(session.id)))
        runtime.check_end(session, events)
    first, second = models.tool_results(Role.CODER)
    assert (first["status"], second["status"]) == ("kernel_died", "ok")
    assert "artifacts/made.txt" in first["notice"]
    assert results[1] == ("ok", {"made.txt": b"made"})


def test_a_grant_that_expired_is_waited_for_and_renewed(platform: Platform, tmp_path: Path) -> None:
    account = platform.account
    job = InterruptedJob(platform, short=True)

    def expire(session: Session) -> None:
        """What the code writes next meets an expired grant; then the clocks agree again."""
        account.clock.advance(60)
        before = len(account.calls.of("s3.PostObject"))
        job.go()
        eventually(lambda: len(account.calls.of("s3.PostObject")) > before, "an upload was tried")
        account.clock.offset = timedelta()

    job.run(tmp_path, expire, goes_on=False, DEEP_INSIGHT_GRANT_SECONDS="6")
    assert paths(job) == ARTIFACTS, str(job.last)
    assert puts_by_the_runtime(platform) == []


@pytest.mark.parametrize("minutes", [10, -10])
def test_clocks_that_differ_by_ten_minutes_change_nothing(
    platform: Platform, tmp_path: Path, minutes: int
) -> None:
    platform.account.clock.offset = timedelta(minutes=minutes)
    job = InterruptedJob(platform, short=True)
    job.run(tmp_path, lambda s: None)
    assert paths(job) == ARTIFACTS, str(job.last)


class Replace:
    """Somebody overwrites the object in the moment it is read."""

    def __init__(self, platform: Platform, body: bytes) -> None:
        self._platform = platform
        self._body = body

    def apply(self, asked: AwsRequest, forward: Forward) -> Answer:
        self._platform.account.client("s3", "client").put_object(
            Bucket=asked.parameters["Bucket"], Key=asked.parameters["Key"], Body=self._body
        )
        return forward()


OTHER_ROWS = ORDERS.replace("100", "999")


@pytest.mark.parametrize(
    ("sha256", "fault", "words"),
    [
        (None, lambda p: Refuse("NoSuchKey", "The specified key does not exist.", 404), "longer"),
        ("0" * 64, None, "changed after the job began"),
        ("right", lambda p: Replace(p, OTHER_ROWS.encode()), "changed after the job began"),
        (None, lambda p: Replace(p, OTHER_ROWS.encode()), "changed after the job began"),
    ],
)
def test_an_input_that_is_not_what_was_checked_ends_the_job(
    platform: Platform,
    tmp_path: Path,
    sha256: str | None,
    fault: Callable[[Platform], Refuse | Replace] | None,
    words: str,
) -> None:
    if fault is not None:
        platform.account.faults.add("s3.GetObject", fault(platform))
    with platform.runtime(tmp_path, ScriptedModels(whole_job())) as runtime:
        session = runtime.session()
        uri = runtime.upload(session, "orders.csv", ORDERS, sha256=sha256)
        events = session.events(**request([uri]))
        last = runtime.check_end(session, events)
    assert (last["type"], last["code"]) == ("failed", "data_error"), str(last)
    assert "The input 'orders.csv'" in last["reason"]
    assert words in last["reason"]
