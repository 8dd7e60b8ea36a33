"""The life of a stack under the engine: preview, up, no change, failures, repeat, and the end."""

import os
import runpy
import time
from collections.abc import Callable
from typing import Any

from pulumi import automation

from tests.engine.account import Account, serve
from tests.engine.workspace import ROOT, Workspace

DIGEST = "sha256:" + "0" * 64
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team"
CONFIG = {
    "imageBuilder": "prebuilt",
    "executorImage": f"{REGISTRY}/executor@{DIGEST}",
    "agentImage": f"{REGISTRY}/agent@{DIGEST}",
    "warm": "1",
    "interfaceReleaseMinutes": "1",
}
BUCKET = "aws:s3/bucket:Bucket"
RUNTIME = "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
# With the runtime's interfaces there, only the network under them may be left.
LEFT = {"pulumi:pulumi:Stack", "pulumi:providers:aws", "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"}
RUNNING_TASK = "arn:aws:ecs:us-east-1:123456789012:task/cluster/0123456789abcdef"
# What the stand-in draws (plan/functions.py).
CLAIM_KEY = "r" * 64
Say = Callable[[str], None]


class Failure(Exception):
    """A step that did not end as it must."""


def run_stack(workspace: Workspace, name: str, say: Say) -> None:
    """Take one stack through its life.

    Raises:
        Failure: the first step that does not hold.
    """
    account = Account(interfaces={"eni-1": 999, "eni-2": 999}, tasks={RUNNING_TASK: "RUNNING"})
    url, stop = serve(account)
    os.environ.update(
        {
            **workspace.environment(),
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "stand-in",
            "AWS_SECRET_ACCESS_KEY": "stand-in",
        }
    )
    try:
        _Life(workspace, name, account, say).run()
    finally:
        stop()


class _Life:
    def __init__(self, workspace: Workspace, name: str, account: Account, say: Say) -> None:
        self._workspace, self._name, self._account = workspace, name, account
        self._say = lambda line: say(f"{name}: {line}")
        self._stack = automation.create_stack(
            stack_name=name,
            project_name="deep-insight",
            program=lambda: _run_program(),
            opts=automation.LocalWorkspaceOptions(work_dir=str(workspace.project)),
        )
        for key, value in CONFIG.items():
            self._set(key, value)

    def run(self) -> None:
        """Every step in order."""
        self._step("preview of everything new", self._preview_new)
        self._step("a failed creation, then up", self._up_after_a_failure)
        self._step("preview again: nothing to change", self._preview_same)
        self._step("a changed setting changes little", self._update)
        self._step("protection", self._protection)
        self._step("destroy without the program", self._refused_destroy)
        self._step("destroy that AgentCore holds up", self._held_destroy)
        self._step("destroy again, with a failure", self._failed_destroy)
        self._step("destroy to the end", self._destroy)

    def _step(self, what: str, do: Callable[[], str]) -> None:
        start = time.monotonic()
        told = do()
        self._say(f"{what}: {told} ({time.monotonic() - start:.1f} s)")

    def _preview_new(self) -> str:
        summary = self._stack.preview(on_output=_quiet).change_summary
        _expect(set(summary) == {"create"}, f"the first preview says {summary}")
        return f"{summary['create']} to create"

    def _up_after_a_failure(self) -> str:
        self._workspace.fail({f"create {RUNTIME}": "CREATE_FAILED: no capacity"})
        text = self._fails(lambda: self._stack.up(on_output=_quiet))
        _expect("no capacity" in text, "the cause of a failed creation is not told")
        self._workspace.fail({})
        self._stack.up(on_output=_quiet)
        _expect(not self._twice("create"), f"created twice: {self._twice('create')}")
        secrets = [key for key, value in self._stack.outputs().items() if value.secret]
        _expect(not secrets, f"outputs are secret: {secrets}")
        return f"{len(self._stack.outputs())} outputs, none secret, nothing created twice"

    def _preview_same(self) -> str:
        summary = self._stack.preview(on_output=_quiet).change_summary
        _expect(set(summary) == {"same"}, f"the second preview says {summary}")
        state = self._workspace.state_text()
        _expect(CLAIM_KEY not in state, "the claim key is in plain text in the state")
        return f"{summary['same']} the same; the claim key is encrypted in the state"

    def _update(self) -> str:
        self._set("logRetentionDays", "14")
        changes = self._stack.up(on_output=_quiet).summary.resource_changes or {}
        changes = {str(key): count for key, count in changes.items()}
        _expect(set(changes) == {"same", "update"}, f"a retention changes {changes}")
        return f"{changes['update']} updated"

    def _protection(self) -> str:
        resources = self._stack.export_stack().deployment["resources"]
        kept = sorted(r["urn"].rsplit("::", 1)[-1] for r in resources if r.get("protect"))
        _expect(bool(kept) == (self._name == "prod"), f"protected: {kept}")
        if not kept:
            return "nothing protected"
        # As the CLI does it; the Automation API's destroy skips the preview.
        text = self._fails(lambda: self._stack.preview_destroy(on_output=_quiet))
        _expect("protected" in text, "a destroy of protected data does not say so")
        _expect(not self._deleted(), f"deleted in spite of protection: {self._deleted()}")
        self._set("protected", "false")
        self._stack.up(on_output=_quiet)
        return f"{', '.join(kept)} stopped a destroy before it began"

    def _refused_destroy(self) -> str:
        text = self._fails(lambda: self._stack.destroy(on_output=_quiet))
        _expect("--run-program" in text, "the engine does not name --run-program")
        _expect(not self._deleted(), f"deleted: {self._deleted()}")
        return "refused, nothing deleted"

    def _held_destroy(self) -> str:
        text = self._fails(self._destroy_once)
        _expect("eni-1, eni-2" in text, "the interfaces are not named")
        kinds = {resource["type"] for resource in self._left()}
        others = {k for k in kinds if not k.startswith("deepinsight:")} - LEFT - {GROUP}
        _expect(not others, f"left besides the network: {others}")
        _expect(self._account.tasks == {RUNNING_TASK: "STOPPED"}, "an executor still runs")
        return f"{len(self._left())} resources left, executors stopped, one sentence"

    def _failed_destroy(self) -> str:
        self._account.interfaces = {"eni-1": 3, "eni-2": 2}
        self._workspace.fail({f"delete {GROUP}": "DependencyViolation"})
        text = self._fails(self._destroy_once)
        _expect("DependencyViolation" in text, "the cause of a failed deletion is not told")
        self._workspace.fail({})
        return "waited for the interfaces, told the cause"

    def _destroy(self) -> str:
        self._destroy_once()
        _expect(not self._left(), f"left: {[r['urn'] for r in self._left()]}")
        created = {o["urn"] for o in self._workspace.operations() if o["operation"] == "create"}
        _expect(created == set(self._deleted()), "created and deleted differ")
        _expect(not self._twice("delete"), f"deleted twice: {self._twice('delete')}")
        return f"{len(created)} deleted, each once, the state is empty"

    def _destroy_once(self) -> None:
        self._stack.destroy(run_program=True, continue_on_error=True, on_output=_quiet)

    def _set(self, key: str, value: str) -> None:
        self._stack.set_config(f"deep-insight:{key}", automation.ConfigValue(value))

    def _left(self) -> list[dict[str, Any]]:
        return list(self._stack.export_stack().deployment.get("resources") or [])

    def _deleted(self) -> list[str]:
        return [o["urn"] for o in self._workspace.operations() if o["operation"] == "delete"]

    def _twice(self, operation: str) -> list[str]:
        urns = [o["urn"] for o in self._workspace.operations() if o["operation"] == operation]
        return sorted({urn for urn in urns if urns.count(urn) > 1})

    def _fails(self, do: Callable[[], object]) -> str:
        try:
            do()
        except automation.CommandError as error:
            return str(error)
        raise Failure("a step succeeded that must fail")


def _run_program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def _quiet(_text: str) -> None:
    pass


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failure(otherwise)
