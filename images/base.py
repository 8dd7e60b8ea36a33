"""The stand-in for the official Python base image, from Debian's own archive.

Image registries are not needed: Debian 13 (trixie) carries the same minor version of Python as the
base that the Dockerfiles pin, so the same wheels and bytecode are used.
"""

import hashlib
from pathlib import Path

from images.machine import debian_mirror
from images.storage import Storage

RELEASE = "trixie"
PYTHON_VERSION = "3.13"
"""Minor version of the release's Python; tests compare it with the Dockerfiles' base."""
SEARCH_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = ("python3", "python3-pip", "python3-venv", "ca-certificates")


def base_image(storage: Storage, architecture: str) -> str:
    """The stand-in's name; made when the store does not have it (40 s, emulated 5 min).

    A changed recipe makes a new one.
    """
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    name = f"localhost/deep-insight-base:{PYTHON_VERSION}-{architecture}-{recipe}"
    if storage.has_image(name):
        return name
    storage.commands.phase(f"making the stand-in of the base image (Debian {RELEASE})")
    container = storage.buildah("from", "--arch", architecture, "scratch").splitlines()[-1]
    try:
        root = Path(storage.buildah("mount", container).splitlines()[-1])
        _bootstrap(storage, architecture, root)
        _resemble_python_image(root)
        storage.buildah(
            *("config", "--arch", architecture, "--env", f"PATH={SEARCH_PATH}"),
            container,
        )
        storage.buildah("commit", "--format", "docker", container, name)
    finally:
        storage.buildah("rm", container)
    return name


def _bootstrap(storage: Storage, architecture: str, root: Path) -> None:
    mirror = debian_mirror(storage.commands)
    # The private mount namespace takes /proc and /sys of the new system away when this ends,
    # however it ends.
    storage.commands.run(
        *("unshare", "--mount", "debootstrap", "--variant", "minbase", "--arch", architecture),
        *("--include", ",".join(PACKAGES), RELEASE, str(root), *([mirror] if mirror else [])),
        timeout=1800.0,
    )


def _resemble_python_image(root: Path) -> None:
    """The official image calls its interpreter `python`, and its pip may install anywhere."""
    (root / "usr/bin/python").symlink_to("python3")
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    for archive in (root / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
    for index in (root / "var/lib/apt/lists").glob("*_*"):
        index.unlink()
    (root / "etc/pip.conf").touch()
