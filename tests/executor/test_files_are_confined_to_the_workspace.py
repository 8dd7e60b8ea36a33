from __future__ import annotations

import hashlib
import os
import socket
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import ApiError
from executor.workspace import parse_path
from tests.executor.running_executor import HEADERS, RunningExecutor, eventually, sampled

DATA = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(DATA).hexdigest()


def test_a_file_goes_up_and_comes_down_whole(executor: RunningExecutor) -> None:
    first = executor.request("PUT", "/files/data/deep/er/a.bin", DATA)
    assert first.status == 201
    described = first.json
    assert (described["path"], described["size"]) == ("data/deep/er/a.bin", len(DATA))
    assert described["sha256"] == SHA256
    assert executor.request("PUT", "/files/data/deep/er/a.bin", DATA).status == 200
    down = executor.request("GET", "/files/data/deep/er/a.bin")
    assert (down.status, down.body) == (200, DATA)
    assert down.headers["ETag"] == f'"{SHA256}"'
    assert executor.run("len(open('data/deep/er/a.bin', 'rb').read())").result == str(len(DATA))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=100-", 100, 1023), ("bytes=-24", 1000, 1023)],
)
def test_a_range_is_a_part(executor: RunningExecutor, asked: str, first: int, last: int) -> None:
    executor.request("PUT", "/files/data/range", DATA[:1024])
    answer = executor.request("GET", "/files/data/range", headers={"Range": asked})
    assert (answer.status, answer.body) == (206, DATA[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/1024"


def test_a_range_beyond_the_end_cannot_be_satisfied(executor: RunningExecutor) -> None:
    executor.request("PUT", "/files/data/range", DATA[:1024])
    answer = executor.request("GET", "/files/data/range", headers={"Range": "bytes=5000-"})
    assert (answer.status, answer.code) == (416, "bad_range")
    assert answer.headers["Content-Range"] == "bytes */1024"


def test_an_unchanged_file_is_not_sent_again(executor: RunningExecutor) -> None:
    etag = executor.request("PUT", "/files/data/same", b"same").json["sha256"]
    answer = executor.request("GET", "/files/data/same", headers={"If-None-Match": f'"{etag}"'})
    assert (answer.status, answer.body) == (304, b"")


def test_the_list_is_sorted_and_filtered_by_prefix(executor: RunningExecutor) -> None:
    for name in ("b", "a", "c/d"):
        executor.request("PUT", f"/files/data/list/{name}", b"x")
    executor.run("import os; os.symlink('/etc', 'data/list/link')")
    files = executor.request("GET", "/files?prefix=data/list/").json["files"]
    assert [file["path"] for file in files] == ["data/list/a", "data/list/b", "data/list/c/d"]
    assert files[0]["sha256"] == hashlib.sha256(b"x").hexdigest()


def test_a_deleted_file_is_gone(executor: RunningExecutor) -> None:
    executor.request("PUT", "/files/data/gone", b"x")
    assert executor.request("DELETE", "/files/data/gone").status == 204
    for method in ("GET", "DELETE"):
        assert executor.request(method, "/files/data/gone").code == "no_such_file"


def test_a_wrong_digest_keeps_the_older_file(executor: RunningExecutor) -> None:
    executor.request("PUT", "/files/data/digest", b"older")
    digest = {"X-Content-Sha256": SHA256}
    answer = executor.request("PUT", "/files/data/digest", b"newer", digest)
    assert (answer.status, answer.code) == (422, "wrong_sha256")
    assert executor.request("GET", "/files/data/digest").body == b"older"
    assert executor.request("PUT", "/files/data/digest", DATA, digest).status == 200


def test_an_upload_cut_in_the_middle_leaves_nothing(executor: RunningExecutor) -> None:
    executor.request("PUT", "/files/data/cut/file", b"older")
    with socket.create_connection(("127.0.0.1", executor.port)) as connection:
        lines = [f"{name}: {value}" for name, value in HEADERS.items()]
        head = ["PUT /files/data/cut/file HTTP/1.1", "Host: x", "Content-Length: 1000000", *lines]
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + b"x" * 300_000)
        folder = executor.workspace / "data" / "cut"
        eventually(lambda: len(os.listdir(folder)) == 2, "the upload is under way")
        listed = executor.request("GET", "/files?prefix=data/cut/").json["files"]
        assert [file["path"] for file in listed] == ["data/cut/file"]
    eventually(lambda: os.listdir(folder) == ["file"], "the part is removed")
    assert executor.request("GET", "/files/data/cut/file").body == b"older"


def test_a_file_beyond_the_limit_is_refused(executor: RunningExecutor) -> None:
    headers = {"Content-Length": str(64 * 2**20 + 1)}
    answer = executor.request("PUT", "/files/data/large", b"", headers)
    assert (answer.status, answer.code) == (413, "file_too_large")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "data/../../outside",
        "%2e%2e/outside",
        "data/%2e%2e%2f%2e%2e%2foutside",
        "/etc/passwd",
        "%2fetc/passwd",
        "data//x",
        "data/./x",
        "data/x%00y",
        "data/%ff",
        "data/" + "x" * 256,
        "data/.partial-x",
    ],
)
def test_a_path_that_could_leave_the_workspace_is_refused(
    executor: RunningExecutor, method: str, path: str
) -> None:
    answer = executor.request(method, f"/files/{path}", b"x" if method == "PUT" else None)
    assert (answer.status, answer.code) == (400, "bad_path")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_symbolic_links_are_not_followed_out(executor: RunningExecutor, method: str) -> None:
    outside = executor.workspace.parent / f"outside-{method}"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    executor.run(
        f"import os\nos.symlink({str(outside)!r}, 'data/folder-{method}')\n"
        f"os.symlink({str(outside / 'secret')!r}, 'data/file-{method}')"
    )
    body = b"x" if method == "PUT" else None
    through = executor.request(method, f"/files/data/folder-{method}/secret", body)
    assert (through.status, through.code) == (400, "bad_path")
    direct = executor.request(method, f"/files/data/file-{method}", body)
    assert direct.status in ((400,) if method == "GET" else (200, 204))
    assert (outside / "secret").read_text() == "secret"


def test_a_named_pipe_does_not_keep_the_server_waiting(executor: RunningExecutor) -> None:
    executor.run("import os; os.mkfifo('data/pipe')")
    assert executor.request("GET", "/files/data/pipe").code == "not_a_file"
    assert executor.request("GET", "/files/data").code == "not_a_file"


def test_a_korean_name_is_one_file_in_both_forms(executor: RunningExecutor) -> None:
    composed = unicodedata.normalize("NFC", "주문 내역.csv")
    decomposed = unicodedata.normalize("NFD", composed)
    put = executor.request("PUT", f"/files/data/{quote(decomposed)}", b"a,b\n")
    assert put.json["path"] == f"data/{composed}"
    for name in (composed, decomposed):
        assert executor.request("GET", f"/files/data/{quote(name)}").body == b"a,b\n"
    assert executor.run(f"open('data/{composed}').read()").result == "'a,b\\n'"


def test_a_decomposed_name_that_code_made_is_found(executor: RunningExecutor) -> None:
    composed = unicodedata.normalize("NFC", "월별.txt")
    decomposed = unicodedata.normalize("NFD", composed)
    executor.run(f"open('data/{decomposed}', 'w').write('x')")
    assert executor.request("GET", f"/files/data/{quote(composed)}").body == b"x"
    listed = executor.request("GET", f"/files?prefix={quote('data/' + composed)}").json["files"]
    assert [file["path"] for file in listed] == [f"data/{composed}"]


@sampled
@given(st.text())
def test_a_parsed_path_is_relative_and_stays_inside(text: str) -> None:
    try:
        parts = parse_path(text)
    except ApiError:
        return
    assert parts
    assert not {"", ".", ".."} & set(parts)
    assert not any("/" in part or "\0" in part for part in parts)
    assert "/".join(parts) == unicodedata.normalize("NFC", text)
