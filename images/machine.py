"""What this machine has to be, to have installed and to be asked for before images can be built."""

import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

from images.command import Commands, ImagesError

PACKAGES = ("buildah", "podman", "runc", "debootstrap")
EMULATION_PACKAGES = ("qemu-user-static", "binfmt-support")
"""Needed for an architecture other than the machine's."""
BINFMT = Path("/proc/sys/fs/binfmt_misc")
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
EMULATORS = {"amd64": "x86_64", "arm64": "aarch64"}
PIP_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
"""Of pip's configuration, what says how to reach the packages."""
CONTAINER_CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def require_root_on_debian() -> None:
    """Raises ImagesError with one sentence when this machine cannot run the rest."""
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        raise ImagesError("needs Debian: it takes buildah, podman and debootstrap from apt.")
    if not re.search(r"^ID=\"?debian\"?$", Path("/etc/os-release").read_text(), re.MULTILINE):
        raise ImagesError("needs Debian: the stand-in of the base image comes from its archive.")
    if os.geteuid() != 0:
        raise ImagesError("needs root, because it mounts file systems: run `sudo make images`.")


def architecture_named(name: str) -> str:
    """Debian's name (amd64, arm64) of an architecture; the machine's own for an empty name."""
    wanted = name.removeprefix("linux/") or platform.machine()
    try:
        return ARCHITECTURES[wanted]
    except KeyError:
        raise ImagesError(f"cannot build for {wanted!r}: PLATFORM is amd64 or arm64.") from None


def install_packages(commands: Commands, architecture: str) -> None:
    """Installs what is missing with apt, and registers an emulator for a foreign architecture."""
    native = ARCHITECTURES.get(platform.machine()) == architecture
    wanted = PACKAGES if native else PACKAGES + EMULATION_PACKAGES
    missing = [name for name in wanted if not _is_installed(name)]
    if missing:
        commands.phase(f"installing {', '.join(missing)} with apt")
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        commands.run("apt-get", "update", environ=environ)
        commands.run(
            "apt-get", "install", "-y", "--no-install-recommends", *missing, environ=environ
        )
    if not native:
        _register_emulator(commands, EMULATORS[architecture])


def _is_installed(package: str) -> bool:
    query = ("dpkg-query", "--show", "--showformat", "${db:Status-Status}", package)
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout == "installed"


def _register_emulator(commands: Commands, processor: str) -> None:
    if not (BINFMT / "register").exists():
        commands.run("mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT))
    if not (BINFMT / f"qemu-{processor}").exists():
        commands.run("update-binfmts", "--enable", f"qemu-{processor}")


def debian_mirror(commands: Commands) -> str | None:
    """The archive that apt uses here, or None: then debootstrap's own default applies."""
    form = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    targets = commands.run(
        "apt-get", "indextargets", "--format", form, "Created-By: Packages", timeout=60.0
    )
    for line in targets.splitlines():
        origin, label, uri = line.split("|", 2)
        if (origin, label) == ("Debian", "Debian"):
            return uri.rstrip("/")
    return None


def ca_bundle() -> Path | None:
    """The certificates that this machine trusts, as one file."""
    named = [os.environ.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    usual = [ssl.get_default_verify_paths().cafile, CONTAINER_CA_BUNDLE]
    return next((Path(name) for name in named + usual if name and Path(name).is_file()), None)


def pip_configuration(commands: Commands) -> str:
    """A pip.conf that reaches packages the way this machine does, trusting the mounted bundle.

    Variables win over files, as in pip. Local folders are left out: a container cannot see them.
    """
    options = _options_in_files(commands)
    for name in PIP_OPTIONS:
        if value := os.environ.get(f"PIP_{name.upper().replace('-', '_')}"):
            options[name] = value
    if ca_bundle() is not None:
        options["cert"] = CONTAINER_CA_BUNDLE
    lines = [f"{name} = {value}" for name, value in options.items()]
    return "\n".join(["[global]", *lines, ""])


def _options_in_files(commands: Commands) -> dict[str, str]:
    if not commands.succeeds(sys.executable, "-m", "pip", "--version"):
        return {}
    options = {}
    for line in commands.run(sys.executable, "-m", "pip", "config", "list").splitlines():
        scope, _, rest = line.partition(".")
        name, _, value = rest.partition("=")
        if name in PIP_OPTIONS and scope in ("global", "install"):
            options[name] = value.strip("'\"").replace("\\n", "\n    ")
    return options
