"""The tags that alone identify our tasks (docs/contracts.md, 5.4)."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from agent_runtime.executors.ecs.ecs_settings import EcsSettings

STACK = "deep-insight:stack"
SESSION = "deep-insight:session"
DEADLINE = "deep-insight:deadline"
TARGET = "deep-insight:target"
POOL = "deep-insight:pool"


def session_tags(
    settings: EcsSettings, session_id: str, pool: Literal["none", "claimed"]
) -> list[dict[str, str]]:
    """Tags of a session's task, as the API takes them."""
    ends = datetime.now(UTC) + timedelta(seconds=settings.lifetime_seconds)
    tags = {
        STACK: settings.stack,
        SESSION: session_id,
        DEADLINE: ends.isoformat(timespec="seconds").replace("+00:00", "Z"),
        POOL: pool,
    }
    if settings.target_group_arn is not None:
        tags[TARGET] = settings.target_group_arn
    return [{"key": key, "value": value} for key, value in tags.items()]


def tag_values(task: dict[str, object]) -> dict[str, str]:
    """Tags of a described task by key."""
    tags = task.get("tags")
    if not isinstance(tags, list):
        return {}
    return {str(tag["key"]): str(tag["value"]) for tag in tags}
