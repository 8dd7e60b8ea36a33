"""Part of proof 6: a VPC endpoint is no way out for data to somebody else's account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from plan.network import ENDPOINT
from plan.proofs.finding import Findings
from plan.recording import Recording, document
from plan.roles import as_list

# Keys that tie a request to one account: whose credentials sign it, or whose resource it is for.
# Source: "Data perimeters on AWS", AWS IAM User Guide.
_ACCOUNT_KEYS = frozenset({"aws:principalaccount", "aws:resourceaccount"})
# Resources that name neither an account nor a bucket.
_ANYTHING = re.compile(r"\*|arn:[^:]+:s3:::\*.*")


def check_endpoint_policies(findings: Findings, recording: Recording) -> None:
    """Every endpoint has a policy whose statements are tied to this account or to one resource.

    An endpoint without one gets the service's default, which allows everything to everybody, and
    with it another account's credentials and buckets. Source: "Control access to VPC endpoints
    using endpoint policies", AWS PrivateLink Guide.
    """
    for endpoint in recording.of_type(ENDPOINT):
        policy = endpoint.inputs.get("policy")
        if not policy:
            findings.add(
                "endpoint-policy",
                endpoint.name,
                "without a policy it admits every principal and resource; limit it to the account.",
            )
            continue
        for statement in as_list(document(policy).get("Statement")):
            if _is_open(statement, recording.account):
                findings.add(
                    "endpoint-policy",
                    endpoint.name,
                    f"the statement {statement.get('Sid', 'without Sid')} admits other accounts; "
                    f"add StringEquals aws:PrincipalAccount or aws:ResourceAccount "
                    f"{recording.account}.",
                )


def _is_open(statement: Mapping[str, Any], account: str) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    resources = as_list(statement.get("Resource", "*"))
    if not any(_ANYTHING.fullmatch(str(item)) for item in resources):
        return False
    required = (statement.get("Condition") or {}).get("StringEquals") or {}
    return not any(
        key.lower() in _ACCOUNT_KEYS and as_list(value) == [account]
        for key, value in required.items()
    )
