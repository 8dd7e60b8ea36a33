"""The questions that a recording's calls put to the policy evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plan.call_targets import Target, fill, targets
from plan.calls import Call, calls_of
from plan.evaluation import Question
from plan.network import Endpoint
from plan.platform import Platform
from plan.recording import Recording, document
from plan.roles import Role, as_list

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


@dataclass(frozen=True)
class Asked:
    """A call by a role on one concrete thing, and the question it turns into."""

    call: Call
    role: Role
    target: Target
    question: Question


def _atomic_policies(role: Role) -> list[dict[str, Any]]:
    """The role's rights as one statement each, so that an answer names the rights it used."""
    policies = []
    for index, right in enumerate(role.rights):
        statement: dict[str, Any] = {
            "Sid": str(index),
            "Effect": right.effect,
            "Action": right.action,
            "Resource": right.resource,
        }
        if right.condition:
            statement["Condition"] = right.condition
        document_ = {"Version": "2012-10-17", "Statement": [statement]}
        policies.append({"name": str(index), "policy": document_})
    return policies


def _endpoint_policies(endpoint: Endpoint | None) -> list[dict[str, Any]]:
    policy = endpoint.resource.inputs.get("policy") if endpoint else None
    if endpoint is None or not policy:
        return []
    return [{"name": endpoint.service, "policy": _normalized(document(policy))}]


def _normalized(policy: Mapping[str, Any]) -> dict[str, Any]:
    """``{"AWS": "*"}`` and ``"*"`` mean the same principal; the evaluator takes the latter."""
    statements = [
        {**item, "Principal": "*"} if item.get("Principal") == {"AWS": "*"} else item
        for item in as_list(policy.get("Statement"))
    ]
    return {**policy, "Statement": statements}


def _bucket_policy(recording: Recording, arn: str) -> Mapping[str, Any] | None:
    bucket = arn.partition(":::")[2].split("/", 1)[0]
    for item in recording.of_type(BUCKET_POLICY):
        if item.inputs.get("bucket") == bucket:
            policy: Mapping[str, Any] = document(item.inputs["policy"])
            return policy
    return None


def _serving_endpoint(platform: Platform, call: Call) -> Endpoint | None:
    """The endpoint whose policy judges the action; the service itself asks about PassRole."""
    if call.action == "iam:PassRole":
        return None
    endpoints = list(call.endpoints)
    if call.service == "ecr" and "ecr.api" in endpoints:
        endpoints = ["ecr.api"]
    return platform.network.endpoint(endpoints[0]) if endpoints else None


def questions(platform: Platform, known: Mapping[str, Role]) -> list[Asked]:
    """A question for every target of every call; ``known`` holds the roles by purpose."""
    recording = platform.recording
    asked = []
    for call in calls_of(platform.environment):
        role = known.get(call.caller)
        if role is None:
            continue
        for target in targets(platform, call.target):
            context = {key: fill(platform, value) for key, value in call.context.items()}
            context |= {
                **target.context,
                "aws:SecureTransport": "true",
                "aws:PrincipalAccount": recording.account,
                "aws:ResourceAccount": recording.account,
            }
            s3 = call.action.startswith("s3:")
            question = Question(
                key=f"{call.name} | {target.arn}",
                principal=role.arn,
                action=call.action,
                resource=target.arn,
                account=recording.account,
                context=context,
                policies=_atomic_policies(role),
                endpointPolicies=_endpoint_policies(_serving_endpoint(platform, call)),
                resourcePolicy=_bucket_policy(recording, target.arn) if s3 else None,
                documented=call.documented or target.documented,
            )
            asked.append(Asked(call, role, target, question))
    return asked
