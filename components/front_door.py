"""FrontDoor: a load balancer in front of a workload, internal or public."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.binding import BindingError, PortReach
from components.bucket import DataBucket, DataBucketArgs, ServiceWriter
from components.container_workload import ContainerWorkload
from components.deployment import Deployment
from components.network_tier import NetworkTier
from components.security_group import admit_internet, empty_group

NAME_LIMIT = 32
HTTP, HTTPS = 80, 443
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
LOG_PREFIX = "access"


@dataclass(frozen=True, kw_only=True)
class FrontDoorArgs:
    """One listener that forwards to one target group of task addresses."""

    deployment: Deployment
    network: NetworkTier
    workload: ContainerWorkload
    role: str
    health_path: str
    # True: public subnets, and anyone may connect to the listener.
    public: bool = False
    # With a certificate the listener speaks HTTPS and the URL carries the domain it is for.
    certificate_arn: pulumi.Input[str] | None = None
    domain: str | None = None
    health_interval_seconds: int = 5
    healthy_threshold: int = 2
    # Lifetime of the load balancer's own cookie; None: requests go anywhere.
    stickiness_seconds: int | None = None
    # Above the longest silence of a request; at most 4000.
    idle_timeout_seconds: int = 60
    deregistration_delay_seconds: int = 10
    access_logs: bool = False
    access_log_days: int = 90


class FrontDoor(pulumi.ComponentResource):
    """Load balancer, listener, target group with health check, and the URL with its scheme.

    Raises:
        BindingError: a certificate without a domain or the reverse, or no public subnets.
    """

    url: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    listener_port: int

    def __init__(
        self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:FrontDoor", name, None, opts)
        _check(args)
        self._name, self._args = name, args
        self._peer = f"{args.role}-load-balancer"
        self.listener_port = HTTPS if args.certificate_arn else HTTP
        group = empty_group(
            f"{name}-group",
            prefix=args.deployment.name(self._peer),
            vpc_id=args.network.vpc_id,
            description=f"Load balancer of {args.role}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.security_group_id = group.id
        rules = list(
            args.network.connect(self._peer, group.id, [args.workload.port_reach()], parent=self)
        )
        if args.public:
            rules.append(
                admit_internet(
                    self._peer,
                    group_id=group.id,
                    port=self.listener_port,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        self.load_balancer = self._load_balancer()
        self._target_group = self._make_target_group()
        self.target_group_arn = self._target_group.arn
        listener = self._listener()
        scheme = "https" if args.certificate_arn else "http"
        self.url = pulumi.Output.concat(f"{scheme}://", args.domain or self.load_balancer.dns_name)
        self.ready: tuple[pulumi.Resource, ...] = (listener, self._target_group, *rules)
        self.register_outputs({"url": self.url, "targetGroupArn": self.target_group_arn})

    def reach(self) -> PortReach:
        """The listener, as the reach of somebody in the network.

        Raises:
            BindingError: the door is public: its name leads to public addresses, which no rule from
            group to group covers.
        """
        if self._args.public:
            raise BindingError(
                f"{self._args.role}: a public front door is reached over the internet; use "
                "InternetReach, or an internal door for callers in the network."
            )
        return PortReach(
            peer=self._peer, security_group_id=self.security_group_id, port=self.listener_port
        )

    def _load_balancer(self) -> aws.lb.LoadBalancer:
        args = self._args
        subnets = args.network.public_subnet_ids if args.public else args.network.private_subnet_ids
        logs = self._access_logs() if args.access_logs else None
        return aws.lb.LoadBalancer(
            f"{self._name}-load-balancer",
            name=args.deployment.name(args.role, limit=NAME_LIMIT),
            load_balancer_type="application",
            internal=not args.public,
            ip_address_type="ipv4",
            subnets=list(subnets.values()),
            security_groups=[self.security_group_id],
            idle_timeout=args.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.deployment.protected,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                bucket=logs.name, prefix=LOG_PREFIX, enabled=True
            )
            if logs
            else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs.policy] if logs else []),
        )

    def _access_logs(self) -> DataBucket:
        args = self._args
        return DataBucket(
            f"{self._name}-access-logs",
            DataBucketArgs(
                deployment=args.deployment,
                role=f"{args.role}-access-logs",
                expiry_days={f"{LOG_PREFIX}/": args.access_log_days},
                writers=(ServiceWriter(service=LOG_DELIVERY, prefix=f"{LOG_PREFIX}/AWSLogs/"),),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_target_group(self) -> aws.lb.TargetGroup:
        """The port is part of the name: a new port means a new group next to the old one."""
        args = self._args
        sticky = args.stickiness_seconds
        return aws.lb.TargetGroup(
            f"{self._name}-targets",
            name=args.deployment.name(f"{args.role}-{args.workload.port}", limit=NAME_LIMIT),
            target_type="ip",
            protocol="HTTP",
            protocol_version="HTTP1",
            port=args.workload.port,
            vpc_id=args.network.vpc_id,
            deregistration_delay=args.deregistration_delay_seconds,
            load_balancing_algorithm_type="round_robin",
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                path=args.health_path,
                port="traffic-port",
                matcher="200",
                interval=args.health_interval_seconds,
                timeout=max(2, args.health_interval_seconds - 1),
                healthy_threshold=args.healthy_threshold,
                unhealthy_threshold=2,
            ),
            stickiness=aws.lb.TargetGroupStickinessArgs(
                type="lb_cookie", enabled=True, cookie_duration=sticky
            )
            if sticky
            else None,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _listener(self) -> aws.lb.Listener:
        args = self._args
        return aws.lb.Listener(
            f"{self._name}-listener",
            load_balancer_arn=self.load_balancer.arn,
            port=self.listener_port,
            protocol="HTTPS" if args.certificate_arn else "HTTP",
            certificate_arn=args.certificate_arn,
            ssl_policy=TLS_POLICY if args.certificate_arn else None,
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="forward", target_group_arn=self.target_group_arn
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )


def _check(args: FrontDoorArgs) -> None:
    if (args.certificate_arn is None) != (args.domain is None):
        raise BindingError(
            f"{args.role}: a certificate and the domain it is for go together; set both or none."
        )
    subnets = args.network.public_subnet_ids if args.public else args.network.private_subnet_ids
    if len(subnets) < 2:
        kind = "public" if args.public else "private"
        raise BindingError(
            f"{args.role}: a load balancer needs {kind} subnets in two zones; "
            f"the network has {len(subnets)}."
        )
    if not 1 <= args.idle_timeout_seconds <= 4000:
        raise BindingError(
            f"{args.role}: an idle timeout of {args.idle_timeout_seconds} s is not within 1-4000."
        )
    interval = args.health_interval_seconds
    if not 5 <= interval <= 300:
        raise BindingError(f"{args.role}: a health check each {interval} s is not within 5-300.")
