"""`python -m tests.engine --cli /path/to/pulumi`: the program under a real engine."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.engine.lifecycle import Failure, run_stack
from tests.engine.workspace import Workspace


def main() -> int:
    """Exit code 0 when every step of every stack holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine", description=__doc__)
    parser.add_argument("--cli", type=Path, required=True, help="the pulumi binary")
    parser.add_argument("--stack", action="append", help="dev and prod by default; repeatable")
    arguments = parser.parse_args()
    if not arguments.cli.is_file():
        parser.error(f"there is no file {arguments.cli}; give the path of the pulumi binary")
    failed = False
    for stack in arguments.stack or ["dev", "prod"]:
        with tempfile.TemporaryDirectory(prefix="engine-") as folder:
            workspace = Workspace(Path(folder), arguments.cli.resolve())
            workspace.prepare()
            try:
                run_stack(workspace, stack, lambda line: print(line, flush=True))
            except Failure as failure:
                print(f"{stack}: FAILED: {failure}", file=sys.stderr)
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
