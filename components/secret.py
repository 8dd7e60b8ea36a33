"""ManagedSecret: a secret whose value is set outside the program."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.binding import Binding, ServiceReach
from components.deployment import Deployment
from components.grant import Grant

RECOVERY_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class ManagedSecretArgs:
    """A Secrets Manager secret; its value never enters the program or its state."""

    deployment: Deployment
    role: str
    description: str


class ManagedSecret(pulumi.ComponentResource):
    """A secret, offered in two ways: as a variable, or to be read by an identity."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ManagedSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:ManagedSecret", name, None, opts)
        self._role = args.role
        protected = args.deployment.protected
        self._secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            name=f"{args.deployment.prefix}/{args.role}",
            description=args.description,
            recovery_window_in_days=RECOVERY_DAYS if protected else 0,
            opts=pulumi.ResourceOptions(parent=self, protect=protected),
        )
        self.arn = self._secret.arn
        self.register_outputs({"arn": self.arn})

    def inject(self, variable: str) -> Binding:
        """The value as an environment variable; the platform reads it, the container need not."""
        return Binding(
            provider=f"secret {self._role}",
            secrets={variable: self.arn},
            ready=(self._secret,),
        )

    def read(self, variable: str) -> Binding:
        """The ARN as a variable, and the right to read the value with the user's own identity."""
        label = "".join(part.capitalize() for part in self._role.split("-"))
        return Binding(
            provider=f"secret {self._role}",
            environment={variable: self.arn},
            grants=(
                Grant(
                    sid=f"ReadSecret{label}",
                    actions=["secretsmanager:GetSecretValue"],
                    resources=[self.arn],
                ),
            ),
            reach=(ServiceReach(service="secretsmanager"),),
            ready=(self._secret,),
        )
