"""Starts each image and collects what its checks saw."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from images.command import ImagesError
from images.container import Container, running
from images.storage import Storage

MIB = 1024 * 1024
STARTS_WITHIN_SECONDS = 1200.0
"""An emulated processor on a busy machine imports for minutes; a native one for 1 s."""
CHECK_SECONDS = 900.0
"""For all checks of one container, on an emulated processor too."""


@dataclass(frozen=True)
class Proof:
    """One line of the result: what was checked on which image and what was seen."""

    image: str
    check: str
    seen: str


def prove_executor(storage: Storage, image: str) -> list[Proof]:
    """Runs an executor with a session of its own, and sees it end by itself after the close."""
    token = secrets.token_urlsafe()
    caller = {"SESSION_ID": "image-check", "SESSION_TOKEN": token}
    environ = {
        "SESSION_ID": "image-check",
        "SESSION_TOKEN_SHA256": hashlib.sha256(token.encode()).hexdigest(),
    }
    with running(storage, image, environ) as container:
        seen = _healthy(container)
        seen |= _seen(container, "images.executor_check", caller)
        code = container.exit_code(timeout=60.0)
        if code != 0:
            raise ImagesError(f"the executor's container ended with {code} after the close.")
    seen["the container ends by itself"] = "exit code 0"
    return [Proof("executor", check, text) for check, text in seen.items()]


def prove_runtime(storage: Storage, image: str) -> list[Proof]:
    """Runs an agent runtime with the offline model."""
    environ = {"DEEP_INSIGHT_LOCAL_ARTIFACTS": "/tmp/sessions"}  # noqa: S108 - its only volume
    with running(storage, image, environ) as container:
        seen = _healthy(container)
        seen |= _seen(container, "images.runtime_check", {})
        container.run("python", "-c", "import agent_runtime.__main__, strands, boto3")
        seen["its code imports"] = "agent_runtime, strands, boto3"
    return [Proof("agent_runtime", check, text) for check, text in seen.items()]


def _healthy(container: Container) -> dict[str, str]:
    seconds = container.wait_until_healthy(STARTS_WITHIN_SECONDS)
    return {"its own health check passes": f"{seconds:.1f} s after the start"}


def _seen(container: Container, module: str, variables: Mapping[str, str]) -> dict[str, str]:
    answer: dict[str, str] = json.loads(container.check(module, variables, CHECK_SECONDS))
    return answer


def check_size(application: str, size: int, limit: int) -> Proof:
    """Compares an image's unpacked size with its limit; raises ImagesError above it."""
    text = f"{size / MIB:,.0f} MiB of {limit / MIB:,.0f}"
    if size > limit:
        raise ImagesError(f"the image of {application} is too large: {text}.")
    return Proof(application, "its unpacked size is below the limit", text)


PROVERS: dict[str, Callable[[Storage, str], list[Proof]]] = {
    "executor": prove_executor,
    "agent_runtime": prove_runtime,
}
"""Each application's folder and how its image is proven."""
SIZE_LIMITS = {"executor": 1000 * MIB, "agent_runtime": 500 * MIB}
"""AgentCore takes 2 GB; smaller images start sooner."""
