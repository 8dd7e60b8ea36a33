"""What Fargate allows: sizes of tasks and the names of architectures."""

from collections.abc import Mapping

# CPU units -> memory in MiB. Source: "Task CPU and memory" in the Fargate section of the Amazon ECS
# Developer Guide (2026-11).
MEMORY_BY_CPU: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}

CPU_ARCHITECTURES: Mapping[str, str] = {"arm64": "ARM64", "x86_64": "X86_64"}

# GiB of ephemeral storage that come with a task, and the most it can have. Source: as above, "Task
# ephemeral storage".
INCLUDED_STORAGE_GIB, MOST_STORAGE_GIB = 20, 200


class FargateSizeError(ValueError):
    """A size that Fargate does not offer; the message lists the ones it does."""


def check_size(cpu: int, memory: int) -> None:
    """Refuse a CPU and memory pair that Fargate does not offer.

    Raises:
        FargateSizeError: unknown CPU units, or memory that does not go with them.
    """
    if cpu not in MEMORY_BY_CPU:
        raise FargateSizeError(
            f"Fargate has no {cpu} CPU units; choose one of {', '.join(map(str, MEMORY_BY_CPU))}"
        )
    allowed = MEMORY_BY_CPU[cpu]
    if memory not in allowed:
        step = allowed[1] - allowed[0]
        choices = (
            ", ".join(map(str, allowed))
            if len(allowed) < 5
            else f"{allowed[0]} to {allowed[-1]} in steps of {step}"
        )
        raise FargateSizeError(
            f"Fargate does not offer {memory} MiB with {cpu} CPU units; choose {choices}"
        )
