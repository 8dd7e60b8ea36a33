"""What a refused `RunTask` means: wait, ask a person for a quota, or mend the deployment."""

from agent_runtime.aws import AwsError
from agent_runtime.errors import (
    ExecutorCapacityError,
    ExecutorConfigurationError,
    ExecutorError,
    ExecutorQuotaError,
    ExecutorStartError,
)

QUOTA_WORDS = ("reached the limit", "quota", "limit exceeded", "limitexceeded")
TAKEN_BACK = frozenset({"SpotInterruption", "TerminationNotice", "InfrastructureHealth"})
"""Stop codes of tasks that Fargate itself ended (ECS API reference, Task)."""
CAPACITY_WORDS = ("capacity is unavailable", "insufficient capacity", "no capacity")


def of_failures(failures: list[dict[str, str]]) -> ExecutorError:
    """The error for `failures[]` of an answer without tasks."""
    reasons = [str(failure.get("reason", "")) for failure in failures]
    detail = next((str(f["detail"]) for f in failures if f.get("detail")), "")
    reason = " ".join(f"{reasons[0] if reasons else 'no reason given'} {detail}".split())[:300]
    return _by_words(reason) or ExecutorConfigurationError(
        f"ECS refused to start the executor: {reason}."
    )


def of_exception(error: AwsError) -> ExecutorError:
    """The error for a failed call; a transient one counts as missing capacity."""
    if error.is_transient:
        return ExecutorCapacityError(f"ECS cannot start the executor now: {error.code}.")
    if found := _by_words(error.message):
        return found
    if error.code in ("AccessDeniedException", "403"):
        return ExecutorConfigurationError(
            f"The runtime's role may not start the executor: {error.message}"
        )
    return ExecutorConfigurationError(
        f"ECS cannot start the executor ({error.code}): {error.message}"
    )


def of_stopped(code: str, reason: str) -> ExecutorError:
    """The error for a task that stopped before its executor answered."""
    sentence = f"The executor's task stopped before it was ready: {reason}"
    if code in TAKEN_BACK or _means(reason, CAPACITY_WORDS):
        return ExecutorCapacityError(sentence)
    if code == "TaskFailedToStart":
        return ExecutorConfigurationError(sentence)
    return ExecutorStartError(sentence)


def _by_words(reason: str) -> ExecutorError | None:
    if _means(reason, CAPACITY_WORDS):
        return ExecutorCapacityError(f"Fargate has no capacity for the executor: {reason}")
    if _means(reason, QUOTA_WORDS):
        return ExecutorQuotaError(
            f"The account's Fargate quota is used up; raise it in Service Quotas: {reason}"
        )
    return None


def _means(reason: str, words: tuple[str, ...]) -> bool:
    text = reason.lower()
    return any(word in text for word in words)
