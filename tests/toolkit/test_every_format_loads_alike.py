"""The same rows give the same frame from CSV, TSV, JSON lines, JSON, XLSX and Parquet."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from executor import toolkit


@pytest.fixture
def rows(workspace: Path) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "일자": pd.to_datetime(["2024-03-01", "2024-03-02", "2024-03-03"]),
            "지역": ["서울", "부산", None],
            "금액": [1, 2, 3],
            "비율": [0.5, None, 2.25],
        }
    )


def _save(rows: pd.DataFrame, suffix: str) -> str:
    path = f"data/t.{suffix}"
    texts = rows.assign(일자=rows["일자"].dt.strftime("%Y-%m-%d"))
    if suffix == "csv":
        texts.to_csv(path, index=False)
    elif suffix == "tsv":
        texts.to_csv(path, index=False, sep="\t")
    elif suffix in ("jsonl", "json"):
        texts.to_json(path, orient="records", lines=suffix == "jsonl", force_ascii=False)
    elif suffix == "xlsx":
        rows.to_excel(path, index=False)
    else:
        rows.to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "json", "xlsx", "parquet"])
def test_the_same_rows_come_from_every_format(rows: pd.DataFrame, suffix: str) -> None:
    frame = toolkit.load(_save(rows, suffix)).frame

    assert frame["일자"].tolist() == rows["일자"].tolist()
    assert frame["지역"].fillna("?").tolist() == ["서울", "부산", "?"]
    assert frame["금액"].tolist() == [1, 2, 3]
    assert frame["비율"].fillna(-1).tolist() == [0.5, -1, 2.25]
    assert pd.api.types.is_integer_dtype(frame["금액"])


def test_a_named_sheet_is_read_and_an_unknown_one_is_refused(workspace: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    second = book.create_sheet("둘째")
    for row in (["b"], [2], [3]):
        second.append(row)
    book.save("data/b.xlsx")

    assert toolkit.load("data/b.xlsx").frame["a"].tolist() == [1]
    assert toolkit.load("data/b.xlsx", sheet="둘째").frame["b"].tolist() == [2, 3]
    with pytest.raises(toolkit.errors.DataError, match="둘째"):
        toolkit.load("data/b.xlsx", sheet="셋째")


def test_keys_that_come_late_or_are_lacking_are_missing_in_their_rows(workspace: Path) -> None:
    Path("data/r.jsonl").write_text('{"a": 1}\n\n{"a": 2, "b": {"c": 1}}\n')

    table = toolkit.load("data/r.jsonl")

    assert table.frame["b"].isna().tolist() == [True, False]
    assert any("nested" in note for note in table.notes)


def test_the_profile_describes_every_column(rows: pd.DataFrame) -> None:
    profile = toolkit.load(_save(rows, "csv")).profile.to_dict()

    by_name = {column["name"]: column for column in profile["columns"]}
    assert (profile["name"], profile["path"], profile["rows"]) == ("t", "data/t.csv", 3)
    assert by_name["일자"] | {"top": 0} == {
        "name": "일자",
        "kind": "date",
        "missing": 0,
        "distinct": 3,
        "min": "2024-03-01",
        "max": "2024-03-03",
        "mean": None,
        "top": 0,
        "examples": ["2024-03-01", "2024-03-02", "2024-03-03"],
    }
    assert by_name["비율"]["missing"] == 1
    assert by_name["비율"]["mean"] == 1.375
    assert (by_name["금액"]["min"], by_name["금액"]["max"]) == (1, 3)
