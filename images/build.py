"""Builds one image from its folder, as `docker build` would, on the stand-in base."""

import os
import shutil
import tempfile
from pathlib import Path

from images.machine import CONTAINER_CA_BUNDLE, ca_bundle, pip_configuration
from images.storage import Storage

CONTEXT_TIME = 1795699409
"""Any fixed moment: builders look at a file's time too before they use a kept layer, and every
fresh clone has new ones.
"""


def build_image(storage: Storage, context: Path, *, architecture: str, base: str) -> str:
    """Builds `context/Dockerfile` and returns the image's name.

    pip inside reaches packages as this machine does: its certificates and options are mounted
    read-only while the commands run, so that none of them ends up in the image.
    """
    application = context.name.replace("_", "-")
    dependencies = f"localhost/deep-insight-{application}:dependencies-{architecture}"
    image = f"localhost/deep-insight-{application}:{architecture}"
    with tempfile.TemporaryDirectory(prefix="deep-insight-images-") as folder:
        snapshot = snapshot_of(context, Path(folder) / "context")
        pip_conf = Path(folder) / "pip.conf"
        pip_conf.write_text(pip_configuration(storage.commands))
        mounts = ["--volume", f"{pip_conf}:/etc/pip.conf:ro"]
        if (bundle := ca_bundle()) is not None:
            mounts += ["--volume", f"{bundle}:{CONTAINER_CA_BUNDLE}:ro"]
        arguments = (
            *("build", "--isolation", "chroot", "--format", "docker", "--layers", "--pull-never"),
            *("--platform", f"linux/{architecture}", "--build-arg", f"PYTHON_IMAGE={base}"),
            *mounts,
        )
        storage.commands.phase(f"{application}: installing its dependencies")
        # A name of its own keeps this stage's layers when unnamed images are removed below.
        storage.buildah(*arguments, "--target", "dependencies", "--tag", dependencies, snapshot)
        storage.commands.phase(f"{application}: building the image")
        storage.buildah(*arguments, "--tag", image, snapshot)
    storage.buildah("rmi", "--prune", "--force")
    return image


def snapshot_of(context: Path, target: Path) -> str:
    """Copies a context with the same times and modes in every clone; returns the copy's path."""
    shutil.copytree(context, target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (CONTEXT_TIME, CONTEXT_TIME))
    return str(target)


def image_bytes(storage: Storage, image: str) -> int:
    """The unpacked size of an image with everything below it."""
    return int(storage.podman("image", "inspect", "--format", "{{.Size}}", image))
