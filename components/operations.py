"""Operations: alarms, a topic that they reach, and one dashboard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.agent_runtime import AgentRuntime
from components.deployment import Deployment
from components.executor_cluster import ExecutorCluster
from components.policy import resource_policy

# Metrics of a runtime are published for each operation and endpoint; an alarm that lacks one of
# these dimensions never sees a value. Source: aws-cdk pull request 38486.
RUNTIME_METRICS = "AWS/Bedrock-AgentCore"
OPERATION = "InvokeAgentRuntime"
EVENT_METRICS = "AWS/Events"
PERIOD_SECONDS = 300
# A single failure is repeated by Lambda, and by the next run.
KEEPER_ERRORS = 1


@dataclass(frozen=True, kw_only=True)
class OperationsArgs:
    """What is watched, and who is told."""

    deployment: Deployment
    runtime: AgentRuntime
    executor: ExecutorCluster
    # Told by e-mail once the address has confirmed; None: subscribe to the topic yourself.
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Watch:
    """A metric of the runtime and how often it may happen within five minutes."""

    metric: str
    at_most: int
    meaning: str


WATCHES: Mapping[str, _Watch] = {
    "errors": _Watch(metric="SystemErrors", at_most=0, meaning="AgentCore failed a request"),
    "throttles": _Watch(metric="Throttles", at_most=0, meaning="requests exceed a quota"),
    "refused": _Watch(metric="UserErrors", at_most=10, meaning="clients send requests in error"),
}


class Operations(pulumi.ComponentResource):
    """Alarms on errors, throttles and failed tasks, a topic, and a dashboard that shows them."""

    topic_arn: pulumi.Output[str]
    dashboard_url: pulumi.Output[str]

    def __init__(
        self, name: str, args: OperationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:Operations", name, None, opts)
        self._name, self._args = name, args
        runtime = args.runtime
        self._of_runtime: Mapping[str, pulumi.Input[str]] = {
            "Operation": OPERATION,
            "Name": f"{runtime.runtime_name}::{runtime.endpoint_name}",
            "Resource": runtime.arn,
        }
        topic = self._topic()
        self.topic_arn = topic.arn
        for key, watch in WATCHES.items():
            self._alarm(
                key,
                namespace=RUNTIME_METRICS,
                metric=watch.metric,
                dimensions=self._of_runtime,
                at_most=watch.at_most,
                meaning=watch.meaning,
            )
        rule = self._failed_tasks()
        self._alarm(
            "failed-tasks",
            namespace=EVENT_METRICS,
            metric="TriggeredRules",
            dimensions={"RuleName": rule.name},
            at_most=0,
            meaning="an executor did not start or ended with an error",
        )
        self._alarm(
            "keeper",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions={"FunctionName": args.executor.keeper.function_name},
            at_most=KEEPER_ERRORS,
            meaning="the keeper fails again and again, so executors or targets may be left behind",
        )
        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.deployment.prefix,
            dashboard_body=self._dashboard(rule),
            opts=pulumi.ResourceOptions(parent=self),
        )
        region = args.deployment.region
        self.dashboard_url = pulumi.Output.concat(
            f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
            "#dashboards/dashboard/",
            dashboard.dashboard_name,
        )
        self.register_outputs({"topicArn": self.topic_arn, "dashboardUrl": self.dashboard_url})

    def _topic(self) -> aws.sns.Topic:
        args = self._args
        topic = aws.sns.Topic(
            f"{self._name}-topic",
            name=args.deployment.name("alarms"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.sns.TopicPolicy(
            f"{self._name}-topic-policy",
            arn=topic.arn,
            policy=resource_policy(
                [
                    {
                        "Sid": "AlarmsOfThisAccount",
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        "Action": "sns:Publish",
                        "Resource": topic.arn,
                        "Condition": {
                            "StringEquals": {"aws:SourceAccount": args.deployment.account_id}
                        },
                    }
                ]
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.email:
            aws.sns.TopicSubscription(
                f"{self._name}-email",
                topic=topic.arn,
                protocol="email",
                endpoint=args.email,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return topic

    def _failed_tasks(self) -> aws.cloudwatch.EventRule:
        """Matches each executor that failed to start or ended with an error.

        CloudWatch has no such metric; the number of matches of this rule is one.
        """
        pattern = {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            "detail": {
                "clusterArn": [self._args.executor.cluster_arn],
                "lastStatus": ["STOPPED"],
                "$or": [
                    {"stopCode": ["TaskFailedToStart", "InfrastructureHealth"]},
                    {"containers": {"exitCode": [{"anything-but": [0]}]}},
                ],
            },
        }
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-failed-tasks",
            name=self._args.deployment.name("failed-tasks"),
            description="Executors that failed to start or ended with an error",
            event_pattern=pulumi.Output.json_dumps(pattern),
            state="ENABLED",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._keep_events(rule)
        return rule

    def _keep_events(self, rule: aws.cloudwatch.EventRule) -> None:
        """Write matched events, which carry the reason, to a log group."""
        deployment = self._args.deployment
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            f"{self._name}-failed-tasks-logs",
            name=f"/aws/events/{deployment.name('failed-tasks')}",
            retention_in_days=deployment.log_retention_days,
            opts=child,
        )
        writer = {
            "Effect": "Allow",
            "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
            "Resource": pulumi.Output.concat(group.arn, ":*"),
        }
        policy = aws.cloudwatch.LogResourcePolicy(
            f"{self._name}-failed-tasks-policy",
            policy_name=deployment.name("failed-tasks"),
            policy_document=resource_policy(
                [
                    # EventBridge makes the stream without saying for which rule.
                    {**writer, "Sid": "Streams", "Action": "logs:CreateLogStream"},
                    {
                        **writer,
                        "Sid": "EventsOfThisRule",
                        "Action": "logs:PutLogEvents",
                        "Condition": {"ArnEquals": {"aws:SourceArn": rule.arn}},
                    },
                ]
            ),
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-failed-tasks-target",
            rule=rule.name,
            target_id="log-group",
            arn=group.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _alarm(
        self,
        key: str,
        *,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, pulumi.Input[str]],
        at_most: int,
        meaning: str,
    ) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{key}",
            name=self._args.deployment.name(key),
            alarm_description=f"More than {at_most} in 5 minutes: {meaning}.",
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic="Sum",
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=at_most,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _dashboard(self, rule: aws.cloudwatch.EventRule) -> pulumi.Output[str]:
        args = self._args
        dimensions = [text for pair in self._of_runtime.items() for text in pair]

        def metrics(names: Sequence[str]) -> list[list[Any]]:
            return [[RUNTIME_METRICS, name, *dimensions] for name in names]

        insights = "ECS/ContainerInsights"
        cluster = args.executor.cluster_name
        panels: Mapping[str, list[list[Any]]] = {
            "Errors": metrics(["SystemErrors", "UserErrors"]),
            "Throttles": metrics(["Throttles"]),
            "Invocations and session starts": metrics(["Invocations", "Sessions"]),
            "Failed executors": [[EVENT_METRICS, "TriggeredRules", "RuleName", rule.name]],
            "Running executors": [[insights, "TaskCount", "ClusterName", cluster]],
            "Latency in milliseconds": metrics(["Latency"]),
        }
        widgets = [
            {
                "type": "metric",
                "x": 12 * (number % 2),
                "y": 6 * (number // 2),
                "width": 12,
                "height": 6,
                "properties": {
                    "title": title,
                    "metrics": series,
                    "region": args.deployment.region,
                    "stat": "Average" if title.startswith(("Latency", "Running")) else "Sum",
                    "period": PERIOD_SECONDS,
                    "view": "timeSeries",
                },
            }
            for number, (title, series) in enumerate(panels.items())
        ]
        return pulumi.Output.from_input({"widgets": widgets}).apply(json.dumps)
