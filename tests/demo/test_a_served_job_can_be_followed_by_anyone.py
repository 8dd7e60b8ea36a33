"""`make serve` answers plain HTTP, and the client attaches to a job that another caller started."""

import json
import urllib.request
import uuid

from tests.demo.command_line import client, run
from tests.demo.finished_report import FinishedReport
from tests.demo.served_runtime import ServedRuntime


def test_a_job_started_with_plain_http_is_attached_to(served: ServedRuntime) -> None:
    (served.folder / "sales.csv").write_text("region,amount\nNorth,10\nSouth,32.5\nNorth,7\n")
    session = f"plain-http-{uuid.uuid4()}"
    message = {
        "type": "analyze",
        "prompt": "total amount by region",
        "data": [(served.folder / "sales.csv").as_uri()],
        "language": "en",
    }
    request = urllib.request.Request(
        f"{served.url}/invocations",
        data=json.dumps(message).encode(),
        headers={
            "Content-Type": "application/json",
            "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session,
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        first = answer.readline().decode()
    assert json.loads(first.removeprefix("data: "))["type"] == "job_started"

    words = ["attach", session, "--runtime", served.url, "--out", "attached"]
    report = FinishedReport(served.folder / "attached", run(client(*words), cwd=served.folder))
    assert report.command.returncode == 0, report.command.stderr
    assert report.events()[0]["session_id"] == session
    assert report.cites(49.5)
    assert report.cites(17.0, "North")
    assert report.says(17)
