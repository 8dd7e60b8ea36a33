"""The calls that make roles and secrets."""

from __future__ import annotations

from plan.recording import Resource
from plan.requests.parameters import Parameters, Steps, capital, pick, picking


def _role(resource: Resource) -> Parameters:
    names = {
        "assumeRolePolicy": "AssumeRolePolicyDocument",
        **capital("description", "maxSessionDuration", "path"),
    }
    return {**pick(resource.inputs, names), "RoleName": resource.text("name")}


def _role_policy(resource: Resource) -> Parameters:
    names = {"role": "RoleName", "policy": "PolicyDocument"}
    return {**pick(resource.inputs, names), "PolicyName": resource.text("name")}


def _secret(resource: Resource) -> Parameters:
    return {"Name": resource.text("name"), **pick(resource.inputs, capital("description"))}


STEPS: Steps = {
    "aws:iam/role:Role": (("iam", "CreateRole", _role),),
    "aws:iam/rolePolicy:RolePolicy": (("iam", "PutRolePolicy", _role_policy),),
    "aws:secretsmanager/secret:Secret": (("secretsmanager", "CreateSecret", _secret),),
    "aws:secretsmanager/secretVersion:SecretVersion": (
        ("secretsmanager", "PutSecretValue", picking(capital("secretId", "secretString"))),
    ),
}
