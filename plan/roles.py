"""Roles of a recording: who assumes them and which rights their policies give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plan.recording import Recording, Resource, document

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANAGED_POLICY = "aws:iam/policy:Policy"
RUNTIME = "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
FUNCTION = "aws:lambda/function:Function"
PROVIDER = "pulumi:providers:aws"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"


@dataclass(frozen=True)
class Right:
    """One action on one resource pattern, as one statement grants it."""

    role: str
    policy: str
    statement: str
    effect: str
    action: str
    resource: str
    condition: Mapping[str, Any]


@dataclass(frozen=True)
class Role:
    """A role, its purpose, its trust policy and its rights."""

    resource: Resource
    purpose: str
    trust: Mapping[str, Any]
    rights: tuple[Right, ...]
    unread_policies: tuple[str, ...]

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return self.resource.text("arn")


def as_list(value: Any) -> list[Any]:
    """IAM lets a single element stand without its list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def statements(policy: Any) -> list[dict[str, Any]]:
    """The statements of a policy document, text or structure."""
    return as_list(document(policy).get("Statement"))


def _rights(role: Resource, policy_name: str, policy: Any) -> list[Right]:
    found = []
    for index, statement in enumerate(statements(policy)):
        name = str(statement.get("Sid") or f"statement {index + 1}")
        actions = as_list(statement.get("Action")) or ["*"]
        resources = as_list(statement.get("Resource")) or ["*"]
        for action in actions:
            for resource in resources:
                found.append(
                    Right(
                        role.name,
                        policy_name,
                        name,
                        str(statement.get("Effect", "Allow")),
                        str(action),
                        str(resource),
                        statement.get("Condition") or {},
                    )
                )
    return found


def _purposes(recording: Recording) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}

    def use(identifier: Any, purpose: str) -> None:
        if isinstance(identifier, str) and identifier:
            users.setdefault(identifier, []).append(purpose)

    for runtime in recording.of_type(RUNTIME):
        use(runtime.inputs.get("roleArn"), "runtime")
    for task in recording.of_type(TASK_DEFINITION):
        use(task.inputs.get("executionRoleArn"), "executor start")
        use(task.inputs.get("taskRoleArn"), "executor task")
    for function in recording.of_type(FUNCTION):
        use(function.inputs.get("role"), "keeper")
    for log in recording.of_type(FLOW_LOG):
        use(log.inputs.get("iamRoleArn"), "flow log")
    return users


def roles(recording: Recording) -> list[Role]:
    """Every role with what uses it: runtime, executor start, executor task, flow log, keeper."""
    users = _purposes(recording)
    managed = {item.text("arn"): item for item in recording.of_type(MANAGED_POLICY)}
    result = []
    for role in recording.of_type(ROLE):
        rights: list[Right] = []
        unread = [str(arn) for arn in role.inputs.get("managedPolicyArns") or []]
        keys = {role.id, role.text("arn"), role.text("name")}
        for policy in recording.of_type(ROLE_POLICY):
            if policy.inputs.get("role") in keys:
                rights += _rights(role, policy.name, policy.inputs["policy"])
        for inline in role.inputs.get("inlinePolicies") or []:
            rights += _rights(role, str(inline.get("name", "inline")), inline.get("policy", "{}"))
        for attachment in recording.of_type(ATTACHMENT):
            if attachment.inputs.get("role") not in keys:
                continue
            arn = str(attachment.inputs.get("policyArn"))
            if arn in managed:
                rights += _rights(role, managed[arn].name, managed[arn].inputs["policy"])
            else:
                unread.append(arn)
        purpose = " and ".join(sorted(set(users.get(role.text("arn"), [])))) or "nothing"
        trust = document(role.inputs.get("assumeRolePolicy") or "{}")
        result.append(Role(role, purpose, trust, tuple(rights), tuple(unread)))
    return result


def role_for(recording: Recording, purpose: str) -> Role | None:
    """The role with that purpose, or ``None``."""
    for role in roles(recording):
        if purpose in role.purpose.split(" and "):
            return role
    return None
