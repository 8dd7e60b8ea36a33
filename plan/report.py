"""The printed plan: resources, environments, reach, rights, cost and proofs as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from plan.cost import Cost
from plan.hops import INTERNET, Hop, needed_hops
from plan.platform import Platform
from plan.proofs.finding import Verdict
from plan.provenance import Provenance
from plan.recording import Recording, Resource
from plan.roles import roles

WIDTH = 118


def _heading(title: str) -> list[str]:
    return ["", title, "=" * len(title)]


def _short(type_: str) -> str:
    """``ec2 Vpc`` for ``aws:ec2/vpc:Vpc``; a component's or provider's own name as it is."""
    package, module, name = (*type_.split(":"), "", "")[:3]
    folder = module.split("/", 1)[0]
    return f"{folder} {name}" if package == "aws" else f"{package} {name}".replace(" index", "")


def _component(resource: Resource) -> str:
    return f"{resource.type.rsplit(':', 1)[-1]} {resource.name}"


def tree(recording: Recording) -> list[str]:
    """Components with their resources; resources of one type share a line."""
    lines = _heading(f"Resources of {recording.project}-{recording.stack} in {recording.region}")
    roots = [item for item in recording.sorted() if not item.parent]
    for index, root in enumerate(roots):
        lines += _branch(recording, root, "", index == len(roots) - 1)
    custom = sum(item.custom for item in recording.sorted())
    count = len(recording.resources)  # the proofs look at components, too
    lines.append(f"{custom} resources in {count - custom} components, {count} in all")
    return lines


def _branch(recording: Recording, node: Resource, indent: str, last: bool) -> list[str]:
    joint, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
    if node.custom:
        return [f"{indent}{joint}{_short(node.type)}: {node.name}"]
    lines = [f"{indent}{joint}{_component(node)}"]
    children = recording.children(node.urn)
    grouped: dict[str, list[str]] = {}
    for child in children:
        if child.custom:
            grouped.setdefault(_short(child.type), []).append(_local(child, node))
    components = [child for child in children if not child.custom]
    for index, (type_, names) in enumerate(grouped.items()):
        end = not components and index == len(grouped) - 1
        lines += _wrapped(f"{type_}: ", ", ".join(names), indent + below, "└─ " if end else "├─ ")
    for index, child in enumerate(components):
        lines += _branch(recording, child, indent + below, index == len(components) - 1)
    return lines


def _local(child: Resource, parent: Resource) -> str:
    """A child's name without its component's."""
    return child.name.removeprefix(f"{parent.name}-") or child.name


def _wrapped(start: str, text: str, indent: str, joint: str) -> list[str]:
    first = f"{indent}{joint}{start}"
    rest = indent + ("│  " if joint.startswith("├") else "   ") + "  "
    return _fold(text, first, rest)


def _fold(text: str, first: str, rest: str) -> list[str]:
    """``text`` in lines of the plan's width, names kept whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def environments(recording: Recording) -> list[str]:
    """Each container's variables, with the output that each value comes from."""
    platform, provenance = Platform(recording), Provenance(recording)
    lines = _heading("Environment of the agent runtime")
    hidden = any(path[0] == "environmentVariables" for path in platform.runtime.secrets)
    rows = [
        (name, "[secret]" if hidden else value, provenance.describe(value))
        for name, value in sorted(platform.environment.items())
    ]
    lines += _table(("variable", "value", "from"), rows, (43, 44, 48))
    for container in platform.containers:
        lines += _heading(f"Environment of the container {container.get('name')}")
        plain = [
            (str(item["name"]), str(item.get("value")), provenance.describe(item.get("value")))
            for item in container.get("environment") or []
        ]
        secret = [
            (str(item["name"]), "[secret]", provenance.describe(item.get("valueFrom")))
            for item in container.get("secrets") or []
        ]
        session = [
            ("SESSION_ID", "one for each session", "RunTask by the runtime"),
            ("SESSION_TOKEN_SHA256", "one for each session", "RunTask by the runtime"),
        ]
        lines += _table(("variable", "value", "from"), [*plain, *secret, *session], (43, 44, 48))
    return lines


def reach(recording: Recording) -> list[str]:
    """Who may reach whom, and how an AWS service is reached."""
    platform = Platform(recording)
    lines = _heading("Who may reach whom")
    rows = []
    for hop in needed_hops(platform):
        target = hop.target.name if hop.target else hop.service
        rows.append((hop.source.name, target, f"tcp {hop.port}", _way(platform, hop)))
    lines += _table(("from", "to", "port", "way"), rows, (16, 26, 10, 60))
    lines.append("Nothing else is open: no other ingress, no other egress.")
    return lines


def _way(platform: Platform, hop: Hop) -> str:
    if hop.target is not None:
        return f"group to group: {hop.why}"
    if hop.service == INTERNET:
        return f"over the NAT gateway: {hop.why}"
    endpoint = platform.network.endpoint(hop.service)
    if endpoint is None:
        return "over the NAT gateway, or an endpoint of the existing VPC"
    if endpoint.gateway:
        return "gateway endpoint on the private route tables"
    zones = len(endpoint.subnets)
    return f"interface endpoint in {zones} zone{'s' if zones > 1 else ''}, private DNS"


def rights(recording: Recording) -> list[str]:
    """Who may do what, one line an action and resource."""
    lines = _heading("Who may do what")
    for role in roles(recording):
        lines.append(f"{role.resource.name} (for: {role.purpose})")
        seen: dict[tuple[str, str], set[str]] = {}
        for right in role.rights:
            condition = "; ".join(
                f"{key} = {_values(value)}"
                for entries in right.condition.values()
                for key, value in entries.items()
            )
            key = (_resource_label(right.resource), condition)
            seen.setdefault(key, set()).add(right.action)
        for (resource, condition), actions in seen.items():
            text = f"{', '.join(sorted(actions))} on {resource}"
            text += f" if {condition}" if condition else ""
            lines += _fold(text, "  - ", "    ")
    if not any("executor task" in role.purpose for role in roles(recording)):
        lines.append("executor containers have no AWS identity at all")
    return lines


def _values(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _resource_label(arn: str) -> str:
    """An ARN without the parts that every ARN of the stack shares."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return arn
    place = f"{parts[3] or 'any region'} " if parts[2] == "bedrock" and not parts[4] else ""
    return f"{parts[2]} {place}{parts[5]}"


def costs(cost: Cost) -> list[str]:
    """The cost table with its date, its place and what is left out."""
    table = cost.table
    title = f"Cost a month in {table.currency}, list prices of {table.as_of}, {table.region}"
    lines = _heading(title)
    rows = [
        (line.item, _money(line.idle, line.basis), _money(line.always, line.basis), line.basis)
        for line in cost.lines
    ]
    rows.append(("total", f"{cost.idle:.2f}", f"{cost.always:.2f}", "without what depends on use"))
    lines += _table(("item", "idle", "24/7", "basis"), rows, (28, 12, 12, 66), right=(1, 2))
    lines += cost.notes
    lines.append("idle: nobody uses the stack; 24/7: one session runs round the clock.")
    lines.append("Tokens of the models are not part of it. Prices and sources: plan/prices.json.")
    if cost.region != table.region:
        lines.append(f"The stack is in {cost.region}, whose prices differ from {table.region}.")
    return lines


def _money(amount: float | None, basis: str) -> str:
    if amount is not None:
        return f"{amount:.2f}"
    return "by use" if " per " in basis else "not priced"


def proofs(verdicts: Iterable[Verdict]) -> list[str]:
    """One line a proof, and one a finding."""
    lines = _heading("Proofs")
    for verdict in verdicts:
        count = len(verdict.findings)
        result = "holds" if verdict.holds else f"BROKEN, {count} finding{'s' if count > 1 else ''}"
        lines.append(f"{verdict.proof:<12} {result:<24} {verdict.looked_at}")
        for finding in verdict.findings:
            text = f"{finding.rule}: {finding.subject}: {finding.message}"
            lines += _fold(text, "  ! ", "    ")
    return lines


def _table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    right: Sequence[int] = (),
) -> list[str]:
    """Columns as wide as needed, at most ``widths``; longer texts are cut in the middle."""
    cut = [
        [_cut(str(cell), width) for cell, width in zip(row, widths, strict=True)] for row in rows
    ]
    size = [
        max([len(header[index]), *(len(row[index]) for row in cut)]) for index in range(len(widths))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(size[index]) if index in right else cell.ljust(size[index])
            for index, cell in enumerate(cells)
        ]
        return "  ".join(padded).rstrip()

    return [line(header), line(["-" * width for width in size]), *(line(row) for row in cut)]


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"


def report(recording: Recording, cost: Cost, verdicts: Sequence[Verdict]) -> str:
    """The whole printed plan."""
    parts = [
        *tree(recording),
        *environments(recording),
        *reach(recording),
        *rights(recording),
        *costs(cost),
        *proofs(verdicts),
    ]
    return "\n".join(parts).lstrip("\n")
