"""Checks of the surroundings: what one found, and how many run at once, each with a deadline."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from client.errors import ClientError

DEADLINE_SECONDS = 20.0


class State(Enum):
    """Of one check. `SKIPPED` is no failure: something else has to be mended first."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what is; `advice` what to do about it."""

    state: State
    text: str
    advice: str = ""


Check = Callable[[], Finding]


def ok(text: str) -> Finding:
    """Nothing to do."""
    return Finding(State.OK, text)


def failed(text: str, advice: str) -> Finding:
    """Something that is needed does not work."""
    return Finding(State.FAILED, text, advice)


def warning(text: str, advice: str) -> Finding:
    """Something that may be in the way."""
    return Finding(State.WARNING, text, advice)


def skipped(text: str) -> Finding:
    """Not checked, and why."""
    return Finding(State.SKIPPED, text)


def run_checks(checks: Mapping[str, Check]) -> dict[str, Finding]:
    """Run all at once; what is not done at the deadline has failed. Never raises."""
    findings: dict[str, Finding] = {}

    def run(name: str, check: Check) -> None:
        try:
            findings[name] = check()
        except ClientError as error:
            text, _, advice = str(error).rstrip(".").partition("; ")
            findings[name] = failed(text, advice)
        except Exception as error:  # noqa: BLE001 - one check must not end the others
            findings[name] = failed(
                f"the check itself broke ({type(error).__name__}: {error})", "report this"
            )

    threads = [
        threading.Thread(target=run, args=item, daemon=True, name=f"check-{item[0]}")
        for item in checks.items()
    ]
    for thread in threads:
        thread.start()
    gate = threading.Event()
    timer = threading.Timer(DEADLINE_SECONDS, gate.set)
    timer.daemon = True
    timer.start()
    for thread in threads:
        while thread.is_alive() and not gate.is_set():
            thread.join(0.05)
    timer.cancel()
    late = failed(f"no answer within {DEADLINE_SECONDS:.0f} s", "check the network, then try again")
    return {name: findings.get(name, late) for name in checks}
