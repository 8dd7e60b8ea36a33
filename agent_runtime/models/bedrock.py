"""Amazon Bedrock models: streaming Converse with prompt caching, one model id per role."""

from collections.abc import AsyncGenerator
from typing import Any

import botocore.exceptions
from botocore.config import Config
from strands.models import BedrockModel, CacheConfig, Model
from strands.types.content import Messages
from strands.types.exceptions import ModelThrottledException
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agent_runtime.errors import ModelError, ModelUnavailableError
from agent_runtime.roles import Role
from agent_runtime.settings import Settings

THROTTLED = {"ThrottlingException", "TooManyRequestsException", "ServiceQuotaExceededException"}
TRANSIENT = {
    "InternalServerException",
    "ModelNotReadyException",
    "ModelStreamErrorException",
    "ModelTimeoutException",
    "ServiceUnavailableException",
}
"""Error names of Converse that a later attempt can cure (API reference of ConverseStream)."""
CONNECT_SECONDS = 10.0


class RoleBedrockModel(BedrockModel):
    """BedrockModel whose errors are ours: throttled, unavailable (both retried), or final."""

    role: Role

    async def stream(
        self,
        messages: Messages,
        tool_specs: list[ToolSpec] | None = None,
        system_prompt: str | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        """The chunks of one call; errors are translated."""
        try:
            async for chunk in super().stream(messages, tool_specs, system_prompt, **kwargs):
                yield chunk
        except botocore.exceptions.ClientError as error:
            raise self._translated(error) from error
        except botocore.exceptions.BotoCoreError as error:
            raise self._transport_error(error) from error

    def _translated(self, error: botocore.exceptions.ClientError) -> Exception:
        """Names in event streams begin in lower case, in responses in upper case."""
        details: Any = error.response.get("Error", {})
        name = str(details.get("Code", "Unknown"))
        name = name[:1].upper() + name[1:]
        message = " ".join(str(details.get("Message", "")).split())[:300]
        if name in THROTTLED:
            return ModelThrottledException(message)
        sentence = f"The {self.role}'s model {self.config['model_id']} answered {name}: {message}"
        return ModelUnavailableError(sentence) if name in TRANSIENT else ModelError(sentence)

    def _transport_error(self, error: botocore.exceptions.BotoCoreError) -> Exception:
        text = " ".join(str(error).split())[:300]
        sentence = f"The {self.role}'s model cannot be called: {text}"
        transient = isinstance(
            error,
            botocore.exceptions.HTTPClientError | botocore.exceptions.EventStreamError,
        )
        return ModelUnavailableError(sentence) if transient else ModelError(sentence)


def create_bedrock_model(role: Role, settings: Settings) -> Model:
    """The role's model. Tools, system prompt and conversation are cached where the model can.

    botocore itself does not retry: its retries would be invisible to the caller. A read that hangs
    ends shortly after the stall time-out, so that no thread outlives it.
    """
    model = RoleBedrockModel(
        region_name=settings.aws_region,
        boto_client_config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=settings.model_stall_seconds + 1,
        ),
        model_id=settings.model_id(role),
        cache_config=CacheConfig(strategy="auto", tools_ttl=True),
        streaming=True,
    )
    model.role = role
    return model
