"""The real server on a loopback port, in a thread, with scripted models, and a client for it."""

import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from agent_runtime.app import SESSION_HEADER, create_app
from agent_runtime.models import ModelFactory
from agent_runtime.server import JobServer
from agent_runtime.settings import load_settings

TERMINAL = {"completed", "failed", "cancelled"}
Event = dict[str, Any]


class Session:
    """One session of a running server."""

    def __init__(self, url: str, session_id: str) -> None:
        self.id = session_id
        self.http = httpx.Client(
            base_url=url, headers={SESSION_HEADER: session_id}, timeout=30, trust_env=False
        )

    def post(self, **message: Any) -> httpx.Response:
        return self.http.post("/invocations", json=message)

    @contextmanager
    def stream(self, **message: Any) -> Iterator[Iterator[Event]]:
        """Events of `analyze` or `attach` as they arrive; leaving drops the connection."""
        with self.http.stream("POST", "/invocations", json=message) as response:
            assert response.status_code == 200, response.read()
            assert response.headers["content-type"].startswith("text/event-stream")
            yield (
                json.loads(line.removeprefix("data: "))
                for line in response.iter_lines()
                if line.startswith("data: ")
            )

    def events(self, **message: Any) -> list[Event]:
        """All events of `analyze` or `attach`."""
        with self.stream(**message) as events:
            return list(events)

    def events_until(self, wanted: str, **message: Any) -> list[Event]:
        """Events up to the first one of a type, then the connection is dropped."""
        received = []
        with self.stream(**message) as events:
            for event in events:
                received.append(event)
                if event["type"] == wanted:
                    return received
        raise AssertionError(f"no {wanted} among {[event['type'] for event in received]}")

    def wait_for_end(self) -> Event:
        return self.events(type="attach", after_event=0)[-1]


class Runtime:
    """A running server."""

    def __init__(self, url: str, data: Path, artifacts: Path) -> None:
        self.url = url
        self.data = data
        self.artifacts = artifacts

    def session(self, session_id: str | None = None) -> Session:
        return Session(self.url, session_id or f"test-{uuid.uuid4()}")

    def write(self, name: str, content: str | bytes) -> str:
        """A data file; its URI."""
        path = self.data / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path.as_uri()

    def ping(self) -> Event:
        answer: Event = httpx.get(f"{self.url}/ping", trust_env=False).json()
        return answer


def request(data: list[str], **changes: Any) -> dict[str, Any]:
    """An analyze message."""
    message = {
        "type": "analyze",
        "prompt": "What is the total amount?",
        "data": data,
        "language": "en",
        "review": "auto",
    }
    return message | changes


@contextmanager
def running_runtime(
    folder: Path, models: ModelFactory | None, **variables: str
) -> Iterator[Runtime]:
    """Serve with these environment variables; ends as after SIGTERM."""
    data, artifacts = folder / "data", folder / "artifacts"
    data.mkdir(exist_ok=True)
    settings = load_settings(
        {
            "DEEP_INSIGHT_LOCAL_DATA_ROOTS": str(data),
            "DEEP_INSIGHT_LOCAL_ARTIFACTS": str(artifacts),
            "DEEP_INSIGHT_MODEL_RETRY_SECONDS": "0.01",
            **variables,
        }
    )
    server = JobServer(create_app(settings, models))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield Runtime(f"http://127.0.0.1:{port}", data, artifacts)
        finally:
            server.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive()


def wait_until(condition: Any, seconds: float = 20.0) -> Any:
    """Poll until the condition is truthy; its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("the condition did not become true in time")


def types(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]
