"""`python -m keeper [--dry-run]`: one run with the settings and AWS identity of the environment.

Exit codes: 0 done, 1 something could not be done, 2 the settings are wrong.
"""

from __future__ import annotations

import argparse
import sys

from botocore.exceptions import BotoCoreError

from keeper.json_logging import log
from keeper.run import make_clients, run
from keeper.settings import SettingsError, load_settings


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="keeper", description="Leave no executor behind.")
    parser.add_argument("--dry-run", action="store_true", help="only report what would be done")
    arguments = parser.parse_args()
    try:
        settings = load_settings()
        clients = make_clients(settings.region)
    except SettingsError as error:
        print("The keeper cannot start:", *error.problems, sep="\n  ", file=sys.stderr)
        return 2
    except BotoCoreError as error:
        print(f"The keeper cannot start: {error}", file=sys.stderr)
        return 2
    report = run(settings, clients, dry_run=arguments.dry_run)
    log("keeper_finished", **report.summary())
    for failure in report.failures:
        print(f"keeper: {failure}", file=sys.stderr)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
