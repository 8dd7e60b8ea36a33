"""A server that only chats, shared by the tests that need no job of their own."""

from collections.abc import Iterator

import pytest

from agent_runtime.roles import Role
from tests.agent_runtime.running_runtime import Runtime, running_runtime
from tests.agent_runtime.scripted_model import Say, ScriptedModels


@pytest.fixture(scope="session")
def chatting_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Its coordinator answers every request with the same sentence."""
    models = ScriptedModels({Role.COORDINATOR: [Say("Hello, what shall I analyse?")] * 1000})
    with running_runtime(
        tmp_path_factory.mktemp("chat"), models, DEEP_INSIGHT_LIMIT_SESSIONS="1000"
    ) as runtime:
        yield runtime
