"""The Lambda function: `keeper.handler.handle`, on a schedule and on each stopped task.

An event's content is not used: every run looks at the whole stack, so a lost event does no harm.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from keeper.json_logging import log
from keeper.report import KeeperError
from keeper.run import Clients, make_clients, run
from keeper.settings import Settings, load_settings


@cache
def _prepared() -> tuple[Settings, Clients]:
    """Once for each execution environment of Lambda."""
    settings = load_settings()
    return settings, make_clients(settings.region)


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 (Lambda's form)
    """One run; `{"dry_run": true}` as the event only reports.

    Raises SettingsError, or KeeperError when something could not be done, so that the function's
    own error metric counts it.
    """
    settings, clients = _prepared()
    report = run(settings, clients, dry_run=event.get("dry_run") is True)
    log("keeper_finished", **report.summary())
    print(json.dumps(report.metrics()), flush=True)
    if report.failures:
        more = f" and {len(report.failures) - 1} more" if len(report.failures) > 1 else ""
        raise KeeperError(f"{report.failures[0]}{more}")
    return report.summary()
