"""Files that look like data, and questions that the data cannot answer, from end to end."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from client.cli import main
from tests.demo.command_line import Finished, client, run
from tests.demo.served_runtime import ServedRuntime

Analyze = Callable[[bytes, str], Finished]


@pytest.fixture
def analyze(
    served: ServedRuntime,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> Analyze:
    """The client, in this process, with a file of these bytes and this question."""

    def command(content: bytes, prompt: str) -> Finished:
        file = served.folder / f"{request.node.name[:60]}.csv"
        file.write_bytes(content)
        words = ["--prompt", prompt, "--runtime", served.url, "--out", f"{file}.out"]
        code = main(["analyze", str(file), *words])
        return Finished(words, code, *capsys.readouterr())

    return command


def refusal(done: Finished) -> str:
    """The one sentence of a failed job."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


def test_a_header_without_rows(analyze: Analyze) -> None:
    line = refusal(analyze(b"region,amount\n", "total amount by region"))
    assert "has a header but no rows" in line


def test_a_binary_called_csv(analyze: Analyze) -> None:
    content = random.Random(1).randbytes(2_000_000)
    assert "holds binary content, not text" in refusal(analyze(content, "total amount"))


def test_a_question_about_a_column_that_is_not_there(analyze: Analyze) -> None:
    line = refusal(analyze(b"region,amount\nA,1\nB,2\n", "average rainfall by planet"))
    assert "rainfall" in line
    assert "planet" in line
    assert "region, amount" in line


def test_a_file_in_utf_16(analyze: Analyze) -> None:
    done = analyze("지역,매출\n서울,10\n부산,20\n".encode("utf-16"), "지역별 매출 비중")
    assert done.returncode == 0, done.stderr


def test_duplicated_column_names(analyze: Analyze) -> None:
    done = analyze(b"region,amount,amount\nA,1,5\nB,2,6\n", "total amount by region")
    assert done.returncode == 0, done.stderr


def test_two_encodings_in_one_file(analyze: Analyze) -> None:
    content = "지역,매출\n서울,10\n".encode() + "부산,20\n".encode("cp949")
    line = refusal(analyze(content, "지역별 매출 비중"))
    assert "mixes encodings" in line
    assert "save the whole file as UTF-8" in line


def test_ten_thousand_columns(analyze: Analyze) -> None:
    header = ",".join(f"c{number}" for number in range(10_000))
    content = f"{header}\n{','.join(['1'] * 10_000)}\n".encode()
    assert "has 10,000 columns" in refusal(analyze(content, "total c1"))


def test_a_file_outside_the_data_roots(served: ServedRuntime, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.csv"
    file.write_text("a\n1\n")
    words = ["--prompt", "total a", "--runtime", served.url]
    done = run(client("analyze", file, *words), cwd=tmp_path)
    assert done.returncode == 2
    assert "is outside the folders that data may come from" in done.stderr
    assert os.listdir(tmp_path) == ["elsewhere.csv"]
