"""The architecture of a recording as an SVG: who stands where, and which arrows are open.

The picture is drawn from the recording alone: a bar spans the zones whose subnets it is in, an
arrow exists because rules open it, a service is listed because something calls it.
"""

from __future__ import annotations

from collections.abc import Sequence

from plan.canvas import INK, MUTED, PAPER, Box, Canvas
from plan.cost import Cost
from plan.hops import INTERNET, needed_hops, services_of
from plan.layout import (
    LANE,
    SERVICES_LEFT,
    SERVICES_RIGHT,
    VPC_LEFT,
    VPC_RIGHT,
    WIDTH,
    Layout,
    Zone,
)
from plan.network import VPC
from plan.platform import LISTENER, Platform
from plan.proofs.finding import Verdict
from plan.recording import Recording

CLIENT, AGENT, FRONT, TASK, PRIVATE, STORE = (
    "#3b5bdb",
    "#7048e8",
    "#0c8599",
    "#e8590c",
    "#2b8a3e",
    "#2f9e44",
)
# Below this width a card holds short words only.
NARROW = 280

ZONE_FILLS = ("#eef4ff", "#f3effd", "#eefaf3")

SERVICE_NAMES = {
    "bedrock-agentcore": "AgentCore identity",
    "bedrock-runtime": "Bedrock models",
    "ecr.api": "ECR, registry API",
    "ecr.dkr": "ECR, image layers",
    "ecs": "ECS, tasks",
    "elasticloadbalancing": "Load balancing API",
    "logs": "CloudWatch Logs",
    "monitoring": "CloudWatch metrics",
    "s3": "S3, artifacts and layers",
    "secretsmanager": "Secrets Manager",
    "sts": "STS",
    "xray": "X-Ray traces",
}


class _Picture:
    """One drawing; positions are computed from top to bottom."""

    def __init__(self, recording: Recording, cost: Cost, verdicts: Sequence[Verdict]) -> None:
        self.recording = recording
        self.platform = Platform(recording)
        self.network = self.platform.network
        self.cost = cost
        self.verdicts = verdicts
        self.canvas = Canvas(WIDTH)
        self.layout = Layout(self.platform)

    def draw(self) -> str:
        self._header()
        self._ground()
        services, bucket = self._services(), self._bucket()
        self._parties()
        self._arrows(services, bucket)
        self._legend(max(self.layout.vpc.bottom, services.bottom) + 34)
        height = max(self.layout.vpc.bottom, services.bottom) + 66
        title = f"{self.recording.project}-{self.recording.stack} on AWS"
        colours = (CLIENT, AGENT, FRONT, TASK, PRIVATE, STORE)
        return self.canvas.render(height, title, colours)

    def _header(self) -> None:
        recording, canvas = self.recording, self.canvas
        canvas.text(30, 50, f"{recording.project} · {recording.stack}", size=28, weight=700)
        custom = sum(item.custom for item in recording.sorted())
        facts = (
            f"{recording.region}  ·  {custom} resources  ·  {self.cost.idle:,.0f} USD a month idle,"
            f" at most {self.cost.always:,.0f} with one session round the clock"
        )
        canvas.text(30, 78, facts, size=15, colour=MUTED)
        x = WIDTH - 30.0
        for verdict in reversed(self.verdicts):
            colour = PRIVATE if verdict.holds else "#c92a2a"
            words = f"{'✓' if verdict.holds else '✗'} {verdict.proof}"
            width = len(words) * 7.6 + 22
            x -= width
            pill = Box(x, 34, width - 8, 28)
            canvas.box(pill, stroke=colour, radius=14)
            canvas.text(pill.middle, 53, words, size=13, colour=colour, weight=600, anchor="middle")
        canvas.text(
            WIDTH - 38, 82, "proven from the program", size=12.5, colour=MUTED, anchor="end"
        )

    def _ground(self) -> None:
        canvas = self.canvas
        canvas.box(self.layout.vpc, fill=PAPER, stroke="#8ea0b5", radius=16, thickness=1.6)
        vpcs = self.recording.of_type(VPC)
        block = f"VPC {vpcs[0].inputs.get('cidrBlock')}" if vpcs else "existing VPC"
        canvas.text(self.layout.vpc.x + 20, self.layout.vpc.y + 26, block, size=15, weight=700)
        for index, zone in enumerate(self.layout.zones):
            column = zone.column
            canvas.box(column, fill="none", stroke="#9fb0c3", radius=12, dash="6 5")
            canvas.text(column.x + 14, column.y + 22, zone.name, size=13, weight=600, colour=MUTED)
            if zone.public is not None:
                self._public(zone)
            ground = Box(
                column.x + 8,
                self.layout.private_top,
                column.width - 16,
                column.bottom - 8 - self.layout.private_top,
            )
            fill = ZONE_FILLS[index % len(ZONE_FILLS)]
            canvas.box(ground, fill=fill, stroke=fill, radius=8)
            label = "private subnet"
            if zone.private and zone.private.cidr:
                label += f" {zone.private.cidr}"
            canvas.text(ground.x + 12, ground.y + 24, label, size=12.5, colour=MUTED)

    def _public(self, zone: Zone) -> None:
        canvas, column = self.canvas, zone.column
        ground = Box(column.x + 8, column.y + 34, column.width - 16, 66)
        canvas.box(ground, fill="#fff9db", stroke="#fff9db", radius=8)
        assert zone.public is not None
        label = f"public subnet {zone.public.cidr}"
        canvas.text(ground.x + 12, ground.y + 24, label, size=12.5, colour=MUTED)
        if zone.nat:
            chip = Box(ground.right - 146, ground.y + 28, 136, 32)
            canvas.box(chip, stroke="#e67700", radius=8)
            canvas.icon("nat", chip.x + 8, chip.y + 6, colour="#e67700", size=20)
            canvas.text(chip.x + 36, chip.y + 21, "NAT gateway", size=12.5, weight=600)
        else:
            canvas.text(
                ground.right - 14,
                ground.y + 46,
                "nothing in it",
                size=12,
                colour="#9a8f5c",
                anchor="end",
            )

    def _parties(self) -> None:
        platform, canvas = self.platform, self.canvas
        life = (platform.runtime.inputs.get("lifecycleConfigurations") or [{}])[0]
        idle = int(life.get("idleRuntimeSessionTimeout", 900)) // 60
        canvas.card(
            self.layout.span(platform.runtime_party.subnets, self.layout.agent),
            icon="agent",
            colour=AGENT,
            title="Agent runtime",
            lines=(
                "Bedrock AgentCore, one microVM a session, ARM64",
                f"{platform.runtime.text('agentRuntimeName')}, idle after {idle} min",
            ),
        )
        if self.layout.has_front and platform.front_party:
            group = platform.target_group
            check = (group.inputs.get("healthCheck") or {}) if group else {}
            canvas.card(
                self.layout.span(platform.front_party.subnets, self.layout.front),
                icon="balancer",
                colour=FRONT,
                title="Internal load balancer",
                lines=(
                    f"sticky cookie, {check.get('path', '/')} every {check.get('interval', 30)} s, "
                    "one target a session",
                ),
            )
        task = platform.task_definition.inputs
        cpus, gib = int(task.get("cpu", 0)) / 1024, int(task.get("memory", 0)) / 1024
        kind = str((task.get("runtimePlatform") or {}).get("cpuArchitecture", "X86_64"))
        internet = platform.executor_setting("KERNEL_NETWORK") == "full"
        canvas.card(
            self.layout.span(platform.executor_party.subnets, self.layout.task),
            icon="task",
            colour=TASK,
            title="Executor tasks",
            lines=(
                f"Fargate, one task a session, {cpus:g} vCPU, {gib:g} GB, {kind}",
                f"no AWS identity, read-only root, {'internet on' if internet else 'no internet'}",
            ),
        )
        if self.layout.interfaces:
            places = {item for endpoint in self.layout.interfaces for item in endpoint.subnets}
            where = "in each zone" if len(places) > 1 else "in one zone, for all"
            bar = self.layout.ends()
            lines = (f"private DNS, {where};", "for principals of this account only")
            narrow = bar.width < NARROW
            canvas.card(
                bar,
                icon="plug",
                colour=PRIVATE,
                title=f"{len(self.layout.interfaces)} {'' if narrow else 'interface '}endpoints",
                lines=("private DNS,", where) if narrow else lines,
            )

    def _services(self) -> Box:
        """The list of services with who calls them, level with the endpoints."""
        canvas, called = self.canvas, services_of(self.platform)
        names = sorted({item for party in called.values() for item in party} - {"s3"})
        if self._uses_internet:
            names.append(INTERNET)
        height = 62 + 30 * len(names)
        y = max(self.layout.agent.bottom + 40, self.layout.endpoints.bottom - height)
        box = Box(SERVICES_LEFT, y, SERVICES_RIGHT - SERVICES_LEFT, height)
        canvas.box(box, stroke="#8ea0b5", radius=14)
        canvas.icon("cloud", box.x + 16, box.y + 12, colour=INK, size=26)
        canvas.text(box.x + 52, box.y + 31, "AWS services", size=15, weight=700)
        for index, name in enumerate(names):
            y = box.y + 66 + index * 30
            canvas.text(box.x + 18, y, SERVICE_NAMES.get(name, name), size=13.5)
            self._callers(name, box.right, y)
            if self.network.endpoint(name) is None:
                adopted = name in self.platform.adopted_services
                way = "existing" if adopted else "NAT"
                canvas.text(box.right - 66, y, way, size=11, colour="#e67700", anchor="end")
        return box

    @property
    def _uses_internet(self) -> bool:
        return any(hop.service == INTERNET for hop in needed_hops(self.platform))

    def _callers(self, service: str, right: float, y: float) -> None:
        called = services_of(self.platform)
        for place, (party, colour) in enumerate((("runtime", AGENT), ("executor", TASK))):
            asked = service == INTERNET and party == "executor"
            if asked or service in called.get(party, ()):
                self.canvas.dot(right - 48 + place * 22, y - 4, colour, 6)

    def _bucket(self) -> Box:
        """The bucket, level with the runtime."""
        box = Box(
            SERVICES_LEFT,
            self.layout.agent.y,
            SERVICES_RIGHT - SERVICES_LEFT,
            self.layout.agent.height,
        )
        lines = ("versioned, encrypted,", "TLS only, never public")
        self.canvas.card(box, icon="bucket", colour=STORE, title="Artifacts bucket", lines=lines)
        self._callers("s3", box.right, box.y + 25)
        return box

    def _arrows(self, services: Box, bucket: Box) -> None:
        self._client_arrow()
        self._session_arrows()
        agent = self.layout.span(self.platform.runtime_party.subnets, self.layout.agent)
        task = self.layout.span(self.platform.executor_party.subnets, self.layout.task)
        ends = self.layout.ends()
        lane = VPC_RIGHT - LANE / 2 - 4
        if self.layout.interfaces:
            start = min(task.right - 60, ends.right - 40)
            self.canvas.arrow(
                [(start, task.bottom), (start, ends.y)],
                colour=TASK,
                label="HTTPS 443",
                at=(start - 10, task.bottom + 31),
                anchor="end",
            )
            turn, end = agent.centre + 20, ends.y + 22
            self.canvas.arrow(
                [(agent.right, turn), (lane, turn), (lane, end), (ends.right, end)],
                colour=AGENT,
                label="443",
                at=(lane, (turn + end) / 2),
                anchor="middle",
            )
            y = min(ends.bottom - 18, services.bottom - 18)
            self.canvas.arrow([(ends.right, y), (services.x, y)], colour=PRIVATE)
        if self.network.endpoint("s3"):
            y = agent.centre - 18
            self.canvas.arrow([(agent.right, y), (bucket.x, y)], colour=STORE)
            gate = Box(VPC_RIGHT - 66, y - 17, 132, 34)
            self.canvas.box(gate, stroke=STORE, radius=8)
            self.canvas.icon("gate", gate.x + 8, gate.y + 7, colour=STORE, size=20)
            self.canvas.text(gate.x + 34, gate.y + 22, "S3 gateway", size=12.5, weight=600)

    def _client_arrow(self) -> None:
        agent = self.layout.span(self.platform.runtime_party.subnets, self.layout.agent)
        client = Box(30, agent.y, 196, agent.height)
        self.canvas.card(
            client,
            icon="client",
            colour=CLIENT,
            title="Client",
            lines=("InvokeAgentRuntime,", "signed, streaming"),
        )
        self.canvas.arrow(
            [(client.right, agent.centre), (agent.x, agent.centre)],
            colour=CLIENT,
            label="HTTPS",
            at=(client.right + 14, agent.centre - 10),
        )

    def _session_arrows(self) -> None:
        agent = self.layout.span(self.platform.runtime_party.subnets, self.layout.agent)
        task = self.layout.span(self.platform.executor_party.subnets, self.layout.task)
        x = agent.x + agent.width * 0.42
        port = self.platform.executor_port
        if not self.layout.has_front or self.platform.front_party is None:
            self._down(agent, task, x, f"HTTP {port}", AGENT)
            return
        front = self.layout.span(self.platform.front_party.subnets, self.layout.front)
        listener = self.recording.of_type(LISTENER)[0].inputs
        label = f"{listener.get('protocol', 'HTTP')} {listener.get('port')}"
        self._down(agent, front, x, label, AGENT)
        self._down(front, task, x, f"HTTP {port}", FRONT)

    def _down(self, upper: Box, lower: Box, x: float, label: str, colour: str) -> None:
        self.canvas.arrow(
            [(x, upper.bottom), (x, lower.y)],
            colour=colour,
            label=label,
            at=(x + 10, (upper.bottom + lower.y) / 2 + 5),
        )

    def _legend(self, y: float) -> None:
        canvas = self.canvas
        canvas.dot(SERVICES_LEFT + 24, y - 4, AGENT, 6)
        canvas.text(SERVICES_LEFT + 38, y, "called by the runtime", size=12.5, colour=MUTED)
        canvas.dot(SERVICES_LEFT + 184, y - 4, TASK, 6)
        canvas.text(SERVICES_LEFT + 198, y, "by an executor", size=12.5, colour=MUTED)
        hops = len(needed_hops(self.platform))
        words = f"{hops} connections are open, each by rules of its own; nothing else is."
        canvas.text(VPC_LEFT, y, words, size=12.5, colour=MUTED)


def picture(recording: Recording, cost: Cost, verdicts: Sequence[Verdict]) -> str:
    """The SVG document of a recording."""
    return _Picture(recording, cost, verdicts).draw()
