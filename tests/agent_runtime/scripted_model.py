"""A Strands model that plays a script: each model call takes the next turn of its role."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from strands.models import Model

from agent_runtime.roles import Role


@dataclass(frozen=True)
class Say:
    """Answer with a text."""

    text: str


@dataclass(frozen=True)
class Call:
    """Call one tool."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fail:
    """Raise when the model is called."""

    error: Exception


@dataclass(frozen=True)
class Hang:
    """Never answer; `block` holds the event loop instead of waiting in it."""

    block: threading.Event | None = None


Turn = Say | Call | Fail | Hang
Script = dict[Role, Sequence[Turn]]


class ScriptedModels:
    """A model factory. Turns are shared by all runs of a role; `calls` records what was sent."""

    def __init__(self, script: Script) -> None:
        self._turns = {role: iter(turns) for role, turns in script.items()}
        self.calls: list[tuple[Role, Any]] = []

    def __call__(self, role: Role) -> Model:
        return ScriptedModel(role, self)

    def next_turn(self, role: Role, messages: Any) -> Turn:
        self.calls.append((role, json.loads(json.dumps(messages))))
        return next(self._turns[role])

    def first_messages(self, role: Role) -> list[str]:
        """The task text of each run of the role."""
        return [
            messages[0]["content"][0]["text"]
            for called, messages in self.calls
            if called == role and len(messages) == 1
        ]

    def tool_results(self, role: Role) -> list[Any]:
        """Results that the role was shown, parsed, in order."""
        results = []
        for called, messages in self.calls:
            if called != role or messages[-1]["role"] != "user":
                continue
            for block in messages[-1]["content"]:
                if "toolResult" in block:
                    text = block["toolResult"]["content"][0]["text"]
                    results.append(_parsed(text))
        return results


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


class ScriptedModel(Model):
    def __init__(self, role: Role, models: ScriptedModels) -> None:
        self._role = role
        self._models = models

    def update_config(self, **model_config: Any) -> None:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {"model_id": f"scripted-{self._role}"}

    def structured_output(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    async def stream(self, messages: Any, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        turn = self._models.next_turn(self._role, messages)
        if isinstance(turn, Fail):
            raise turn.error
        if isinstance(turn, Hang):
            if turn.block is not None:
                while not turn.block.is_set():
                    time.sleep(0.02)
            await asyncio.Event().wait()
        yield {"messageStart": {"role": "assistant"}}
        if isinstance(turn, Say):
            yield {"contentBlockStart": {"start": {}}}
            yield {"contentBlockDelta": {"delta": {"text": turn.text}}}
            stop = "end_turn"
        elif isinstance(turn, Call):
            call_id = f"call-{len(self._models.calls)}"
            yield {
                "contentBlockStart": {
                    "start": {"toolUse": {"name": turn.tool, "toolUseId": call_id}}
                }
            }
            yield {
                "contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(turn.arguments)}}}
            }
            stop = "tool_use"
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": stop}}
        yield {
            "metadata": {
                "usage": {
                    "inputTokens": 10,
                    "outputTokens": 5,
                    "totalTokens": 15,
                    "cacheReadInputTokens": 3,
                    "cacheWriteInputTokens": 2,
                },
                "metrics": {"latencyMs": 1},
            }
        }


Factory = Callable[[Role], Model]
