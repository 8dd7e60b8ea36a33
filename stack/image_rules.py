"""Rules about images that are given instead of built."""

import re
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING

from components.container_image import Architecture, ImageError, parse_prebuilt
from stack.problem import Problem, told

if TYPE_CHECKING:
    from stack.config import StackConfig

# Words of an image's name or tag that tell its platform.
MARKS: Mapping[Architecture, Set[str]] = {
    "arm64": frozenset(("arm64", "arm64v8", "aarch64")),
    "x86_64": frozenset(("amd64", "x86", "x64")),
}
SEPARATORS = re.compile(r"[^a-z0-9]+")


def _executor(config: "StackConfig") -> Iterator[Problem]:
    yield from _given(config, "executorImage", config.executor_image)


def _agent(config: "StackConfig") -> Iterator[Problem]:
    yield from _given(config, "agentImage", config.agent_image)


def _given(config: "StackConfig", key: str, reference: str | None) -> Iterator[Problem]:
    if config.image_builder != "prebuilt":
        if reference is not None:
            yield Problem(key, "only counts with imageBuilder: prebuilt; leave it out")
        return
    if reference is None:
        yield Problem(key, "imageBuilder: prebuilt needs it; give an ECR image by digest")
        return
    try:
        parts = parse_prebuilt(reference)
    except ImageError as error:
        yield Problem(key, told(error, reference))
        return
    if parts["region"] != config.region:
        yield Problem(
            key,
            f"it is in {parts['region']}, but private subnets only reach ECR in "
            f"{config.region}; replicate the repository",
        )


def _executor_platform(config: "StackConfig") -> Iterator[Problem]:
    told_by_name = _platform(config, config.executor_image)
    wanted = config.executor_architecture
    if told_by_name and told_by_name != wanted:
        yield Problem(
            "executorImage",
            f"it is an {told_by_name} image by its name, but executorArchitecture is {wanted}; "
            f"give an image for {wanted}, or set executorArchitecture to {told_by_name}",
        )


def _agent_platform(config: "StackConfig") -> Iterator[Problem]:
    if _platform(config, config.agent_image) == "x86_64":
        yield Problem(
            "agentImage",
            "it is an x86 image by its name, but AgentCore runs linux/arm64 images only; give "
            "one that is built for arm64",
        )


def _platform(config: "StackConfig", reference: str | None) -> Architecture | None:
    """The only platform that the image's name and tag tell."""
    if config.image_builder != "prebuilt" or reference is None:
        return None
    name = reference.partition("/")[2].partition("@")[0].lower()
    words = set(SEPARATORS.split(name))
    told_by_name = [architecture for architecture, marks in MARKS.items() if words & marks]
    return told_by_name[0] if len(told_by_name) == 1 else None


SEVERAL_KEYS = (_executor, _executor_platform, _agent, _agent_platform)
