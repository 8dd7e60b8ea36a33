"""Models behind one interface: `create_model(role, settings, on_retry)` makes a Strands model.

A provider is a `strands.models.Model` whose `stream()` sees only messages, tool specifications and
the system prompt. `offline` is the deterministic analyst (`agent_runtime.models.offline`, class
`OfflineModel(role)`); `bedrock` calls Amazon Bedrock. Providers are imported when first used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent_runtime.roles import Role

if TYPE_CHECKING:
    from strands.models import Model

    from agent_runtime.settings import Settings


@dataclass(frozen=True)
class RetryNotice:
    """A model call will be tried again; `attempt` counts retries from 1."""

    attempt: int
    wait_seconds: float
    reason: str


RetryListener = Callable[[RetryNotice], None]
ModelFactory = Callable[[Role, RetryListener], "Model"]


class ModelError(Exception):
    """The model cannot go on: it stalled, stayed throttled, or refused. One sentence."""

    code = "model_failed"


class ModelStalledError(ModelError):
    """No chunk arrived within the stall time-out."""

    code = "model_stalled"


def create_model(role: Role, settings: "Settings", on_retry: RetryListener) -> "Model":
    """The model that plays `role`, of the provider that the settings name."""
    if settings.model_provider == "offline":
        from agent_runtime.models.offline import OfflineModel

        return OfflineModel(role)
    from agent_runtime.models.bedrock import create_bedrock_model

    return create_bedrock_model(role, settings, on_retry)
