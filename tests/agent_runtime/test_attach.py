"""Readers come and go; the job does not notice, and each reader sees every event once."""

import json
import threading
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agent_runtime.running_runtime import (
    Runtime,
    request,
    running_runtime,
    types,
    wait_until,
)
from tests.agent_runtime.scripted_model import Call, Hang, Say, ScriptedModels
from tests.agent_runtime.scripts import ORDERS, whole_job


def test_a_job_goes_on_without_a_reader_and_a_later_one_sees_every_event_once(
    tmp_path: Path,
) -> None:
    with running_runtime(tmp_path, ScriptedModels(whole_job())) as runtime:
        session = runtime.session()
        data = [runtime.write("orders.csv", ORDERS)]
        before = session.events_until("plan", **request(data))
        after = session.events(type="attach", after_event=before[-1]["seq"])
        everything = session.events(type="attach", after_event=0)
    assert [e["seq"] for e in before + after] == list(range(1, len(everything) + 1))
    assert before + after == everything
    assert everything[-1]["type"] == "completed"


def test_many_readers_see_the_same_events(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Say("Hello.")])
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        seen: list[list[str]] = []

        def read() -> None:
            seen.append(types(runtime.session(session.id).events(**request([]))))

        readers = [threading.Thread(target=read) for _ in range(8)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout=20)
    assert len(seen) == 8
    assert all(one == seen[0] for one in seen)
    assert seen[0].count("job_started") == 1


def test_the_same_request_again_attaches_and_another_one_is_a_conflict(
    chatting_runtime: Runtime,
) -> None:
    session = chatting_runtime.session()
    first = session.events(**request([], prompt="Hello!"))
    assert session.events(**request([], prompt="Hello!")) == first
    other = session.post(**request([], prompt="Something else"))
    assert (other.status_code, other.json()["error"]["code"]) == (409, "job_exists")


def test_status_says_what_a_session_does(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Call("handoff_to_planner", {"reason": "x"})], planner=[Hang()])
    with running_runtime(tmp_path, ScriptedModels(script)) as runtime:
        session = runtime.session()
        assert session.post(type="status").json() == {"status": "none", "last_event": 0}
        session.events_until("step_started", **request([]))
        assert session.post(type="status").json()["status"] == "running"
        session.post(type="cancel")
        session.wait_for_end()
        assert session.post(type="status").json()["status"] == "cancelled"


def test_the_least_recent_ended_job_gives_its_place_to_a_new_one(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Say("Hello.")] * 3 + [Hang(), Hang()])
    with running_runtime(
        tmp_path, ScriptedModels(script), DEEP_INSIGHT_LIMIT_SESSIONS="2"
    ) as runtime:
        sessions = [runtime.session() for _ in range(6)]
        for session in sessions[:3]:
            session.events(**request([]))
        assert sessions[0].post(type="status").json()["status"] == "none"
        for session in sessions[3:5]:
            session.events_until("step_started", **request([]))
        refused = sessions[5].post(**request([]))
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_jobs")


def test_the_events_are_also_written_to_a_file(tmp_path: Path) -> None:
    script = whole_job(coordinator=[Say("Hello.")])
    folder = tmp_path / "events"
    with running_runtime(
        tmp_path, ScriptedModels(script), DEEP_INSIGHT_LOCAL_EVENTS=str(folder)
    ) as runtime:
        session = runtime.session()
        events = session.events(**request([]))
        lines = wait_until(lambda: (folder / f"{session.id}.ndjson").read_text().splitlines())
    assert [json.loads(line) for line in lines] == events


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 6))
def test_attaching_from_any_event_gives_exactly_the_later_ones(
    chatting_runtime: Runtime, after: int
) -> None:
    session = chatting_runtime.session("attach-from-anywhere")
    everything = session.events(**request([], prompt="Hello!"))
    assert session.events(type="attach", after_event=after) == everything[after:]
