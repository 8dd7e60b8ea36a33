"""Find the encoding of a text file and hand its content over as UTF-8.

Accepted without being told: UTF-8 with or without byte-order mark, UTF-16 (with mark, or without
one when the NUL bytes show it) and CP949, the superset of EUC-KR. A file that mixes encodings is
refused with the number of the line, because every guess would corrupt some of its text silently.
"""

import codecs
import re
from pathlib import Path
from typing import NamedTuple

from executor.toolkit.errors import DataError

_HEAD_BYTES = 65536
_HANGUL = re.compile("[가-힣]")
_SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: name it .xlsx if it is one",
    b"PAR1": "a Parquet file: name it .parquet",
    b"%PDF": "a PDF document: export its table as CSV",
    b"\x1f\x8b": "compressed with gzip: unpack it first",
    b"\x89PNG": "a PNG image: export the table as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls): save it as .xlsx",
}
_ALLOWED_CONTROLS = b"\t\n\r\x0b\x0c\x1a\x1b"


class Text(NamedTuple):
    """A text file's content as UTF-8 bytes without byte-order mark, and its original encoding."""

    content: bytes
    encoding: str


def read_text(path: Path, encoding: str | None = None) -> Text:
    """Read a text file.

    Args:
        path: an existing file.
        encoding: name of a Python codec when the caller knows better; None finds it.

    Raises:
        DataError: the file is binary, or a line cannot be decoded; the line is named.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        found = encoding or _encoding_from_head(path, head)
        raw = head + file.read()
    if encoding is not None:
        return _decode_as(path, raw, encoding)
    if found == "utf-8-sig":
        return Text(_require_utf8(path, raw[3:]), "utf-8-sig")
    if found.startswith("utf-16"):
        return _decode_as(path, raw, found)
    try:
        codecs.utf_8_decode(raw, "strict", True) if not raw.isascii() else None
    except UnicodeDecodeError as error:
        return _decode_korean(path, raw, error)
    return Text(raw, "utf-8")


def _encoding_from_head(path: Path, head: bytes) -> str:
    """Judge the first bytes: refuse binary content at once, recognise marks and UTF-16."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise DataError(f"{path} is UTF-32 text: save it as UTF-8")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for signature, meaning in _SIGNATURES.items():
        if head.startswith(signature):
            raise DataError(f"{path} is not text but {meaning}")
    if b"\0" in head:
        unmarked = _utf16_without_mark(head)
        if unmarked is None:
            raise _binary(path)
        return unmarked
    controls = sum(byte < 32 and byte not in _ALLOWED_CONTROLS for byte in head)
    if controls > len(head) / 1000:
        raise _binary(path)
    return "utf-8"


def _binary(path: Path) -> DataError:
    return DataError(
        f"{path} holds binary content, not text: give a CSV, TSV, JSON lines, XLSX or Parquet file"
    )


def _utf16_without_mark(head: bytes) -> str | None:
    """Recognise UTF-16 by NUL bytes that stand (nearly) all at even or all at odd positions."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) * 20 > max(even, odd):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = head[: len(head) // 2 * 2].decode(name)
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return None
        text = head[: error.start].decode(name)
    controls = sum(ord(char) < 32 and char not in "\t\n\r" for char in text)
    return name if controls == 0 and ("\n" in text or "\r" in text) else None


def _decode_as(path: Path, raw: bytes, encoding: str) -> Text:
    try:
        text = raw.decode(encoding)
    except LookupError as error:
        raise DataError(
            f"the encoding {encoding!r} for {path} is unknown: use a name such as utf-8 or cp949"
        ) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].decode(encoding, "ignore").count("\n") + 1
        raise DataError(
            f"line {line} of {path} is not valid {encoding} text: save the file as UTF-8"
        ) from error
    return Text(text.removeprefix("\ufeff").encode("utf-8", "replace"), encoding)


def _require_utf8(path: Path, raw: bytes) -> bytes:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"line {_line_at(raw, error.start)} of {path} is not valid UTF-8 although the file"
            " begins with the UTF-8 mark: save the whole file in one encoding"
        ) from error
    return raw


def _decode_korean(path: Path, raw: bytes, failure: UnicodeDecodeError) -> Text:
    """Decode as CP949 unless the file is a mixture or something else.

    Hangul in CP949 begins with bytes 0xB0-0xC8, Hangul in UTF-8 with 0xEA-0xED, so a line that is
    valid UTF-8 and yields Hangul is no accident: the file mixes encodings.
    """
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if line.isascii() or not _is_utf8_hangul(line):
            continue
        odd = _line_at(raw, failure.start)
        raise DataError(
            f"{path} mixes encodings: line {number} is UTF-8 but line {odd} is not"
            f"{' (it reads as CP949)' if _is_cp949(raw, odd) else ''}:"
            " save the whole file as UTF-8"
        )
    try:
        return Text(raw.decode("cp949").encode("utf-8"), "cp949")
    except UnicodeDecodeError as error:
        raise DataError(
            f"line {_line_at(raw, error.start)} of {path} is neither UTF-8 nor CP949 text:"
            " save the file as UTF-8 or give its encoding to load(path, encoding=...)"
        ) from error


def _is_utf8_hangul(line: bytes) -> bool:
    try:
        return _HANGUL.search(line.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return False


def _is_cp949(raw: bytes, line: int) -> bool:
    try:
        raw.split(b"\n")[line - 1].decode("cp949")
    except UnicodeDecodeError:
        return False
    return True


def _line_at(raw: bytes, offset: int) -> int:
    return raw.count(b"\n", 0, offset) + 1
