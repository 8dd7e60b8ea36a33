"""Server-sent events: bytes in, payloads out (WHATWG HTML, section 9.2.6)."""

import re

from client.errors import ProtocolError

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""Most bytes of one event. A display of code is base64 text, so events can be large, but a server
that never ends a line must not fill the memory."""

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SseParser:
    """Incremental; chunks may break anywhere, even inside a character or between CR and LF."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._size = 0
        self._skip_line_feed = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[str]:
        """The `data` of every event that `chunk` completes. Raises `ProtocolError`."""
        if not chunk:
            return []
        ends_in_return = chunk.endswith(b"\r")
        if self._skip_line_feed and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._skip_line_feed = ends_in_return
        self._size += len(chunk)
        if self._size > MAX_EVENT_BYTES:
            raise ProtocolError(f"The runtime sent an event of more than {MAX_EVENT_BYTES} bytes.")
        *ended, rest = _LINE_END.split(chunk)
        payloads: list[str] = []
        for piece in ended:
            line = b"".join([*self._line, piece])
            self._line = []
            payloads.extend(self._take(line))
        if rest:
            self._line.append(rest)
        return payloads

    def _take(self, line: bytes) -> list[str]:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if line:
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
            return []
        data, self._data, self._size = self._data, [], 0
        return [b"\n".join(data).decode(errors="replace")] if data else []
