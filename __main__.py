"""Deep Insight on AWS, as one Pulumi program.

    client ──▶ AgentRuntime ──▶ load balancer ──▶ executor task (one a session)
                    │                                   │
                    ├──▶ Bedrock models                 └──▶ artifacts bucket (presigned)
                    └──▶ ECS: run, watch, stop

All of it in private subnets of one NetworkTier; every arrow is a binding (stack/platform.py).
"""

import pulumi

from stack.loading import load
from stack.platform import build

for name, value in build(load()).outputs.items():
    pulumi.export(name, value)
