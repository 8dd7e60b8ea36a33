"""Encodings, delimiters and Korean text: what was written is what is loaded."""

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor import toolkit

_KOREAN = "가나다라마바사아자차카타파하힣뷁 서울부산"
_WORDS = st.text(alphabet=_KOREAN + "abcXYZ'\",;|\t\n%()", min_size=1, max_size=12)


def _is_plain_text(word: str) -> bool:
    return word.strip() == word and bool(word) and any(char.isalpha() for char in word)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(
    rows=st.lists(
        st.tuples(
            _WORDS.filter(_is_plain_text),
            st.integers(-(10**9), 10**9),
            _WORDS.filter(_is_plain_text),
        ),
        min_size=1,
        max_size=12,
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"]),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_any_text_comes_back_in_every_encoding_with_every_delimiter(
    workspace: Path,
    rows: list[tuple[str, int, str]],
    encoding: str,
    delimiter: str,
    ending: str,
) -> None:
    path = workspace / "data" / "any.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=ending)
        writer.writerows([["이름", "값", "설명"], *rows])

    table = toolkit.load("data/any.csv")

    assert table.delimiter == delimiter
    assert list(table.frame.columns) == ["이름", "값", "설명"]
    assert table.frame["이름"].tolist() == [row[0] for row in rows]
    assert table.frame["값"].tolist() == [row[1] for row in rows]
    assert table.frame["설명"].tolist() == [row[2] for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_the_encoding_is_named_in_the_profile(workspace: Path, encoding: str) -> None:
    Path("data/a.csv").write_text("지역,값\n서울,1\n부산,2\n", encoding=encoding)

    assert toolkit.load("data/a.csv").profile.to_dict()["encoding"] == encoding


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(workspace: Path, encoding: str) -> None:
    Path("data/a.csv").write_bytes("지역,값\n서울,1\n부산,2\n".encode(encoding))

    assert toolkit.load("data/a.csv").frame["지역"].tolist() == ["서울", "부산"]


def test_decomposed_korean_becomes_composed_in_names_and_values(workspace: Path) -> None:
    text = unicodedata.normalize("NFD", "지역,값\n서울,1\n부산,2\n")
    Path("data/a.csv").write_text(text, encoding="utf-8")

    frame = toolkit.load("data/a.csv").frame

    assert list(frame.columns) == ["지역", "값"]
    assert frame["지역"].tolist() == ["서울", "부산"]


def test_a_file_whose_name_is_decomposed_on_disk_is_found_by_its_composed_name(
    workspace: Path,
) -> None:
    Path(unicodedata.normalize("NFD", "data/매출.csv")).write_text("a,b\n1,2\n")

    table = toolkit.load("data/매출.csv")

    assert table.name == "매출"
    assert len(table.frame) == 1


def test_a_named_encoding_is_used(workspace: Path) -> None:
    Path("data/a.csv").write_text("名前,b\nテスト,2\n", encoding="shift_jis")

    assert toolkit.load("data/a.csv", encoding="shift_jis").frame["名前"].tolist() == ["テスト"]
