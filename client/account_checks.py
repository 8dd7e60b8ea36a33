"""What the AWS account needs: zones that AgentCore supports, models, a role, where traces go."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from client.aws import AwsClients, code_of, explained, is_denied, message_of
from client.findings import Finding, failed, ok, warning
from client.stack_settings import StackSettings

ZONES = Path("components") / "agentcore_zones.json"
"""In the Pulumi project: the one table of zones, which the program uses too."""
QUICK = {"connect_timeout": 3, "read_timeout": 8, "retries": {"total_max_attempts": 2}}
_PROFILE = re.compile(r"(?P<geography>global|us-gov|us|eu|apac|jp|au|ca)\.(?P<model>.+)")
_ECS_ROLE = "AWSServiceRoleForECS"
_UNKNOWN_MODEL = frozenset({"ResourceNotFoundException", "ValidationException"})


def check_zones(clients: AwsClients, settings: StackSettings, project: Path) -> Finding:
    """At least two zones of the region that AgentCore supports and the account has."""
    table: dict[str, Any] = json.loads((project / ZONES).read_bytes())
    supported: Sequence[str] = settings["agentcoreZoneIds"] or table["zones"].get(
        clients.region, []
    )
    if not supported:
        return failed(
            f"AgentCore is not known in {clients.region} (table of {table['as_of']})",
            f"set aws:region to one of {', '.join(sorted(table['zones']))}",
        )
    with explained("listing the availability zones"):
        answer = clients.client("ec2").describe_availability_zones()
    offered = {zone["ZoneId"] for zone in answer["AvailabilityZones"]}
    existing = settings["existingVpc"] or {}
    wanted: Sequence[str] = settings["availabilityZoneIds"] or list(
        existing.get("privateSubnetIds") or []
    )
    usable = [zone for zone in supported if zone in offered]
    if len(usable) < 2:
        return failed(
            f"{clients.region} has {len(usable)} zones that AgentCore supports", "use another one"
        )
    unfit = [zone for zone in wanted if zone not in usable]
    if unfit:
        return failed(
            f"{', '.join(unfit)} cannot be used in {clients.region}",
            f"set availabilityZoneIds to two or more of {', '.join(usable)}",
        )
    return ok(f"{clients.region}: {', '.join(wanted or usable)}")


def check_model(clients: AwsClients, model: str) -> Finding:
    """Whether the account may use a Bedrock model, here or through an inference profile."""
    found = _PROFILE.fullmatch(model)
    bedrock = clients.client("bedrock")
    choose = "set 'model' to one of: aws bedrock list-inference-profiles"
    try:
        if found:
            bedrock.get_inference_profile(inferenceProfileIdentifier=model)
        answer = bedrock.get_foundation_model_availability(
            modelId=found["model"] if found else model
        )
    except ClientError as error:
        if code_of(error) in _UNKNOWN_MODEL:
            return failed(f"{model} is not offered in {clients.region}", choose)
        if is_denied(error):
            return warning(
                f"{model}: not checked ({code_of(error)})",
                "ask for bedrock:GetInferenceProfile and GetFoundationModelAvailability",
            )
        return failed(f"{model}: {code_of(error)}: {message_of(error)}", "try again")
    if answer["regionAvailability"] != "AVAILABLE":
        return failed(f"{model} is not available in {clients.region}", choose)
    if answer["agreementAvailability"]["status"] != "AVAILABLE":
        return failed(
            f"{model}: its agreement is not accepted",
            "open it in the Bedrock console once and accept its terms",
        )
    if "NOT_AUTHORIZED" in answer["authorizationStatus"]:
        return failed(f"{model}: the account is not authorized", "ask for bedrock:InvokeModel")
    if answer["entitlementAvailability"] != "AVAILABLE":
        return failed(f"{model}: access is not granted", "request it in the Bedrock console")
    return ok(model)


def check_ecs_role(clients: AwsClients) -> Finding:
    """Whether ECS has its service-linked role, which it makes too late with a first cluster."""
    try:
        clients.client("iam").get_role(RoleName=_ECS_ROLE)
    except ClientError as error:
        if code_of(error) == "NoSuchEntity":
            return warning(
                f"{_ECS_ROLE} is missing: ECS was never used in the account",
                "run once: aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",
            )
        advice = "ask for iam:GetRole" if is_denied(error) else "try again"
        return warning(f"{_ECS_ROLE}: not checked ({code_of(error)})", advice)
    except BotoCoreError as error:
        # IAM may be out of reach where the stack's region is not: its endpoint is elsewhere.
        return warning(f"{_ECS_ROLE}: not checked ({type(error).__name__})", "try again")
    return ok(_ECS_ROLE)


def check_trace_destination(clients: AwsClients) -> Finding:
    """Whether the delivery of traces will be accepted: AWS refuses it while segments go to X-Ray.

    Source: CreateDelivery's answer, "X-Ray Delivery Destination is supported with CloudWatch Logs
    as a Trace Segment Destination".
    """
    try:
        answer = clients.client("xray").get_trace_segment_destination()
    except ClientError as error:
        if is_denied(error):
            return warning(
                f"Transaction Search: not checked ({code_of(error)})",
                "ask for xray:GetTraceSegmentDestination",
            )
        return failed(f"Transaction Search: {code_of(error)}: {message_of(error)}", "try again")
    found, state = answer.get("Destination"), answer.get("Status")
    if found != "CloudWatchLogs":
        return failed(
            f"Transaction Search is off in {clients.region}, so the traces cannot be delivered",
            "enable it once: CloudWatch console, Application Signals, Transaction Search; or set "
            "traces to false",
        )
    if state != "ACTIVE":
        return failed(f"Transaction Search is {state}", "wait some minutes and check again")
    return ok(f"Transaction Search is on in {clients.region}")
