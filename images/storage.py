"""Where images live between runs, and how buildah and podman are called on it.

Everything is kept apart from the user's own images: in the cache folder, except for what is
mounted, which is in /run and gone after a restart.
"""

import fcntl
import hashlib
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from images.command import Commands, ImagesError

RUN = Path("/run/deep-insight")
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile={files}:{files}", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
"""podman's defaults need systemd, and raise limits beyond what this process may be allowed."""


def cache_folder() -> Path:
    """The folder outside the repository that keeps images and layers between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "deep-insight" / "images"


@dataclass(frozen=True)
class Storage:
    """The image store; its methods run buildah and podman on it.

    `root` keeps the images, `run` what belongs to running containers.
    """

    commands: Commands
    root: Path
    run: Path

    @property
    def _common(self) -> tuple[str, ...]:
        return (
            *("--root", str(self.root), "--runroot", str(self.run / "storage")),
            *("--storage-driver", "overlay"),
        )

    @property
    def _environ(self) -> dict[str, str]:
        return os.environ | {"CONTAINERS_CONF": str(self.run / "containers.conf")}

    def buildah(self, *arguments: str, timeout: float = 1800.0) -> str:
        """Runs buildah and returns what it prints; raises ImagesError when it fails."""
        argv = ("buildah", *self._common, *arguments)
        return self.commands.run(*argv, environ=self._environ, timeout=timeout)

    def podman(self, *arguments: str, timeout: float = 300.0) -> str:
        """Runs podman and returns what it prints; raises ImagesError when it fails."""
        argv = ("podman", *self._common, "--tmpdir", str(self.run / "libpod"), *arguments)
        return self.commands.run(*argv, environ=self._environ, timeout=timeout)

    def has_image(self, name: str) -> bool:
        """Whether an image of this name is in the store."""
        argv = ("buildah", *self._common, "inspect", "--type", "image", name)
        return self.commands.succeeds(*argv, environ=self._environ)


@contextmanager
def open_storage(commands: Commands, architecture: str) -> Iterator[Storage]:
    """An architecture's store, for one run at a time.

    Raises ImagesError while another run has it.
    """
    folder = cache_folder() / architecture
    folder.mkdir(parents=True, exist_ok=True)
    run = RUN / hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    (run / "containers.conf").write_text(CONTAINERS_CONF.format(files=files))
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImagesError("another `make images` is running; wait until it ends.") from None
        storage = Storage(commands, folder / "storage", run)
        # A run that was killed may have left some; nobody else has containers in this store.
        storage.podman("rm", "--all", "--force", "--volumes", "--time", "2")
        storage.buildah("rm", "--all")
        yield storage
