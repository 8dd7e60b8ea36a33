"""Stand-ins for the AWS services that a session on Fargate meets, on loopback.

`Account` is the API (moto behind what moto lacks), `Fargate` runs each task that appears as a real
`python -m executor`, `LoadBalancer` is a sticky application load balancer of two nodes, and
`AgentCore` is the data plane in front of the runtime's real server. `DeployedStack` makes in the
account what the Pulumi program would have made. See docs/decisions/0020-stand-ins-for-aws.md.
"""

from tests.fargate.stand_ins.account import Account
from tests.fargate.stand_ins.agentcore import AgentCore
from tests.fargate.stand_ins.deployed_stack import DeployedStack, deploy
from tests.fargate.stand_ins.fargate import Fargate, Start
from tests.fargate.stand_ins.load_balancer import LoadBalancer

__all__ = ["Account", "AgentCore", "DeployedStack", "Fargate", "LoadBalancer", "Start", "deploy"]
