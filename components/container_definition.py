"""The JSON that a task definition holds for its one container."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """Asked inside the container by Python itself, so that the image needs no curl."""

    path: str
    interval_seconds: int = 10
    timeout_seconds: int = 5
    retries: int = 3
    start_period_seconds: int = 30

    def render(self, port: int) -> dict[str, object]:
        """The healthCheck member of a container definition."""
        url = f"http://127.0.0.1:{port}{self.path}"
        code = f"import urllib.request as r; r.urlopen('{url}', timeout={self.timeout_seconds - 1})"
        return {
            "command": ["CMD", "python", "-c", code],
            "interval": self.interval_seconds,
            "timeout": self.timeout_seconds,
            "retries": self.retries,
            "startPeriod": self.start_period_seconds,
        }


@dataclass(frozen=True, kw_only=True)
class ContainerDefinition:
    """One essential container with a read-only root file system.

    ``writable`` maps a volume's name to the path it is mounted at; nothing else can be written.
    """

    name: str
    image: pulumi.Input[str]
    port: int
    cpu: int
    memory: int
    user: str
    environment: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, pulumi.Input[str]]
    writable: Mapping[str, str]
    health_check: HealthCheck
    stop_timeout_seconds: int
    log_group: pulumi.Input[str]
    region: str
    command: Sequence[str] = ()

    def render(self) -> pulumi.Output[str]:
        """The containerDefinitions JSON; variables are sorted so that two runs agree."""
        definition = {
            "name": self.name,
            "image": self.image,
            "essential": True,
            "cpu": self.cpu,
            "memory": self.memory,
            "user": self.user,
            "portMappings": [
                {"containerPort": self.port, "hostPort": self.port, "protocol": "tcp"}
            ],
            "environment": [
                {"name": name, "value": value} for name, value in sorted(self.environment.items())
            ],
            "secrets": [
                {"name": name, "valueFrom": arn} for name, arn in sorted(self.secrets.items())
            ],
            "readonlyRootFilesystem": True,
            "mountPoints": [
                {"sourceVolume": volume, "containerPath": path, "readOnly": False}
                for volume, path in sorted(self.writable.items())
            ],
            "linuxParameters": {
                "initProcessEnabled": True,
                "capabilities": {"add": [], "drop": ["ALL"]},
            },
            "stopTimeout": self.stop_timeout_seconds,
            "healthCheck": self.health_check.render(self.port),
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group,
                    "awslogs-region": self.region,
                    "awslogs-stream-prefix": self.name,
                },
            },
            **({"command": list(self.command)} if self.command else {}),
        }
        return pulumi.Output.from_input([definition]).apply(
            lambda known: json.dumps(known, sort_keys=True)
        )
