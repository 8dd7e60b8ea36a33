"""Length-prefixed JSON messages between the server and the kernel.

A frame is four bytes (big endian length of what follows) and one JSON object in UTF-8. The kernel
runs code that nobody trusts, so the reading side bounds the length before it allocates and refuses
whatever is not a JSON object with `FrameError`.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

MAX_FRAME_BYTES = 32 * 1024 * 1024
"""Most bytes of one message. A figure at 300 dpi is about 1 MB; code is at most
`LIMIT_CODE_BYTES`.
"""

RECEIVE_BYTES = 256 * 1024

_HEADER = struct.Struct(">I")


class FrameError(ValueError):
    """The peer sent something that is no frame of this protocol, or too large a one."""


def encode_frame(message: dict[str, Any]) -> bytes:
    """One message as bytes; raises `FrameError` when it is larger than `MAX_FRAME_BYTES`."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > MAX_FRAME_BYTES:
        raise FrameError(f"a message of {len(body)} bytes is larger than {MAX_FRAME_BYTES}")
    return _HEADER.pack(len(body)) + body


class FrameReader:
    """Cuts a byte stream into messages, whatever pieces it arrives in."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Add bytes and return the messages that are now complete. Raises `FrameError`."""
        self._buffer += data
        messages = []
        while len(self._buffer) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise FrameError(f"a frame announces {length} bytes, more than {MAX_FRAME_BYTES}")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                break
            messages.append(_parse(bytes(self._buffer[_HEADER.size : end])))
            del self._buffer[:end]
        return messages


def _parse(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError("a frame does not hold JSON") from error
    if not isinstance(message, dict):
        raise FrameError("a frame does not hold a JSON object")
    return message


def receive_frame(connection: socket.socket, reader: FrameReader) -> dict[str, Any] | None:
    """Wait for one message on a connection whose peer sends one at a time; None at its end."""
    while True:
        data = connection.recv(RECEIVE_BYTES)
        if not data:
            return None
        messages = reader.feed(data)
        if messages:
            return messages[0]
