"""`doctor`: is everything there that deploying and using a stack needs?"""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from client.errors import ClientError, ExitCode
from client.findings import Check, Finding, State, failed, ok, run_checks, skipped, warning
from client.machine_checks import check_docker, check_project, check_pulumi, check_python
from client.options import OutputsOption, StackOption
from client.place import require_boto3
from client.stack import load_stack, project_folder
from client.stack_settings import StackSettings, load_settings
from client.terminal import console_of, printable

_STYLES = {
    State.OK: ("ok", "green"),
    State.WARNING: ("warning", "yellow"),
    State.FAILED: ("FAILED", "bold red"),
    State.SKIPPED: ("skipped", "dim"),
}


def doctor(stack: StackOption = None, outputs: OutputsOption = None) -> int:
    """Check what deploying and using a stack needs, and say what to do about what is missing.

    \b
    python -m client doctor --stack dev

    Changes nothing. Exit code 1 when something that is needed does not work.
    """
    console = console_of("stdout")
    project = project_folder()
    settings, problem = _settings(project, stack)
    machine: dict[str, Check] = {
        "python": check_python,
        "project": partial(check_project, project),
        "docker": partial(check_docker, settings),
        "pulumi": check_pulumi,
    }
    if stack is not None or outputs is not None:
        machine["stack"] = partial(_check_stack, stack, outputs)
    if problem is not None:
        machine["settings"] = lambda: problem
    if settings is not None:
        machine["credentials"] = partial(_check_credentials, settings)
    findings = run_checks(machine)
    signed_in = findings.get("credentials", failed("", "")).state is State.OK
    if settings is not None and project is not None and signed_in:
        findings |= run_checks(_account_checks(settings, project))
    else:
        findings["account"] = skipped("zones, models and quotas: they need what failed above")
    _print(console, findings)
    bad = sum(finding.state is State.FAILED for finding in findings.values())
    if bad:
        console.print(f"{bad} of {len(findings)} checks failed.")
        return ExitCode.FAILED
    console.print("Everything that is needed is there.")
    return ExitCode.COMPLETED


def _settings(
    project: Path | None, stack: str | None
) -> tuple[StackSettings | None, Finding | None]:
    """The settings to check against, and what is wrong with them."""
    if project is None:
        return None, None
    try:
        settings = load_settings(project, stack)
    except ClientError as error:
        return None, failed(str(error).rstrip("."), "mend the file, or name another --stack")
    if not settings.region:
        return None, failed("no aws:region in the stack's settings", "run: pulumi config set")
    return settings, None


def _check_credentials(settings: StackSettings) -> Finding:
    """Who the credentials belong to, in the stack's region and an account it may be in."""
    require_boto3()
    from client.account_checks import QUICK
    from client.aws import AwsClients

    caller = AwsClients(settings.region, **QUICK).caller()
    allowed = settings["allowedAccountIds"] or []
    if allowed and caller.account_id not in map(str, allowed):
        return failed(
            f"{caller.arn} is not of an account in allowedAccountIds", "set AWS_PROFILE to one"
        )
    profile = os.environ.get("AWS_PROFILE")
    return ok(f"{caller.arn}{f' (profile {profile})' if profile else ''}")


def _account_checks(settings: StackSettings, project: Path) -> dict[str, Check]:
    """The checks that ask AWS."""
    from client import account_checks as account
    from client import quota_checks as quotas
    from client.aws import AwsClients
    from client.network_checks import check_existing_vpc

    clients = AwsClients(settings.region, **account.QUICK)
    checks: dict[str, Check] = {
        "zones": partial(account.check_zones, clients, settings, project),
        "sessions": partial(quotas.check_session_quota, clients),
        "ecs": partial(account.check_ecs_role, clients),
        "fargate": partial(quotas.check_fargate_quota, clients, settings),
    }
    if existing := settings["existingVpc"]:
        checks["vpc"] = partial(check_existing_vpc, clients, existing)
    else:
        checks["vpc"] = partial(quotas.check_vpc_quota, clients)
        if settings["nat"] in {"single", "per-az"}:
            checks["addresses"] = partial(quotas.check_address_quota, clients, settings)
    if settings["traces"] is not False:
        checks["traces"] = partial(account.check_trace_destination, clients)
    for model in settings.models:
        checks[f"model {model}"] = partial(account.check_model, clients, model)
    return checks


def _check_stack(name: str | None, outputs: Path | None) -> Finding:
    """Whether the stack is deployed; before the first `pulumi up` it is not, which is no fault."""
    try:
        return ok(f"deployed: {load_stack(name, outputs).runtime_arn}")
    except ClientError as error:
        text, _, advice = str(error).rstrip(".").partition("; ")
        return warning(text, advice)


def _print(console: Console, findings: Mapping[str, Finding]) -> None:
    for name, finding in findings.items():
        word, style = _STYLES[finding.state]
        line = Text.assemble((f"{word:<8}", style), f"{name.split()[0]:<12}{finding.text}")
        console.print(Text(printable(line.plain), spans=line.spans), soft_wrap=True)
        if finding.advice:
            console.print(Text(f"{'':<20}{printable(finding.advice)}"), soft_wrap=True)
