"""ECS operations on tasks: moto checks `RunTask`, the rest is answered here.

What moto lacks and this adds: idempotent client tokens, `failures[]`, statuses that the Fargate
stand-in decides about, stop codes and reasons, exit codes, pages, tags of running tasks.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fargate.stand_ins.answer import Answer, ServiceError, json_answer
from tests.fargate.stand_ins.aws_request import AwsRequest
from tests.fargate.stand_ins.faults import Forward
from tests.fargate.stand_ins.tasks import Task, TaskTable

CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different "
    "availability zone"
)
QUOTA = "You've reached the limit on the number of vCPUs you can run concurrently"
MOST_DESCRIBED = 100
MOST_LISTED = 100
MOST_OVERRIDE_CHARACTERS = 8192
DEFAULT_STOP_SECONDS = 30.0


@dataclass
class PlacementFailure:
    """RunTask answers with this reason in `failures[]`."""

    reason: str
    times: int | None
    spot: bool | None
    """Only for Spot, only for on-demand, or (None) for both."""


class TaskOperations:
    """Answers RunTask, DescribeTasks, ListTasks, StopTask and the tagging of tasks."""

    def __init__(self, tasks: TaskTable) -> None:
        self._tasks = tasks
        self._by_token: dict[tuple[str, str], tuple[str, list[Task]]] = {}
        self._failures: list[PlacementFailure] = []
        self._lock = threading.RLock()
        self.on_start: Callable[[Task], None] = lambda task: None
        self.page_size = MOST_LISTED

    def refuse_placement(
        self, reason: str = CAPACITY, *, times: int | None = 1, spot: bool | None = None
    ) -> None:
        """The next RunTask calls find no place."""
        with self._lock:
            self._failures.append(PlacementFailure(reason, times, spot))

    def clear(self) -> None:
        """Forget tokens and refusals."""
        with self._lock:
            self._by_token.clear()
            self._failures.clear()

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """The answer of an operation on tasks; None for every other one."""
        about_task = ":task/" in str(request.parameters.get("resourceArn", ""))
        match request.operation:
            case "RunTask":
                return self._run(request, forward)
            case "DescribeTasks":
                return self._describe(request.parameters, request.region)
            case "ListTasks":
                return self._list(request.parameters, request.region)
            case "StopTask":
                return self._stop(request.parameters, request.region)
            case "TagResource" if about_task:
                return self._tag(request.parameters)
            case "ListTagsForResource" if about_task:
                return json_answer({"tags": self._tagged(request.parameters).describe()["tags"]})
        return None

    def _run(self, request: AwsRequest, forward: Forward) -> Answer:
        parameters = request.parameters
        if len(json.dumps(parameters.get("overrides", {}))) > MOST_OVERRIDE_CHARACTERS:
            raise ServiceError(
                "InvalidParameterException", "Container Overrides length must be at most 8192"
            )
        cluster = _cluster_arn(parameters, request.region)
        token = parameters.get("clientToken")
        asked = json.dumps(parameters, sort_keys=True)
        with self._lock:
            if token and (known := self._by_token.get((cluster, token))):
                if known[0] != asked:
                    raise ServiceError(
                        "ConflictException",
                        "The client token was used with other parameters.",
                        resourceIds=[task.arn for task in known[1]],
                    )
                return json_answer({"tasks": [t.describe() for t in known[1]], "failures": []})
            if reason := self._placement_failure(is_spot(parameters)):
                return json_answer({"tasks": [], "failures": [{"reason": reason}]})
            answer = forward()
            content = json.loads(b"".join(answer.body))
            if answer.status != 200:
                return json_answer(content, answer.status)
            tasks = [_task(parameters, description) for description in content["tasks"]]
            if token:
                self._by_token[cluster, token] = (asked, tasks)
        for task in tasks:
            self._tasks.add(task)
            self.on_start(task)
        return json_answer({"tasks": [task.describe() for task in tasks], "failures": []})

    def _placement_failure(self, spot: bool) -> str | None:
        for failure in self._failures:
            if failure.spot not in (None, spot) or failure.times == 0:
                continue
            if failure.times is not None:
                failure.times -= 1
            return failure.reason
        return None

    def _describe(self, parameters: dict[str, Any], region: str) -> Answer:
        names = parameters.get("tasks", [])
        if not names:
            raise ServiceError("InvalidParameterException", "Tasks cannot be empty.")
        if len(names) > MOST_DESCRIBED:
            raise ServiceError(
                "InvalidParameterException",
                f"Tasks can have at most {MOST_DESCRIBED} items.",
            )
        cluster = _cluster_arn(parameters, region)
        tags = "TAGS" in parameters.get("include", [])
        found, failures = [], []
        for name in names:
            task = self._tasks.find(cluster, name)
            if task is None:
                failures.append({"arn": name, "reason": "MISSING"})
            else:
                found.append(task.describe(tags=tags))
        return json_answer({"tasks": found, "failures": failures})

    def _list(self, parameters: dict[str, Any], region: str) -> Answer:
        if parameters.get("startedBy") and parameters.get("family"):
            raise ServiceError(
                "InvalidParameterException", "startedBy cannot be combined with other filters."
            )
        cluster = _cluster_arn(parameters, region)
        wanted = parameters.get("desiredStatus", "RUNNING")
        arns = [
            task.arn
            for task in self._tasks.all()
            if task.cluster_arn == cluster
            and task.description["desiredStatus"] == wanted
            and parameters.get("family", task.family) == task.family
            and parameters.get("startedBy") in (None, task.description.get("startedBy"))
        ]
        size = min(self.page_size, int(parameters.get("maxResults", MOST_LISTED)))
        start = int(parameters.get("nextToken") or 0)
        page: dict[str, Any] = {"taskArns": arns[start : start + size]}
        if start + size < len(arns):
            page["nextToken"] = str(start + size)
        return json_answer(page)

    def _stop(self, parameters: dict[str, Any], region: str) -> Answer:
        task = self._tasks.find(_cluster_arn(parameters, region), parameters["task"])
        if task is None:
            raise ServiceError("InvalidParameterException", "The referenced task was not found.")
        task.request_stop("UserInitiated", parameters.get("reason") or "Task stopped by user")
        return json_answer({"task": task.describe()})

    def _tag(self, parameters: dict[str, Any]) -> Answer:
        task = self._tagged(parameters)
        task.tags.update({tag["key"]: tag["value"] for tag in parameters["tags"]})
        return json_answer({})

    def _tagged(self, parameters: dict[str, Any]) -> Task:
        arn = parameters["resourceArn"]
        task = next((task for task in self._tasks.all() if task.arn == arn), None)
        if task is None or task.status == "STOPPED":
            raise ServiceError(
                "InvalidParameterException", "The specified task is stopped or does not exist."
            )
        return task


def is_spot(parameters: dict[str, Any]) -> bool:
    """Whether the request asks for Fargate Spot."""
    strategy = parameters.get("capacityProviderStrategy") or [{}]
    return bool(strategy[0].get("capacityProvider") == "FARGATE_SPOT")


def _cluster_arn(parameters: dict[str, Any], region: str) -> str:
    from moto.backends import get_backend
    from moto.core.models import DEFAULT_ACCOUNT_ID

    name = str(parameters.get("cluster", "default")).rpartition("/")[2]
    cluster = get_backend("ecs")[DEFAULT_ACCOUNT_ID][region].clusters.get(name)
    if cluster is None:
        raise ServiceError("ClusterNotFoundException", "Cluster not found.")
    return str(cluster.arn)


def _task(parameters: dict[str, Any], description: dict[str, Any]) -> Task:
    """A task in its first state, from what moto answered."""
    from moto.backends import get_backend
    from moto.core.models import DEFAULT_ACCOUNT_ID

    region = description["taskArn"].split(":")[3]
    backend = get_backend("ecs")[DEFAULT_ACCOUNT_ID][region]
    definition = backend.describe_task_definition(description["taskDefinitionArn"])
    container: dict[str, Any] = definition.container_definitions[0]
    environment = {item["name"]: item["value"] for item in container.get("environment", [])}
    for override in parameters.get("overrides", {}).get("containerOverrides", []):
        if override.get("name") != container["name"]:
            raise ServiceError(
                "InvalidParameterException",
                f"Override for container named '{override.get('name')}' is not a container in the "
                "TaskDefinition.",
            )
        environment |= {item["name"]: item["value"] for item in override.get("environment", [])}
    subnet = parameters["networkConfiguration"]["awsvpcConfiguration"]["subnets"][0]
    arn = description["taskArn"]
    attachment = {
        "id": arn.rpartition("/")[2],
        "type": "ElasticNetworkInterface",
        "status": "PRECREATED",
        "details": [{"name": "subnetId", "value": subnet}],
    }
    first = {
        "containerArn": arn.replace(":task/", ":container/"),
        "name": container["name"],
        "taskArn": arn,
        "lastStatus": "PENDING",
        "networkInterfaces": [],
    }
    spot = is_spot(parameters)
    return Task(
        arn=arn,
        cluster_arn=description["clusterArn"],
        family=definition.family,
        environment=environment,
        stop_timeout_seconds=float(container.get("stopTimeout", DEFAULT_STOP_SECONDS)),
        spot=spot,
        tags={tag["key"]: tag["value"] for tag in parameters.get("tags", [])},
        description={
            "taskArn": arn, "clusterArn": description["clusterArn"],
            "taskDefinitionArn": description["taskDefinitionArn"],
            "overrides": parameters.get("overrides", {}),
            "startedBy": parameters.get("startedBy"),
            "group": description.get("group") or f"family:{definition.family}",
            "launchType": "FARGATE", "platformVersion": "1.4.0", "connectivity": "CONNECTED",
            "capacityProviderName": "FARGATE_SPOT" if spot else "FARGATE",
            "desiredStatus": "RUNNING", "lastStatus": "PROVISIONING", "healthStatus": "UNKNOWN",
            "createdAt": time.time(), "version": 1,
            "attachments": [attachment], "containers": [first],
        },
    )  # fmt: skip
