"""What this machine needs to deploy and to use a stack: Python, Docker, the Pulumi CLI."""

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from client.findings import Finding, failed, ok, skipped, warning
from client.stack_settings import StackSettings
from client.terminal import first_line

LEAST_PYTHON = (3, 11)
LEAST_PULUMI = (3, 272)
COMMAND_SECONDS = 15.0
_EMULATORS = Path("/proc/sys/fs/binfmt_misc")
_ARM = frozenset({"aarch64", "arm64"})
_X86 = frozenset({"x86_64", "AMD64"})
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.")


def check_python() -> Finding:
    """The interpreter that runs this."""
    found = platform.python_version()
    if sys.version_info < LEAST_PYTHON:
        return failed(f"{found} is too old", "install Python 3.11 or newer")
    return ok(f"{found} ({sys.executable})")


def check_project(project: Path | None) -> Finding:
    """The Pulumi project and the environment it runs in."""
    if project is None:
        return failed("no Pulumi.yaml here or above", "run this in the project's folder")
    if not any((project / ".venv").glob("lib/python3*/site-packages/pulumi_aws")):
        return failed(
            f"{project} has no .venv with the program's packages", "run: make .venv/all.stamp"
        )
    return ok(str(project))


def check_docker(settings: StackSettings | None) -> Finding:
    """An engine that answers and can build every image, when the stack builds them with one."""
    builder = settings["imageBuilder"] if settings else "docker"
    if builder != "docker":
        return skipped(f"not needed: imageBuilder is {builder}")
    if shutil.which("docker") is None:
        return failed(
            "Docker is not installed",
            "install it, or set imageBuilder to docker-build or prebuilt",
        )
    done = _run("docker", "version", "--format", "{{.Server.Version}}")
    if done.returncode != 0 or not done.stdout.strip():
        said = first_line(done.stderr) or first_line(done.stdout) or "no answer"
        return failed(
            f"the Docker engine cannot be reached ({said[:160].rstrip('.')})",
            "start Docker, or set imageBuilder to docker-build or prebuilt",
        )
    version = first_line(done.stdout)
    executor = settings["executorArchitecture"] if settings else None
    if _lacks_emulator(_X86, "qemu-aarch64"):
        return warning(
            f"engine {version}, without emulation of arm64, for which AgentCore's image is",
            "run: docker run --privileged --rm tonistiigi/binfmt --install arm64",
        )
    if executor == "x86_64" and _lacks_emulator(_ARM, "qemu-x86_64"):
        return warning(
            f"engine {version}, without emulation of x86_64, for which the executor's image is",
            "run: docker run --privileged --rm tonistiigi/binfmt --install amd64",
        )
    return ok(f"engine {version}")


def _lacks_emulator(machines: frozenset[str], emulator: str) -> bool:
    """Whether this is one of the machines and has no such emulator.

    Only of Linux: elsewhere the engine is Docker Desktop's or alike, which brings its own.
    """
    on_one = sys.platform == "linux" and platform.machine() in machines
    return on_one and not (_EMULATORS / emulator).exists()


def check_pulumi() -> Finding:
    """The CLI, that it is new enough, and that it is logged in to a backend."""
    if shutil.which("pulumi") is None:
        return failed("the Pulumi CLI is not installed", "see pulumi.com/docs/install")
    version = _run("pulumi", "version")
    if version.returncode != 0:
        return failed(
            f"the Pulumi CLI does not run ({first_line(version.stderr)[:160]})",
            "install it again, see pulumi.com/docs/install",
        )
    found = first_line(version.stdout)
    least = ".".join(map(str, LEAST_PULUMI))
    numbers = _VERSION.match(found)
    if numbers and (int(numbers[1]), int(numbers[2])) < LEAST_PULUMI:
        return failed(
            f"{found} is too old, {least} is the oldest that does",
            "install a newer one, see pulumi.com/docs/install",
        )
    user = _run("pulumi", "whoami", "--non-interactive")
    if user.returncode != 0:
        said = first_line(user.stderr).removeprefix("error: ")[:160].rstrip(".")
        return failed(
            f"{found}, not logged in ({said})",
            "run: pulumi login (or pulumi login --local)",
        )
    signed_in = f"{found}, logged in as {first_line(user.stdout)}"
    if not numbers:
        return warning(signed_in, f"its version is not checked; it must be {least} or newer")
    return ok(signed_in)


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    """The ended command; one that cannot be started or hangs has return code -1."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
        )
    except subprocess.TimeoutExpired:
        reason = f"no answer within {COMMAND_SECONDS:.0f} s"
    except OSError as error:
        reason = str(error.strerror)
    return subprocess.CompletedProcess(command, -1, "", reason)
