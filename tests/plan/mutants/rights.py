"""Failures of rights: too few, too many, misspelt, or for the wrong one."""

import json
from typing import Any

from plan.emulation import ACCOUNT
from plan.network import ENDPOINT
from plan.platform import Platform
from plan.recording import Recording, Resource
from plan.roles import role_for
from tests.plan.mutants.mutation import (
    Mutant,
    changing,
    granting,
    inputs,
    runtime,
    statements,
    without_action,
)

NOVEMBER, REFERENCE = "diary of November 2025", "reference system, IAM"
RUN, START = "runtime", "executor start"


def _lacks(purpose: str, action: str) -> Any:
    return lambda recording: without_action(recording, purpose, action)


def _one_role_for_both(recording: Recording) -> Recording:
    start = role_for(recording, START)
    assert start is not None
    return runtime(recording, roleArn=start.arn)


def _task_role(recording: Recording) -> Recording:
    """The reference system's task role: executed code may start tasks and pass any role."""
    urn = "urn:pulumi:dev::deep-insight::aws:iam/role:Role::task-role"
    arn = f"arn:aws:iam::{ACCOUNT}:role/task-role"
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["ecs:RunTask"], "Resource": ["*"]}],
    }
    given = {
        "name": "task-role",
        "assumeRolePolicy": "{}",
        "inlinePolicies": [{"name": "all", "policy": json.dumps(policy)}],
    }
    outputs = {**given, "id": "task-role", "arn": arn}
    role = Resource(urn, "aws:iam/role:Role", "task-role", "", True, given, outputs)
    task = Platform(recording).task_definition.urn
    return recording.adding(role).change_inputs(task, taskRoleArn=arn)


def _open_trust(recording: Recording) -> Recording:
    role = role_for(recording, RUN)
    assert role is not None
    trust = json.loads(role.resource.inputs["assumeRolePolicy"])
    for statement in trust["Statement"]:
        statement.pop("Condition", None)
    return recording.change_inputs(role.resource.urn, assumeRolePolicy=json.dumps(trust))


def _trusts_tasks_too(recording: Recording) -> Recording:
    role = role_for(recording, RUN)
    assert role is not None
    trust = json.loads(role.resource.inputs["assumeRolePolicy"])
    trust["Statement"][0]["Principal"] = {
        "Service": ["bedrock-agentcore.amazonaws.com", "ecs-tasks.amazonaws.com"]
    }
    return recording.change_inputs(role.resource.urn, assumeRolePolicy=json.dumps(trust))


def _profile_only(recording: Recording) -> Recording:
    return statements(
        recording,
        RUN,
        lambda found: [item for item in found if "foundation-model" not in str(item["Resource"])],
    )


def _attached(recording: Recording) -> Recording:
    role = role_for(recording, START)
    assert role is not None
    given = {
        "role": role.resource.id,
        "policyArn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    }
    type_ = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    urn = f"urn:pulumi:dev::deep-insight::{type_}::managed"
    return recording.adding(Resource(urn, type_, "managed", "", True, given, {**given, "id": "x"}))


def _endpoint_for_others(recording: Recording) -> Recording:
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}},
            }
        ]
    }
    return inputs(recording, ENDPOINT, "endpoint-ecs", policy=json.dumps(policy))


def _renamed(recording: Recording, right: str, wrong: str) -> Recording:
    return statements(
        recording,
        RUN,
        lambda found: [
            {**item, "Action": [wrong if name == right else name for name in item["Action"]]}
            for item in found
        ],
    )


MUTANTS = (
    *(
        Mutant(f"AccessDenied on {action}", NOVEMBER, "rights", "call-denied", _lacks(RUN, action))
        for action in (
            "ecs:RunTask",
            "ecs:DescribeTasks",
            "ecs:StopTask",
            "iam:PassRole",
            "elasticloadbalancing:RegisterTargets",
            "elasticloadbalancing:DescribeTargetHealth",
            "bedrock:InvokeModelWithResponseStream",
            "s3:PutObject",
            "xray:PutTraceSegments",
        )
    ),
    *(
        Mutant(
            f"the task does not start: no {action}", NOVEMBER, "rights", "call-denied",
            _lacks(START, action),
        )
        for action in ("ecr:GetDownloadUrlForLayer", "logs:CreateLogStream")
    ),
    Mutant(
        "access to the profile without the model behind it", "commit 1b2d4a0",
        "rights", "call-denied", _profile_only,
    ),
    Mutant(
        "the right names another task family", NOVEMBER, "rights", "call-denied",
        lambda r: changing(
            r, RUN, "ecs:RunTask",
            Resource=[f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/fargate-dynamic-task:*"],
        ),
    ),
    Mutant(
        "the right holds in another cluster", NOVEMBER, "rights", "call-denied",
        lambda r: changing(
            r, RUN, "ecs:RunTask",
            Condition={
                "ArnEquals": {"ecs:cluster": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/other"}
            },
        ),
    ),
    Mutant(
        "the endpoint's policy refuses this account", "VPC endpoint policies",
        "rights", "call-denied", _endpoint_for_others,
    ),
    Mutant(
        "a misspelt action grants nothing", "provider refusals that mocks accept",
        "rights", "action-unknown", lambda r: _renamed(r, "ecs:StopTask", "ecs:StopTasks"),
    ),
    Mutant(
        "ecs:* on everything", REFERENCE, "rights", "action-wildcard",
        lambda r: granting(r, RUN, ["ecs:*"], "*"),
    ),
    Mutant(
        "RunTask on every task definition", REFERENCE, "rights", "resource-wildcard",
        lambda r: changing(r, RUN, "ecs:RunTask", Resource=["*"]),
    ),
    Mutant(
        "PassRole on every role", REFERENCE, "rights", "pass-role-open",
        lambda r: changing(r, RUN, "iam:PassRole", Resource=["*"]),
    ),
    Mutant(
        "PassRole to every service", REFERENCE, "rights", "pass-role-open",
        lambda r: changing(r, RUN, "iam:PassRole", Condition=None),
    ),
    Mutant(
        "a right that nothing uses", REFERENCE, "rights", "right-unused",
        lambda r: granting(
            r, RUN, ["s3:DeleteObject"], f"{Platform(r).artifacts_bucket.text('arn')}/*"  # type: ignore[union-attr]
        ),
    ),
    Mutant(
        "one role for the runtime and for starting tasks", REFERENCE,
        "rights", "role-shared", _one_role_for_both,
    ),
    Mutant(
        "two services may take the runtime's role", REFERENCE,
        "rights", "trust-wrong", _trusts_tasks_too,
    ),
    Mutant(
        "the runtime's role is not the program's own", REFERENCE, "rights", "role-missing",
        lambda r: runtime(r, roleArn="arn:aws:iam::123456789012:role/somebody-elses"),
    ),
    Mutant(
        "another account's runtime may take the role", REFERENCE,
        "rights", "trust-open", _open_trust,
    ),
    Mutant(
        "executed code has rights, and so everybody's", REFERENCE,
        "rights", "executor-identity", _task_role,
    ),
    Mutant(
        "a managed policy brings rights that nobody reads", REFERENCE,
        "rights", "policy-foreign", _attached,
    ),
    Mutant(
        "a role that nothing takes is kept", "reference system, CodeBuildExecutionRole",
        "rights", "role-unused",
        lambda r: runtime(r, roleArn=f"arn:aws:iam::{ACCOUNT}:role/other"),
    ),
)  # fmt: skip
