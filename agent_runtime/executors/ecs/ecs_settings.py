"""The settings of executors on Fargate, with nothing optional that the mode requires."""

from dataclasses import dataclass
from typing import Literal

from agent_runtime.settings import Settings


@dataclass(frozen=True)
class EcsSettings:
    """What `Settings` says when `DEEP_INSIGHT_EXECUTOR=ecs`. Seconds are deadlines."""

    region: str
    stack: str
    cluster_arn: str
    task_definition_arn: str
    container_name: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    port: int
    capacity: Literal["on_demand", "spot"]
    load_balancer_url: str | None
    """None on the direct route."""
    target_group_arn: str | None
    bucket: str
    prefix: str
    claim_key_arn: str | None
    lifetime_seconds: float
    start_seconds: float
    capacity_seconds: float
    retry_seconds: float
    health_seconds: float
    route_seconds: float
    silence_seconds: float
    flush_seconds: float
    grant_seconds: float
    input_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "EcsSettings":
        """The view of settings that `load_settings` has checked."""
        cluster_arn = _given(settings.ecs_cluster_arn)
        direct = settings.executor_route == "direct"
        return cls(
            region=_given(settings.aws_region),
            stack=settings.stack or cluster_arn.rpartition("/")[2],
            cluster_arn=cluster_arn,
            task_definition_arn=_given(settings.executor_task_definition_arn),
            container_name=_given(settings.executor_container_name),
            subnet_ids=settings.executor_subnet_ids,
            security_group_ids=settings.executor_security_group_ids,
            port=settings.executor_port or 0,
            capacity=settings.executor_capacity or "on_demand",
            load_balancer_url=None if direct else _given(settings.executor_url),
            target_group_arn=None if direct else _given(settings.executor_target_group_arn),
            bucket=_given(settings.artifacts_bucket),
            prefix=_given(settings.artifacts_prefix),
            claim_key_arn=settings.warm_claim_key_arn,
            lifetime_seconds=settings.executor_lifetime_seconds,
            start_seconds=settings.limit_executor_start_seconds,
            capacity_seconds=settings.limit_executor_capacity_seconds,
            retry_seconds=settings.executor_retry_seconds,
            health_seconds=settings.limit_executor_health_seconds,
            route_seconds=settings.limit_executor_route_seconds,
            silence_seconds=settings.limit_executor_silence_seconds,
            flush_seconds=settings.limit_artifact_flush_seconds,
            grant_seconds=settings.grant_seconds,
            input_bytes=settings.limit_input_bytes,
        )

    @property
    def account_id(self) -> str:
        """The account that owns the cluster, and so the bucket."""
        return self.cluster_arn.split(":")[4]

    def session_key(self, session_id: str, rest: str) -> str:
        """The key of an object of a session (docs/contracts.md, 5.2).

        The prefix is a folder, whether or not a slash ends it.
        """
        return f"{self.prefix.rstrip('/')}/{session_id}/{rest}".lstrip("/")


def _given(value: str | None) -> str:
    if value is None:
        raise ValueError("settings of the ECS mode were not checked")
    return value
