"""Part of proof 6: the keeper is really run, so that no executor outlives its session."""

from __future__ import annotations

from plan.platform import Platform
from plan.proofs.finding import Findings
from plan.proofs.logs import EVENT_TARGET
from plan.recording import Recording, Resource

EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
PERMISSION = "aws:lambda/permission:Permission"


def check_keeper_schedule(findings: Findings, platform: Platform) -> None:
    """Rules, targets and permissions that lead to the keeper.

    EventBridge reports nothing when a rule has no target, is disabled, or may not invoke its
    function. Sources: "Using resource-based policies for Amazon EventBridge", EventBridge User
    Guide; PutRule, EventBridge API reference.
    """
    recording, keeper = platform.recording, platform.keeper
    targets = recording.of_type(EVENT_TARGET)
    for rule in recording.of_type(EVENT_RULE):
        if not any(_is_of(target, rule) for target in targets):
            findings.add(
                "event-target", rule.name, "it matches and tells nobody; give it a target."
            )
    if keeper is None:
        return
    running = [
        rule
        for rule in recording.of_type(EVENT_RULE)
        if any(_is_of(t, rule) and t.inputs.get("arn") == keeper.text("arn") for t in targets)
    ]
    if not any(rule.inputs.get("scheduleExpression") for rule in running):
        findings.add(
            "keeper-schedule",
            keeper.name,
            "no schedule has it as its target, so executors that lost their session are billed "
            "until their lifetime ends; add a scheduled rule and its target.",
        )
    for rule in running:
        _check_rule(findings, recording, keeper, rule)


def _is_of(target: Resource, rule: Resource) -> bool:
    return target.inputs.get("rule") in {rule.text("name"), rule.id}


def _check_rule(findings: Findings, recording: Recording, keeper: Resource, rule: Resource) -> None:
    if rule.inputs.get("state", "ENABLED") == "DISABLED" or rule.inputs.get("isEnabled") is False:
        findings.add("keeper-disabled", rule.name, "the rule never runs the keeper; enable it.")
    for permission in recording.of_type(PERMISSION):
        given = permission.inputs
        if (
            given.get("function") in {keeper.text("name"), keeper.text("arn")}
            and given.get("sourceArn") == rule.text("arn")
            and given.get("principal") == "events.amazonaws.com"
            and given.get("action") == "lambda:InvokeFunction"
        ):
            return
    findings.add(
        "keeper-permission",
        rule.name,
        "it may not invoke the keeper; give events.amazonaws.com lambda:InvokeFunction with this "
        "rule as the source.",
    )
