"""ClaimKey: the random key that turns a warm executor over to a session."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.binding import Binding, ServiceReach
from components.deployment import Deployment
from components.grant import Grant

LENGTH = 64


@dataclass(frozen=True, kw_only=True)
class ClaimKeyArgs:
    """The key of one stack's warm pool."""

    deployment: Deployment


class ClaimKey(pulumi.ComponentResource):
    """A Secrets Manager secret with letters and digits that AWS drew when it was made.

    Its value is kept when the program runs again. Nothing is lost with it, so it is deleted
    without a recovery window: a stack can be made again under the same name at once.
    """

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ClaimKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:ClaimKey", name, None, opts)
        secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            name=f"{args.deployment.prefix}/claim-key",
            description="Start-up tokens of warm executors are derived from it",
            recovery_window_in_days=0,
            opts=pulumi.ResourceOptions(parent=self),
        )
        drawn = aws.secretsmanager.get_random_password_output(
            password_length=LENGTH,
            exclude_punctuation=True,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        self._value = aws.secretsmanager.SecretVersion(
            f"{name}-value",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(drawn.random_password),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secretString"]),
        )
        self.arn = secret.arn
        self.register_outputs({"arn": self.arn})

    @property
    def ready(self) -> pulumi.Resource:
        """What must exist before the key can be read."""
        return self._value

    def read(self, variable: str) -> Binding:
        """The secret's ARN as a variable, and the right to read it."""
        return Binding(
            provider="claim key",
            environment={variable: self.arn},
            grants=(
                Grant(
                    sid="ReadClaimKey",
                    actions=["secretsmanager:GetSecretValue"],
                    resources=[self.arn],
                ),
            ),
            reach=(ServiceReach(service="secretsmanager"),),
            ready=(self.ready,),
        )
