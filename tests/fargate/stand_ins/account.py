"""An AWS account on a loopback port: moto, with what moto lacks in front of it.

Real SDK clients talk to it (`AWS_ENDPOINT_URL`). The access key id of a client is the name of its
role, so that recorded calls say who made them. moto's state belongs to the process: one account
at a time, empty when it starts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Any, Protocol, Self

import boto3
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from tests.fargate.stand_ins.answer import Answer, ServiceError, error_answer
from tests.fargate.stand_ins.aws_request import AwsRequest, parse
from tests.fargate.stand_ins.clock import Clock
from tests.fargate.stand_ins.faults import Faults, Forward
from tests.fargate.stand_ins.grants import GrantCheck
from tests.fargate.stand_ins.recorded_calls import RecordedCalls
from tests.fargate.stand_ins.targets import Targets
from tests.fargate.stand_ins.task_operations import TaskOperations
from tests.fargate.stand_ins.tasks import TaskTable

ACCOUNT_ID = "123456789012"
REGION = "ap-northeast-2"
SECRET_KEY = "secret-of-every-role"


class Operations(Protocol):
    """Operations of one service that are answered before moto sees them."""

    def answer(self, request: AwsRequest, forward: Forward) -> Answer | None:
        """The answer, or None to leave the request to moto."""


class QuietHandler(MotoRequestHandler):
    """Does not write a line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Do not look for another request behind one that was cut off."""
        self.close_connection = True


class Account:
    """`with Account() as account:`; `account.client("ecs", "runtime")`."""

    def __init__(self, region: str = REGION) -> None:
        self.region = region
        self.clock = Clock()
        self.faults = Faults()
        self.calls = RecordedCalls()
        self.tasks = TaskTable()
        self.task_operations = TaskOperations(self.tasks)
        self.targets = Targets()
        self._grants = GrantCheck(self.clock, SECRET_KEY)
        self._operations: dict[str, Operations] = {
            "ecs": self.task_operations,
            "elbv2": self.targets,
        }
        self._sessions: dict[str, boto3.Session] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()
        self._moto = _Moto(create_backend_app)

    def __enter__(self) -> Self:
        _empty_moto()
        self._server = make_server(
            "127.0.0.1", 0, self._serve, threaded=True, request_handler=QuietHandler
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="account")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def forget(self) -> None:
        """Between two tests: no tasks, targets, faults or recorded calls, and the right time."""
        self.faults.clear()
        self.calls.clear()
        self.tasks.clear()
        self.task_operations.clear()
        self.targets.clear()
        self.clock.offset = timedelta()

    def add_operations(self, service: str, operations: Operations) -> None:
        """Let a stand-in answer the operations of a service."""
        self._operations[service] = operations

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self, caller: str) -> dict[str, str]:
        """Variables that make a process's SDK talk to this account as `caller`."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": caller,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, caller: str, **config: Any) -> Any:
        """A boto3 client of a service that signs as `caller`."""
        key = (service, caller, repr(sorted(config.items())))
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make_client(service, caller, config)
            return self._clients[key]

    def _make_client(self, service: str, caller: str, config: dict[str, Any]) -> Any:
        if caller not in self._sessions:
            self._sessions[caller] = boto3.Session(
                aws_access_key_id=caller,
                aws_secret_access_key=SECRET_KEY,
                region_name=self.region,
            )
        return self._sessions[caller].client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.url,
            config=Config(**{"retries": {"total_max_attempts": 1}, **config}),
        )

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._answer(environ)
        start_response(answer.status_line, answer.headers)
        return answer.body

    def _answer(self, environ: dict[str, Any]) -> Answer:
        request = parse(environ)
        try:
            if effect := self.faults.of(request):
                return effect.apply(request, lambda: self._execute(request))
            return self._execute(request)
        finally:
            self.calls.add(request)

    def _execute(self, request: AwsRequest) -> Answer:
        operations = self._operations.get(request.service)

        def forward() -> Answer:
            return self._ask_moto(request.environ)

        try:
            if request.service == "s3":
                self._grants.check(request)
            answer = operations.answer(request, forward) if operations else None
        except ServiceError as error:
            return error_answer(request, error)
        return answer or forward()

    def _ask_moto(self, environ: dict[str, Any]) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started.append((status, headers))

        body = self._moto(environ, start_response)
        status, headers = started[0]
        return Answer(int(status.split()[0]), body, headers)


class _Moto(DomainDispatcherApplication):
    """Moto's services; each is looked up once and not by listing moto's folders at each request."""

    def __init__(self, create_app: Any) -> None:
        super().__init__(create_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


def _empty_moto() -> None:
    """Forget what an earlier account of this process held."""
    BackendDict.reset()
    reset_model_data()
