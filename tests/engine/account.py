"""The two answers of an AWS account that a tear-down asks for: network interfaces and tasks."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

INTERFACE = (
    "<item><networkInterfaceId>{id}</networkInterfaceId>"
    "<interfaceType>agentic_ai</interfaceType></item>"
)
INTERFACES = (
    '<DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    "<networkInterfaceSet>{items}</networkInterfaceSet></DescribeNetworkInterfacesResponse>"
)


@dataclass
class Account:
    """What is left in the account, and what it was asked."""

    # How many looks still find each network interface; each look counts one down.
    interfaces: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def describe_interfaces(self, form: dict[str, list[str]]) -> str:
        """The interfaces of a security group; a subnet has none of them left by then."""
        with self._lock:
            self.asked.append(f"{form['Filter.1.Name'][0]}={form['Filter.1.Value.1'][0]}")
            if form["Filter.1.Name"] != ["group-id"]:
                return INTERFACES.format(items="")
            found = [name for name, looks in self.interfaces.items() if looks > 0]
            self.interfaces = {name: looks - 1 for name, looks in self.interfaces.items()}
            return INTERFACES.format(items="".join(INTERFACE.format(id=name) for name in found))

    def tasks_call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """ListTasks, StopTask (which takes one more look) and DescribeTasks."""
        with self._lock:
            self.asked.append(operation)
            if operation == "StopTask":
                self.tasks[body["task"]] = "STOPPING"
                return {"task": {"taskArn": body["task"]}}
            if operation == "ListTasks":
                wanted = body["desiredStatus"] == "RUNNING"
                return {
                    "taskArns": [
                        arn for arn, status in self.tasks.items() if (status == "RUNNING") == wanted
                    ]
                }
            tasks = [{"taskArn": arn, "lastStatus": self.tasks[arn]} for arn in body["tasks"]]
            for arn in body["tasks"]:
                if self.tasks[arn] == "STOPPING":
                    self.tasks[arn] = "STOPPED"
            return {"tasks": tasks, "failures": []}


def serve(account: Account) -> tuple[str, Callable[[], None]]:
    """The endpoint URL of the account, and what ends it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            target = self.headers.get("X-Amz-Target", "")
            if target:
                answer = json.dumps(account.tasks_call(target.rsplit(".", 1)[-1], json.loads(text)))
            else:
                answer = account.describe_interfaces(parse_qs(text))
            payload = answer.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}", server.shutdown
