"""The end of a task: out of the load balancer, then stopped; from any thread, any number of times.

What cannot be done is said and left to others: an executor exits by itself when it is idle, and the
keeper deregisters and stops by tags.
"""

import threading
from collections.abc import Callable
from functools import partial

from agent_runtime.aws import AwsClients, AwsError
from agent_runtime.executors.ecs.balanced_route import BalancedRoute
from agent_runtime.executors.ecs.task_launch import TaskLaunch
from agent_runtime.executors.ecs.warm_pool import Claim
from agent_runtime.json_logging import log

LAUNCH_SECONDS = 20.0
"""How long to wait for the answer to a RunTask that is on its way."""
REASON = "The session ended."
GONE = frozenset({"InvalidParameterException", "TargetGroupNotFoundException"})
"""Codes for a task or target group that no longer exists."""


class CleanUp:
    """What one session owns in the account."""

    def __init__(
        self,
        clients: AwsClients,
        cluster_arn: str,
        launch: TaskLaunch,
        report: Callable[[str, str], None],
    ) -> None:
        self._clients = clients
        self._cluster_arn = cluster_arn
        self._launch = launch
        self._report = report
        self._tasks: set[str] = set()
        self._targets: list[BalancedRoute] = []
        self._lock = threading.Lock()
        self._told = False

    def owns(self, task_arn: str) -> None:
        """From now on this task is to be stopped."""
        self._tasks.add(task_arn)

    def owns_target(self, target: BalancedRoute) -> None:
        """From now on this target is to be deregistered."""
        self._targets.append(target)

    def owns_claim(self, claim: Claim) -> None:
        """From now on a claimed executor's task and target are to be removed."""
        self.owns(claim.task_arn)
        if claim.balanced is not None:
            claim.balanced.is_registered = True
            self.owns_target(claim.balanced)

    def run(self) -> None:
        """Deregister and stop everything that is left; blocks, bounded by the calls' time-outs."""
        with self._lock:
            if arn := self._launch.take_pending(LAUNCH_SECONDS):
                self._tasks.add(arn)
            for target in list(self._targets):
                if self._did(target.deregister, "deregister_targets"):
                    self._targets.remove(target)
            for arn in sorted(self._tasks):
                if self._did(partial(self._stop, arn), "stop_task"):
                    self._tasks.discard(arn)

    def _stop(self, arn: str) -> None:
        self._clients.call_now(
            "ecs", "stop_task", cluster=self._cluster_arn, task=arn, reason=REASON
        )

    def _did(self, step: Callable[[], None], name: str) -> bool:
        try:
            step()
        except AwsError as error:
            if error.code in GONE:
                return True
            log("clean_up_failed", step=name, code=error.code, tasks=sorted(self._tasks))
            if not self._told:
                self._told = True
                self._report(
                    "executor_left",
                    f"The executor cannot be removed now ({error.code}); it ends by itself when "
                    "idle, and the keeper removes what is left.",
                )
            return False
        return True
