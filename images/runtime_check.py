"""What the agent runtime's container must do, asked over HTTP from its own network.

`python -m images.runtime_check` prints one JSON object, `{"check": "what was seen"}`, or fails with
one sentence. No analysis is run: its executor is a container of its own, which this machine has no
service to start for it.
"""

import json
import sys

from images.http_probe import CheckError, Probe

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
SESSION_ID = "image-check-0000000000000000000000000"
SMALL_TALK = {
    "type": "analyze",
    "prompt": "Hello, who are you?",
    "data": [],
    "language": "en",
    "review": "auto",
}


def check(probe: Probe) -> dict[str, str]:
    """Every check in turn; raises CheckError at the first that fails."""
    seen = {}
    status = probe.expect_json(200, "GET", "/ping")["status"]
    if status != "Healthy":
        raise CheckError(f"GET /ping says {status!r}")
    seen["GET /ping is 200"] = status
    refusal = probe.expect_json(400, "POST", "/invocations", {"type": "nonsense"})
    seen["a bad request is a 400"] = str(refusal["error"]["code"])
    stream = probe.expect_json_events("POST", "/invocations", SMALL_TALK)
    if stream[-1]["type"] != "completed" or not stream[-1].get("answer"):
        raise CheckError(f"small talk ended with {json.dumps(stream[-1])}")
    seen["small talk is answered"] = f"{len(stream)} events, the last completed"
    return seen


def main() -> int:
    """The command: 0 and what was seen on stdout, or 1 and one sentence on stderr."""
    headers = {"Content-Type": "application/json", SESSION_HEADER: SESSION_ID}
    try:
        print(json.dumps(check(Probe(8080, headers))))
    except (CheckError, OSError, ValueError, KeyError) as error:
        print(f"The agent runtime's container: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
