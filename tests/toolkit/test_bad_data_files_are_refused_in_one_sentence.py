"""Each bad file gets one clear sentence that names the file, the place and the way out."""

import os
import random
from pathlib import Path

import pytest

from executor import toolkit
from executor.toolkit.columns import MAX_COLUMNS


def _message(path: str) -> str:
    with pytest.raises(toolkit.errors.DataError) as caught:
        toolkit.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


def _write(name: str, content: bytes) -> str:
    Path("data", name).write_bytes(content)
    return f"data/{name}"


def test_a_missing_file_is_named(workspace: Path) -> None:
    assert "data/none.csv does not exist" in _message("data/none.csv")


@pytest.mark.parametrize("name", ["e.csv", "e.jsonl", "e.xlsx", "e.parquet"])
def test_an_empty_file_is_said_to_be_empty(workspace: Path, name: str) -> None:
    assert "is empty" in _message(_write(name, b""))


def test_blank_lines_alone_are_empty(workspace: Path) -> None:
    assert "is empty" in _message(_write("e.csv", b"\n\r\n  \n"))


def test_a_header_without_rows_is_said(workspace: Path) -> None:
    assert "header but no rows" in _message(_write("h.csv", b"a,b,c\n"))


def test_random_bytes_called_csv_are_refused_from_the_first_block(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write("r.csv", random.Random(1).randbytes(1 << 20))
    with open(path, "r+b") as file:
        file.truncate(50_000_000)
    read = []
    original = Path.open

    class Counting:
        def __init__(self, file: object) -> None:
            self._file = file

        def __enter__(self) -> "Counting":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def read(self, size: int = -1) -> bytes:
            content = self._file.read(size)
            read.append(len(content))
            return content

    monkeypatch.setattr(Path, "open", lambda self, mode="r": Counting(original(self, mode)))

    assert "binary content" in _message(path)
    assert sum(read) <= 65536


@pytest.mark.parametrize(
    ("head", "said"),
    [(b"PK\x03\x04rest", ".xlsx"), (b"PAR1rest", ".parquet"), (b"%PDF-1.7", "PDF")],
)
def test_another_format_called_csv_is_recognised(workspace: Path, head: bytes, said: str) -> None:
    assert said in _message(_write("x.csv", head * 100))


def test_mixed_encodings_are_refused_with_the_lines(workspace: Path) -> None:
    lines = ["지역,값", "서울,1", "부산,2"]
    content = b"\n".join(
        line.encode("cp949" if i == 2 else "utf-8") for i, line in enumerate(lines)
    )

    message = _message(_write("m.csv", content))

    assert "mixes encodings" in message
    assert "line 3" in message
    assert "CP949" in message


def test_text_in_no_known_encoding_is_refused_with_the_line(workspace: Path) -> None:
    message = _message(_write("u.csv", b"a,b\n1,x\n2,\xff\xfe\xff\n"))

    assert "line 3" in message
    assert "encoding" in message


def test_a_ragged_row_is_refused_with_its_line(workspace: Path) -> None:
    message = _message(_write("g.csv", b'a,b\n1,"x\ny"\n2,3\n4,5,6\n'))

    assert "line 5 " in message
    assert "3 fields" in message


def test_a_ragged_row_after_leading_blank_lines_keeps_its_line(workspace: Path) -> None:
    assert "line 5 " in _message(_write("g.csv", b"\n\na,b\n1,2\n4,5,6\n"))


def test_a_quotation_mark_that_is_never_closed_is_refused(workspace: Path) -> None:
    message = _message(_write("q.csv", b'a,b\n1,"x\n2,3\n4,5\n'))

    assert "line 2" in message


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_ten_thousand_columns_are_refused_with_the_limit(workspace: Path, suffix: str) -> None:
    names = [f"c{i}" for i in range(10_000)]
    if suffix == "csv":
        text = ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"
    else:
        text = "{" + ",".join(f'"{name}": 1' for name in names) + "}\n"

    assert f"{MAX_COLUMNS:,}" in _message(_write(f"w.{suffix}", text.encode()))


def test_an_unsupported_type_is_refused_with_the_supported_ones(workspace: Path) -> None:
    message = _message(_write("x.docx", b"abc"))

    assert ".docx" in message
    assert "Parquet" in message


def test_broken_json_is_refused_with_the_line(workspace: Path) -> None:
    assert "line 2" in _message(_write("j.jsonl", b'{"a": 1}\n{"a": \n'))
    assert "line 2" in _message(_write("k.jsonl", b'{"a": 1}\n[1, 2]\n'))


@pytest.mark.parametrize("name", ["b.xlsx", "b.parquet"])
def test_a_broken_workbook_or_parquet_file_is_refused(workspace: Path, name: str) -> None:
    assert f"data/{name}" in _message(_write(name, b"no such format" * 50))


@pytest.mark.parametrize("path", ["../secret.csv", "/etc/passwd", "data/../../x.csv"])
def test_a_path_out_of_the_workspace_is_refused(workspace: Path, path: str) -> None:
    assert "outside the workspace" in _message(path)


def test_a_link_out_of_the_workspace_is_refused(workspace: Path, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.csv"
    outside.write_text("a,b\n1,2\n")
    os.symlink(outside, "data/x.csv")

    assert "outside the workspace" in _message("data/x.csv")


def test_a_folder_is_no_file(workspace: Path) -> None:
    assert "not a file" in _message("data")
