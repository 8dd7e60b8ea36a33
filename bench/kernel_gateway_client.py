"""Runs inside `.venv-bench`: times executions on a Jupyter Kernel Gateway over its websocket.

Arguments: the gateway's port. Each line read is `KIND COUNT CODE`; the answer is a JSON list of
milliseconds. KIND is `shipped`, or `quickack` for a client that acknowledges each packet at once.
Each kind has a kernel and a connection of its own.
"""

import json
import socket
import sys
import time
import urllib.request
import uuid

import websocket  # type: ignore[import-not-found]  # of websocket-client, installed in .venv-bench alone


class GatewayKernel:
    """One kernel and its websocket."""

    def __init__(self, port: int, *, quick_acknowledgement: bool) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/kernels",
            data=b"{}",
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            kernel = json.load(answer)["id"]
        url = f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels"
        self._socket = websocket.create_connection(url, timeout=60)
        self._quick = quick_acknowledgement
        self._session = uuid.uuid4().hex

    def run(self, code: str) -> None:
        """Runs code and returns when its reply and its idle message have arrived."""
        message_id = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        header = {
            "msg_id": message_id,
            "msg_type": "execute_request",
            "session": self._session,
            "username": "",
            "version": "5.3",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._socket.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        waiting = {"execute_reply", "idle"}
        while waiting:
            if self._quick:
                self._socket.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            answer = json.loads(self._socket.recv())
            if answer["parent_header"].get("msg_id") == message_id:
                kind = answer["header"]["msg_type"]
                waiting.discard(answer["content"]["execution_state"] if kind == "status" else kind)


def main() -> None:
    """Answers one line after another."""
    port = int(sys.argv[1])
    kernels = {
        "shipped": GatewayKernel(port, quick_acknowledgement=False),
        "quickack": GatewayKernel(port, quick_acknowledgement=True),
    }
    for line in sys.stdin:
        kind, count, code = line.rstrip("\n").split(" ", 2)
        times = []
        for _ in range(int(count)):
            started = time.perf_counter()
            kernels[kind].run(code)
            times.append((time.perf_counter() - started) * 1000)
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
