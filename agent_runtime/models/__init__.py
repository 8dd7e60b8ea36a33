"""Models behind one interface: `create_model(role, settings)` makes a Strands model.

A provider is a `strands.models.Model` whose `stream()` sees only messages, tool specifications and
the system prompt. `offline` is the deterministic analyst (`agent_runtime.models.offline`, class
`OfflineModel(role)`); `bedrock` calls Amazon Bedrock. Providers are imported when first used.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent_runtime.roles import Role

if TYPE_CHECKING:
    from strands.models import Model

    from agent_runtime.settings import Settings

ModelFactory = Callable[[Role], "Model"]


def create_model(role: Role, settings: "Settings") -> "Model":
    """The model that plays `role`, of the provider that the settings name."""
    if settings.model_provider == "offline":
        from agent_runtime.models.offline import OfflineModel

        return OfflineModel(role)
    from agent_runtime.models.bedrock import create_bedrock_model

    return create_bedrock_model(role, settings)
