"""Builds one image from its folder, as `docker build` would, on the stand-in base."""

import tempfile
from pathlib import Path

from images.machine import CONTAINER_CA_BUNDLE, ca_bundle, pip_configuration
from images.storage import Storage


def build_image(storage: Storage, context: Path, *, architecture: str, base: str) -> str:
    """Builds `context/Dockerfile` and returns the image's name.

    pip inside reaches packages as this machine does: its certificates and options are mounted
    read-only while the commands run, so that none of them ends up in the image.
    """
    application = context.name.replace("_", "-")
    dependencies = f"localhost/deep-insight-{application}:dependencies-{architecture}"
    image = f"localhost/deep-insight-{application}:{architecture}"
    with tempfile.TemporaryDirectory(prefix="deep-insight-images-") as folder:
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
        storage.buildah(*arguments, "--target", "dependencies", "--tag", dependencies, str(context))
        storage.commands.phase(f"{application}: building the image")
        storage.buildah(*arguments, "--tag", image, str(context))
    storage.buildah("rmi", "--prune", "--force")
    return image


def image_bytes(storage: Storage, image: str) -> int:
    """The unpacked size of an image with everything below it."""
    return int(storage.podman("image", "inspect", "--format", "{{.Size}}", image))
