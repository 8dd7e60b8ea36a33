"""Failures of what must stay, go, or be closed: tear-down, protection, buckets, endpoints."""

import json
from collections.abc import Mapping
from typing import Any

from plan.network import ENDPOINT, GROUP, SUBNET
from plan.platform import BUCKET, CLUSTER, LOAD_BALANCER, RUNTIME_ENDPOINT
from plan.proofs.buckets import LIFECYCLE, VERSIONING
from plan.proofs.cluster import CAPACITY_PROVIDERS
from plan.proofs.images import LIFECYCLE_POLICY
from plan.recording import Recording
from plan.roles import TASK_DEFINITION
from tests.plan.mutants.mutation import Mutant, inputs, without

REVIEW = "review of November 2026: prod mutated by hand"
INTERFACES = "hashicorp/terraform-provider-aws #47399"
# A further stack that is protected like prod and is not called prod.
LIKE_PROD = ("protected=true", "alarms=true", "accessLogs=true", "pinnedEndpoint=true")


def _unheld(type_: str, part: str = "") -> Any:
    return lambda recording: recording.change(recording.one(type_, part).urn, before_delete=())


def _policy(part: str, **members: Any) -> Any:
    """The endpoint's policy, its statements with members replaced; ``None`` takes one away."""

    def mutate(recording: Recording) -> Recording:
        endpoint = recording.one(ENDPOINT, part)
        document = json.loads(endpoint.inputs["policy"])
        document["Statement"] = [_with(item, members) for item in document["Statement"]]
        return recording.change_inputs(endpoint.urn, policy=json.dumps(document))

    return mutate


def _with(statement: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**statement, **members}.items() if value is not None}


def _expiry_off(recording: Recording) -> Recording:
    rules = recording.one(LIFECYCLE, "artifacts").inputs["rules"]
    disabled = [{**rule, "status": "Disabled"} for rule in rules]
    return inputs(recording, LIFECYCLE, "artifacts", rules=disabled)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "the runtime's group cannot be deleted for 8 hours", INTERFACES,
        "order", "interfaces-held", _unheld(GROUP, "agent-runtime"),
    ),
    Mutant(
        "the runtime's subnet cannot be deleted for 8 hours", INTERFACES,
        "order", "interfaces-held", _unheld(SUBNET, "private-use1-az1"),
    ),
    Mutant(
        "a cluster with running executors cannot be deleted", "reference system, clean-up",
        "order", "executors-running", _unheld(CLUSTER),
    ),
    Mutant(
        "capacity providers of running executors cannot be taken away",
        "reference system, clean-up",
        "order", "executors-running", _unheld(CAPACITY_PROVIDERS),
    ),
    Mutant(
        "data of a protected stack with another name can be destroyed", REVIEW,
        "order", "data-unprotected",
        lambda r: r.change(r.one(BUCKET, "artifacts").urn, protect=False), overrides=LIKE_PROD,
    ),
    Mutant(
        "a protected stack with another name has no pinned endpoint", REVIEW,
        "order", "endpoint-version", lambda r: without(r, RUNTIME_ENDPOINT), overrides=LIKE_PROD,
    ),
    Mutant(
        "an update takes away what running sessions start executors from", "ECS revisions",
        "order", "revision-lost", lambda r: inputs(r, TASK_DEFINITION, skipDestroy=None),
    ),
    Mutant(
        "a group that others name is not declared", REVIEW, "order", "undeclared",
        lambda r: without(r, GROUP, "agent-runtime"), stack="prod",
    ),
    Mutant(
        "nobody can tell who sent what to an executor", REVIEW, "order", "access-logs-off",
        lambda r: inputs(r, LOAD_BALANCER, accessLogs=None), stack="prod",
    ),
    Mutant(
        "access logs are declared and switched off", REVIEW, "order", "access-logs-off",
        lambda r: inputs(r, LOAD_BALANCER, accessLogs={"enabled": False, "bucket": "x"}),
        overrides=("accessLogs=true",),
    ),
    Mutant(
        "what is overwritten is lost", REVIEW, "order", "versioning",
        lambda r: inputs(
            r, VERSIONING, "artifacts", versioningConfiguration={"status": "Suspended"}
        ),
        stack="prod",
    ),
    Mutant(
        "a bucket without versioning", "reference system, S3", "order", "versioning",
        lambda r: without(r, VERSIONING, "artifacts"), stack="prod",
    ),
    Mutant(
        "a bucket grows for ever", REVIEW, "order", "bucket-lifecycle",
        lambda r: without(r, LIFECYCLE, "artifacts"), stack="prod",
    ),
    Mutant(
        "the rules that empty a bucket are switched off", REVIEW, "order", "bucket-lifecycle",
        _expiry_off,
    ),
    Mutant(
        "every build stays in the repository", REVIEW, "images", "image-lifecycle",
        lambda r: without(r, LIFECYCLE_POLICY, "executor"), stack="prod",
    ),
    Mutant(
        "an endpoint admits everybody: it has no policy", REVIEW, "order", "endpoint-policy",
        lambda r: inputs(r, ENDPOINT, "endpoint-logs", policy=None), stack="prod",
    ),
    Mutant(
        "the S3 endpoint leads to everybody's buckets: it has no policy", REVIEW,
        "order", "endpoint-policy", lambda r: inputs(r, ENDPOINT, "endpoint-s3", policy=None),
    ),
    Mutant(
        "an interface endpoint admits other accounts", REVIEW, "order", "endpoint-policy",
        _policy("endpoint-logs", Action="*", Condition=None),
    ),
    Mutant(
        "the S3 endpoint leads to other accounts' buckets", REVIEW, "order", "endpoint-policy",
        _policy("endpoint-s3", Action="*", Resource="*", Condition=None),
    ),
    Mutant(
        "an interface endpoint admits another account", REVIEW, "order", "endpoint-policy",
        _policy(
            "endpoint-ecr.api",
            Condition={"StringEquals": {"aws:PrincipalAccount": "999999999999"}},
        ),
    ),
)  # fmt: skip
