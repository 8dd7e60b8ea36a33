"""The picture as Mermaid text, for pages that cannot show an SVG file."""

from __future__ import annotations

from plan.hops import INTERNET, needed_hops
from plan.network import VPC
from plan.platform import Platform
from plan.recording import Recording

_SHAPES = {
    "runtime": 'runtime["Agent runtime<br/>AgentCore, one microVM a session"]',
    "load balancer": 'balancer["Internal load balancer"]',
    "executor": 'executor["Executor tasks<br/>Fargate, one task a session"]',
}
_NODES = {"runtime": "runtime", "load balancer": "balancer", "executor": "executor"}


def mermaid(recording: Recording) -> str:
    """A flowchart: the parties inside the VPC, the services behind endpoints, and open ports."""
    platform = Platform(recording)
    vpcs = recording.of_type(VPC)
    block = f"VPC {vpcs[0].inputs.get('cidrBlock')}" if vpcs else "existing VPC"
    hops = needed_hops(platform)
    parties = ["runtime", "executor"] + (["load balancer"] if platform.route == "alb" else [])
    lines = ["flowchart LR", '  client["Client"]', f'  subgraph vpc["{block}"]', "    direction TB"]
    lines += [f"    {_SHAPES[name]}" for name in parties]
    if any(not item.gateway for item in platform.network.endpoints):
        lines.append('    endpoints["Interface endpoints<br/>private DNS"]')
    if platform.network.endpoint("s3"):
        lines.append('    gateway["S3 gateway endpoint"]')
    lines += ["  end", '  bucket[("Artifacts bucket")]', '  services["AWS services"]']
    lines.append('  client -- "InvokeAgentRuntime, HTTPS" --> runtime')
    edges = []
    for hop in hops:
        source = _NODES[hop.source.name]
        if hop.target is not None:
            edges.append(f'  {source} -- "tcp {hop.port}" --> {_NODES[hop.target.name]}')
        elif hop.service == INTERNET:
            edges.append(f'  {source} -- "tcp {hop.port}" --> internet(("Internet"))')
        elif hop.service == "s3":
            edges.append(f"  {source} --> gateway")
        else:
            edges.append(f'  {source} -- "tcp {hop.port}" --> endpoints')
    lines += dict.fromkeys(edges)
    names = sorted({hop.service for hop in hops} - {"", "s3", INTERNET})
    lines.append(f'  endpoints -- "{", ".join(names)}" --> services')
    lines.append("  gateway --> bucket")
    return "\n".join(lines) + "\n"
