"""Duplicated and missing column names are changed, and each change is noted."""

from pathlib import Path

from executor import toolkit
from executor.toolkit.columns import clean_names


def test_duplicated_columns_are_renamed_with_a_note(workspace: Path) -> None:
    Path("data/d.csv").write_text("금액,금액,a\n1,2,3\n", encoding="utf-8")

    table = toolkit.load("data/d.csv")

    assert list(table.frame.columns) == ["금액", "금액_2", "a"]
    assert "duplicated column '금액' renamed to '금액_2'" in table.profile.to_dict()["notes"]


def test_names_that_differ_only_in_case_are_told_apart() -> None:
    assert clean_names(["Amount", "amount"])[0] == ["Amount", "amount_2"]


def test_a_new_name_never_takes_one_that_is_there() -> None:
    assert clean_names(["a", "a", "a_2"])[0] == ["a", "a_3", "a_2"]


def test_blanks_are_trimmed_and_columns_without_name_are_called_by_position() -> None:
    names, notes = clean_names(["  지역 이름 ", "", None])

    assert names == ["지역 이름", "column_2", "column_3"]
    assert len(notes) == 2
