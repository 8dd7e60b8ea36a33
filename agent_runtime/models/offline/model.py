"""The offline analyst as a Strands model: the next turn follows from the messages alone."""

import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel
from strands.models import Model
from strands.types.content import Messages
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agent_runtime.models.offline.conversation import read
from agent_runtime.models.offline.roles import PLAYERS
from agent_runtime.models.offline.sayings import say
from agent_runtime.models.offline.turns import Turn
from agent_runtime.roles import Role

T = TypeVar("T", bound=BaseModel)
NAME = "offline"
_CHUNK = 400
_CHARACTERS_PER_TOKEN = 4


class OfflineModel(Model):
    """Plays one role by fixed rules: no network, no key, the same output for the same input.

    Usage is estimated at four characters a token, so that reports of usage have a scale; nothing
    is billed. Odd input is answered with what cannot be done; `stream` raises nothing of its own.
    """

    def __init__(self, role: Role) -> None:
        self.role = role
        self._config: dict[str, Any] = {"model_id": NAME}

    def update_config(self, **model_config: Any) -> None:
        """Settings are kept and have no effect."""
        self._config.update(model_config)

    def get_config(self) -> dict[str, Any]:
        """The model's name as `model_id`."""
        return self._config

    async def structured_output(
        self, output_model: type[T], prompt: Messages, system_prompt: str | None = None, **_: Any
    ) -> AsyncGenerator[dict[str, T | Any], None]:
        """Yields no output: the workflow's tools carry everything structured."""
        del output_model, prompt, system_prompt
        for event in _events(Turn(say("en", "cannot")), 0, 0):
            yield dict(event)

    async def stream(
        self,
        messages: Messages,
        tool_specs: list[ToolSpec] | None = None,
        system_prompt: str | None = None,
        *,
        cancel_signal: threading.Event | None = None,
        **_: Any,
    ) -> AsyncIterator[StreamEvent]:
        """The next turn in Strands' stream events."""
        del cancel_signal
        turn = self.next_turn(messages, tool_specs or [])
        asked = sum(
            len(json.dumps(message, ensure_ascii=False, default=str)) for message in messages
        )
        for event in _events(turn, len(messages), asked + len(system_prompt or "")):
            yield event

    def next_turn(self, messages: Messages, tool_specs: list[ToolSpec]) -> Turn:
        """What the role does next; a tool that is not offered is never called."""
        talk = read(messages, tool_specs)
        turn = PLAYERS[self.role](talk)
        if turn.tool and turn.tool not in talk.tools:
            return Turn(say(talk.language, "cannot"))
        return turn


def _events(turn: Turn, number: int, characters: int) -> Iterator[StreamEvent]:
    yield {"messageStart": {"role": "assistant"}}
    if turn.text:
        yield {"contentBlockStart": {"start": {}}}
        for start in range(0, len(turn.text), _CHUNK):
            yield {"contentBlockDelta": {"delta": {"text": turn.text[start : start + _CHUNK]}}}
        yield {"contentBlockStop": {}}
    arguments = json.dumps(turn.arguments, ensure_ascii=False)
    if turn.tool:
        use = {"name": turn.tool, "toolUseId": f"offline-{number}-{turn.tool}"}
        yield {"contentBlockStart": {"start": {"toolUse": use}}}  # type: ignore[typeddict-item]
        yield {"contentBlockDelta": {"delta": {"toolUse": {"input": arguments}}}}
        yield {"contentBlockStop": {}}
    yield {"messageStop": {"stopReason": "tool_use" if turn.tool else "end_turn"}}
    sent = characters // _CHARACTERS_PER_TOKEN
    said = (len(turn.text) + (len(arguments) if turn.tool else 0)) // _CHARACTERS_PER_TOKEN
    usage: Any = {"inputTokens": sent, "outputTokens": said, "totalTokens": sent + said}
    yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 0}}}
