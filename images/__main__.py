"""`python -m images [amd64|arm64]`: builds and proves both images and prints a table."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from images.base import base_image
from images.build import build_image, image_bytes
from images.command import Commands, ImagesError, fail
from images.machine import architecture_named, install_packages, require_root_on_debian
from images.proof import PROVERS, SIZE_LIMITS, Proof, check_size
from images.storage import open_storage

LOGS = Path("out")


def build_and_prove(commands: Commands, architecture: str) -> list[Proof]:
    """Everything, for one architecture; raises ImagesError at the first thing that fails."""
    install_packages(commands, architecture)
    proofs = []
    with open_storage(commands, architecture) as storage:
        base = base_image(storage, architecture)
        for application, prove in PROVERS.items():
            context = Path(application)
            image = build_image(storage, context, architecture=architecture, base=base)
            size = image_bytes(storage, image)
            proofs.append(check_size(application, size, SIZE_LIMITS[application]))
            commands.phase(f"{application}: starting the image and checking it")
            proofs += prove(storage, image)
    return proofs


def print_table(proofs: list[Proof]) -> None:
    """One line a check."""
    widths = [max(len(proof.image) for proof in proofs), max(len(proof.check) for proof in proofs)]
    for proof in proofs:
        print(f"  {proof.image:<{widths[0]}}  {proof.check:<{widths[1]}}  {proof.seen}")


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """Ends through the clean-up code, as Ctrl-C does."""
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    """The command: 0 when both images work, otherwise 1 and what failed."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        require_root_on_debian()
        architecture = architecture_named(arguments[0] if arguments else "")
        commands = Commands(LOGS / f"images-{architecture}.log")
        proofs = build_and_prove(commands, architecture)
    except ImagesError as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("stopped.")
    print_table(proofs)
    commands.phase(f"both images work on linux/{architecture}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
