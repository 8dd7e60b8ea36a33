"""Retries of model calls: bounded, jittered and visible.

A hook rather than a wrapper, because Strands then discards a response that broke off half-way and
runs the whole call again.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strands.hooks import AfterModelCallEvent, HookProvider, HookRegistry
from strands.types.exceptions import ModelThrottledException

from agent_runtime.errors import ModelStalledError, ModelUnavailableError

MOST_SECONDS = 60.0
STALL_RETRIES = 1


@dataclass(frozen=True)
class RetryNotice:
    """A model call will be tried again; `attempt` counts the retries of this call from 1."""

    attempt: int
    wait_seconds: float
    reason: str


class ModelRetry(HookProvider):
    """Tries throttled and unavailable calls up to `attempts` times, a stalled call once more.

    The wait doubles with each failure up to 60 s, and is drawn from its upper half. It adapts to
    the service: a success halves it for the next call instead of resetting it, so that a job under
    sustained throttling does not start each call with a burst.
    """

    def __init__(
        self, attempts: int, first_wait: float, on_retry: Callable[[RetryNotice], None]
    ) -> None:
        self._attempts = attempts
        self._first_wait = first_wait
        self._on_retry = on_retry
        self._failures = 0
        self._stalls = 0
        self._level = 0

    def register_hooks(self, registry: HookRegistry, **kwargs: Any) -> None:  # noqa: ARG002
        """Called by the agent."""
        registry.add_callback(AfterModelCallEvent, self._after_model_call)

    async def _after_model_call(self, event: AfterModelCallEvent) -> None:
        error = event.exception
        if error is None:
            self._failures = self._stalls = 0
            self._level = max(0, self._level - 1)
            return
        if not self._may_retry(error):
            return
        ceiling = min(MOST_SECONDS, self._first_wait * 2**self._level)
        wait = random.uniform(ceiling / 2, ceiling)  # noqa: S311
        self._level = min(self._level + 1, 16)
        self._on_retry(RetryNotice(self._failures + self._stalls, round(wait, 3), _reason(error)))
        await asyncio.sleep(wait)
        event.retry = True

    def _may_retry(self, error: Exception) -> bool:
        if isinstance(error, ModelStalledError):
            self._stalls += 1
            return self._stalls <= STALL_RETRIES
        if isinstance(error, ModelThrottledException | ModelUnavailableError):
            self._failures += 1
            return self._failures < self._attempts
        return False


def _reason(error: Exception) -> str:
    if isinstance(error, ModelThrottledException):
        return "throttled"
    return "stalled" if isinstance(error, ModelStalledError) else "unavailable"
