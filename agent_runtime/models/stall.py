"""A bound on a model's silence, whoever provides the model."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from pydantic import BaseModel
from strands.models import Model
from strands.types.content import Messages
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agent_runtime.errors import ModelStalledError
from agent_runtime.roles import Role

T = TypeVar("T", bound=BaseModel)


class StallGuard(Model):
    """Passes everything on to `inner`; no chunk for `seconds` raises `ModelStalledError`."""

    def __init__(self, inner: Model, role: Role, seconds: float) -> None:
        self._inner = inner
        self._role = role
        self._seconds = seconds

    def update_config(self, **model_config: Any) -> None:
        """Passed on."""
        self._inner.update_config(**model_config)

    def get_config(self) -> Any:
        """Passed on."""
        return self._inner.get_config()

    def structured_output(
        self,
        output_model: type[T],
        prompt: Messages,
        system_prompt: str | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[dict[str, T | Any], None]:
        """Passed on."""
        return self._inner.structured_output(output_model, prompt, system_prompt, **kwargs)

    async def stream(
        self,
        messages: Messages,
        tool_specs: list[ToolSpec] | None = None,
        system_prompt: str | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        """The inner model's chunks, each awaited for at most the bound."""
        chunks = self._inner.stream(messages, tool_specs, system_prompt, **kwargs).__aiter__()
        while True:
            timer = asyncio.timeout(self._seconds)
            try:
                async with timer:
                    chunk = await chunks.__anext__()
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if not timer.expired():
                    raise
                raise ModelStalledError(
                    f"The {self._role}'s model was silent for {self._seconds:g} seconds."
                ) from error
            yield chunk
