"""What the executor's container must do, asked over HTTP from its own network.

`python -m images.executor_check` prints one JSON object, `{"check": "what was seen"}`, or fails
with one sentence.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from images.http_probe import CheckError, Probe

SAMPLE = Path("samples/orders.csv")
CONFINED_CODE = """
import os, pathlib
def is_writable(path):
    try:
        pathlib.Path(path, "probe").write_text("x")
    except OSError:
        return False
    return True
{
    "uid": os.getuid(),
    "writable": [path for path in ("/", "/app", "/app/executor", "/opt/venv", "/etc", "/home")
                 if is_writable(path)],
    "capabilities": pathlib.Path("/proc/self/status").read_text().split("CapEff:")[1].split()[0],
}
"""
REPORT_CODE = """
from executor import toolkit
table = toolkit.load("data/orders.csv")
amount = table.frame["amount"]
toolkit.record(id="total_amount", value=float(amount.sum()), label="총 금액",
    query='SELECT sum("amount") FROM orders', source="data/orders.csv", columns=["amount"],
    rows=int(amount.notna().sum()), unit="KRW", formula="sum of amount")
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
table.frame.groupby("region")["amount"].sum().plot.bar(ax=axes, title="지역별 금액")
toolkit.save_chart(figure, id="amount_by_region", caption="지역별 금액",
    calculations=["total_amount"])
draft = "# 요약\\n\\n총 금액은 {{total_amount}}입니다.\\n\\n![](chart:amount_by_region)\\n"
toolkit.build_report(draft, language="ko", title="주문 보고서")
toolkit.verify()
toolkit.audit()
"""
REPORT_FILES = ("report.pdf", "report.docx", "citations.json", "audit.json")


def check(probe: Probe) -> dict[str, str]:
    """Every check in turn; raises CheckError at the first that fails."""
    seen = {}
    health = probe.expect_json(200, "GET", "/health")
    seen["GET /health is 200"] = str(health["status"])
    seen["an execution answers"] = _result(_execute(probe, "answer", "6 * 7"))
    if seen["an execution answers"] != "42":
        raise CheckError(f"6 * 7 answered {seen['an execution answers']}")
    seen["it runs as an ordinary user on a read-only root"] = _check_confinement(probe)
    probe.expect(201, "PUT", "/files/data/orders.csv", SAMPLE.read_bytes())
    report = _execute(probe, "report", REPORT_CODE)
    seconds = report[-1]["duration_ms"] / 1000
    seen["a report is built and verified"] = f"{_check_report(probe)} in {seconds:.1f} s"
    closed = probe.expect_json(200, "POST", "/session/close")
    seen["the session closes"] = f"{len(closed['artifacts'])} artifacts in its manifest"
    return seen


def _execute(probe: Probe, name: str, code: str) -> list[dict[str, Any]]:
    body = json.dumps({"id": name, "language": "python", "code": code, "timeout_seconds": 300})
    answer = probe.expect(200, "POST", "/executions", body.encode())
    events: list[dict[str, Any]] = [json.loads(line) for line in answer.splitlines()]
    if events[-1].get("status") != "ok":
        shown = [event for event in events if event["type"] in ("error", "stderr", "finished")]
        raise CheckError(f"the execution {name!r} failed: {json.dumps(shown, ensure_ascii=False)}")
    return events


def _result(events: list[dict[str, Any]]) -> str:
    return next(
        (str(event["data"]["text/plain"]) for event in events if event["type"] == "result"), ""
    )


def _check_confinement(probe: Probe) -> str:
    found = json.loads(_result(_execute(probe, "confinement", CONFINED_CODE)).replace("'", '"'))
    if found["uid"] == 0 or found["writable"] or int(found["capabilities"], 16) != 0:
        raise CheckError(f"the container is not confined: {found}")
    return f"uid {found['uid']}, no capability, nothing outside the volumes is writable"


def _check_report(probe: Probe) -> str:
    sizes = {}
    for name in REPORT_FILES:
        sizes[name] = len(probe.expect(200, "GET", f"/files/artifacts/{name}"))
    citations = probe.expect_json(200, "GET", "/files/artifacts/citations.json")
    audit = probe.expect_json(200, "GET", "/files/artifacts/audit.json")
    counts = tuple(citations[key] for key in ("verified", "mismatch", "unverifiable"))
    if counts != (1, 0, 0) or audit["verdict"] != "pass":
        raise CheckError(f"the report is not verified: {counts}, audit {audit['verdict']}")
    if not probe.expect(200, "GET", "/files/artifacts/report.pdf").startswith(b"%PDF-"):
        raise CheckError("report.pdf is not a PDF file")
    return f"PDF of {sizes['report.pdf'] / 1024:.0f} KiB"


def main() -> int:
    """The command: 0 and what was seen on stdout, or 1 and one sentence on stderr."""
    headers = {
        "X-Session-Id": os.environ["SESSION_ID"],
        "Authorization": f"Bearer {os.environ['SESSION_TOKEN']}",
        "Content-Type": "application/json",
    }
    try:
        print(json.dumps(check(Probe(8080, headers))))
    except (CheckError, OSError, ValueError, KeyError) as error:
        print(f"The executor's container: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
