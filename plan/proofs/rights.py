"""Proof 2: every AWS call that is made is allowed, every right that is given is used.

Decided by a real IAM evaluator with resources, conditions, the bucket's policy and the policies of
the VPC endpoints that the call goes through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plan.evaluation import Evaluation, evaluate
from plan.platform import Platform
from plan.proofs.finding import Findings, Verdict
from plan.questions import Asked, questions
from plan.recording import Recording
from plan.roles import Right, Role, as_list, roles

NAME = "rights"

# Actions that need * for what is called here, and the condition key that narrows them. Metrics of
# PutMetricData belong to no resource; the catalogue's resource type is for another kind of data.
_NARROWED_BY = {
    "cloudwatch:PutMetricData": "cloudwatch:namespace",
    "ecs:ListTasks": "ecs:cluster",
}

# Who may assume a role, by what the role is for.
_LAMBDA = "lambda.amazonaws.com"
_TRUSTED = {
    "runtime": "bedrock-agentcore.amazonaws.com",
    "executor start": "ecs-tasks.amazonaws.com",
    "executor task": "ecs-tasks.amazonaws.com",
    "keeper": _LAMBDA,
    "flow log": "vpc-flow-logs.amazonaws.com",
}


def _check_calls(findings: Findings, asked: Sequence[Asked], evaluation: Evaluation) -> None:
    for item in asked:
        decision = evaluation.decisions[item.question.key]
        if not decision.allowed:
            findings.add(
                "call-denied",
                item.role.resource.name,
                f"{item.call.action} on {item.target.label} ({item.call.why}) is denied: "
                f"{decision.reason}.",
            )


def _check_use(
    findings: Findings, role: Role, asked: Sequence[Asked], evaluation: Evaluation
) -> None:
    used: set[str] = set()
    for item in asked:
        if item.role.resource.urn == role.resource.urn:
            used |= set(evaluation.decisions[item.question.key].rights)
    for index, right in enumerate(role.rights):
        if right.effect == "Allow" and str(index) not in used:
            findings.add(
                "right-unused",
                role.resource.name,
                f"{right.action} on {right.resource} (statement {right.statement}) is used by no "
                "call; take it away, or list the call in plan/calls.json.",
            )


def _check_right(findings: Findings, right: Right, evaluation: Evaluation) -> None:
    if right.effect != "Allow":
        return
    facts = evaluation.actions[right.action]
    if "*" in right.action or "?" in right.action:
        findings.add(
            "action-wildcard", right.role, f"{right.action} ({right.statement}); name the actions."
        )
    elif not facts.exists:
        findings.add(
            "action-unknown",
            right.role,
            f"{right.action} ({right.statement}) is no IAM action; it grants nothing.",
        )
    elif right.resource == "*" and not facts.wildcard_only and not _narrowed(right):
        types = " or ".join(facts.types[:3]) or "a resource"
        findings.add(
            "resource-wildcard",
            right.role,
            f"{right.action} on * ({right.statement}); the action can be limited to {types}.",
        )
    if right.action.lower() == "iam:passrole":
        _check_pass_role(findings, right)


def _narrowed(right: Right) -> bool:
    """Whether a condition narrows an action that can be limited in no other way here."""
    key = _NARROWED_BY.get(right.action)
    return key is not None and any(key in entries for entries in right.condition.values())


def _check_pass_role(findings: Findings, right: Right) -> None:
    if "*" in right.resource or "?" in right.resource:
        findings.add(
            "pass-role-open",
            right.role,
            f"iam:PassRole on {right.resource}; name the task's own roles.",
        )
    passed: list[str] = []
    for operator, entries in right.condition.items():
        if operator.startswith("StringEquals"):
            for key, value in entries.items():
                if key.lower() == "iam:passedtoservice":
                    passed += as_list(value)
    if passed != ["ecs-tasks.amazonaws.com"]:
        findings.add(
            "pass-role-open",
            right.role,
            "iam:PassRole must be limited to the service ecs-tasks.amazonaws.com by "
            "iam:PassedToService.",
        )


def _trusted_services(trust: Mapping[str, Any]) -> list[str]:
    found = []
    for statement in as_list(trust.get("Statement")):
        principal = statement.get("Principal")
        if not isinstance(principal, dict):
            found.append(str(principal))
            continue
        for kind, values in principal.items():
            found += [item if kind == "Service" else f"{kind} {item}" for item in as_list(values)]
    return found


def _check_trust(findings: Findings, role: Role) -> None:
    name = role.resource.name
    assumed_by = ", ".join(sorted(set(_trusted_services(role.trust)))) or "nobody"
    expected = {_TRUSTED[part] for part in role.purpose.split(" and ") if part in _TRUSTED}
    services = set(_trusted_services(role.trust))
    if expected and services != expected:
        findings.add(
            "trust-wrong",
            name,
            f"the role of the {role.purpose} is assumed by {assumed_by}"
            f"; it must be {', '.join(sorted(expected))} alone.",
        )
    keys = {
        key.lower()
        for statement in as_list(role.trust.get("Statement"))
        for entries in (statement.get("Condition") or {}).values()
        for key in entries
    }
    names = {"aws:sourceaccount": "aws:SourceAccount", "aws:sourcearn": "aws:SourceArn"}
    if expected == {_LAMBDA}:  # which promises no ARN when it takes a role
        del names["aws:sourcearn"]
    missing = [name for key, name in names.items() if key not in keys]
    if expected and missing:
        findings.add(
            "trust-open",
            name,
            f"the trust policy lacks the condition {' and '.join(missing)}"
            ", so other accounts could have the service use the role.",
        )


def _check_shape(findings: Findings, platform: Platform, all_roles: Sequence[Role]) -> None:
    for role in all_roles:
        name = role.resource.name
        if role.purpose == "nothing":
            findings.add("role-unused", name, "nothing assumes this role; take it away.")
        if " and " in role.purpose:
            findings.add("role-shared", name, f"one role serves as {role.purpose}; split it.")
        for arn in role.unread_policies:
            findings.add(
                "policy-foreign",
                name,
                f"the attached policy {arn} is not of this program; its rights are unknown.",
            )
        _check_trust(findings, role)
        if "executor task" in role.purpose and role.rights:
            findings.add(
                "executor-identity",
                name,
                "user code runs with this role; it must have no rights at all.",
            )
    if not any("runtime" in role.purpose for role in all_roles):
        findings.add(
            "role-missing", platform.runtime.name, "the runtime has no role of this program."
        )


def prove(recording: Recording) -> Verdict:
    """Checks rights, trust policies and the roles' shapes."""
    findings = Findings(NAME)
    platform = Platform(recording)
    all_roles = roles(recording)
    known = {part: role for role in all_roles for part in role.purpose.split(" and ")}
    asked = questions(platform, known)
    rights = [right for role in all_roles for right in role.rights]
    evaluation = evaluate([item.question for item in asked], [right.action for right in rights])
    _check_calls(findings, asked, evaluation)
    for role in all_roles:
        _check_use(findings, role, asked, evaluation)
    for right in rights:
        _check_right(findings, right, evaluation)
    _check_shape(findings, platform, all_roles)
    looked_at = f"{len(asked)} calls against {len(rights)} rights of {len(all_roles)} roles"
    return findings.verdict(looked_at)
