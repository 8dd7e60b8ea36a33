"""Small talk is answered by the coordinator alone."""

from tests.agent_runtime.running_runtime import Runtime, request, types


def test_small_talk_completes_with_an_answer_and_no_plan(chatting_runtime: Runtime) -> None:
    events = chatting_runtime.session().events(**request([], prompt="Hello!"))
    assert events[-1]["type"] == "completed"
    assert events[-1]["answer"] == "Hello, what shall I analyse?"
    assert events[-1]["artifacts"] == []
    assert "summary" not in events[-1]
    assert "plan" not in types(events)
    assert [e["agent"] for e in events if e["type"] == "step_started"] == ["coordinator"]


def test_the_usage_of_the_only_agent_is_the_total(chatting_runtime: Runtime) -> None:
    events = chatting_runtime.session().events(**request([], prompt="Hello!"))
    usage = events[-1]["usage"]
    assert usage["total"] == usage["agents"]["coordinator"]
    assert usage["total"] == {
        "input_tokens": 10,
        "output_tokens": 5,
        "cache_read_tokens": 3,
        "cache_write_tokens": 2,
    }
