"""The seam between the prefix that a stack names and the keys that the runtime makes of it."""

from fnmatch import fnmatchcase

import pytest

from agent_runtime.executors.ecs.ecs_settings import EcsSettings
from agent_runtime.settings import load_settings
from plan.platform import Platform
from plan.roles import role_for
from tests.recorded_stacks import recorded_stack


@pytest.mark.parametrize("ending", ["", "/"])
def test_the_runtime_may_read_and_write_the_keys_that_it_makes(ending: str) -> None:
    recording = recorded_stack("dev")
    environment = Platform(recording).environment
    environment["DEEP_INSIGHT_ARTIFACTS_PREFIX"] += ending
    settings = EcsSettings.of(load_settings(environment))

    key = settings.session_key("session-1", "artifacts/report.docx")

    assert key == "sessions/session-1/artifacts/report.docx"
    role = role_for(recording, "runtime")
    assert role is not None
    for action in ("s3:PutObject", "s3:GetObject"):
        patterns = [right.resource for right in role.rights if right.action == action]
        assert any(fnmatchcase(f"arn:aws:s3:::{settings.bucket}/{key}", p) for p in patterns)
