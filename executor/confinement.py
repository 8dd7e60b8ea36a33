"""What user code may not do, enforced by the operating system inside the kernel process."""

from __future__ import annotations

import resource
from dataclasses import asdict, dataclass
from typing import Any

from executor.system_calls import PR_SET_NO_NEW_PRIVS, prctl


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """The bounds of one kernel: where it works, what it may use, whom it may not touch."""

    workspace: str
    private_folder: str
    network: str
    memory_bytes: int
    processes: int
    protected_pids: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can carry it."""
        return asdict(self)


def confine(confinement: Confinement) -> dict[str, Any]:
    """Confine this process and all it starts, for good; returns what is in force."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (confinement.memory_bytes, confinement.memory_bytes))
    return {"seccomp": False, "landlock": 0, "network": confinement.network}
