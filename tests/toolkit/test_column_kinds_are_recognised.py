"""Numbers, amounts, percentages, dates and codes get the kind that a person would give them."""

from pathlib import Path

import pandas as pd
import pytest

from executor import toolkit


def _column(values: list[str], name: str = "값") -> tuple[pd.Series, str, list[str]]:
    lines = [f'{i},"{value}"' for i, value in enumerate(values)]
    Path("data/k.csv").write_text("\n".join([f"번호,{name}", *lines]) + "\n", encoding="utf-8")
    table = toolkit.load("data/k.csv")
    kinds = {column.name: column.kind for column in table.profile.columns}
    return table.frame[name], kinds[name], [note for note in table.notes if name in note]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "+3"], [1, -2, 3]),
        (["1,234", "1,234,567", "12"], [1234, 1234567, 12]),
        (["₩1,000", "₩2,500", "-₩3"], [1000, 2500, -3]),
        (["1,000원", "2500 원", "3원"], [1000, 2500, 3]),
        (["$1.50", "$2", "($3.25)"], [1.5, 2, -3.25]),
        (["1.5", "2e3", ".5"], [1.5, 2000, 0.5]),
        (["0.5", "0", "10"], [0.5, 0, 10]),
        (["1.234,50", "2,75", "10,1"], [1234.5, 2.75, 10.1]),
    ],
)
def test_numbers_are_read_in_every_usual_form(
    workspace: Path, values: list[str], expected: list[float]
) -> None:
    series, kind, _ = _column(values)

    assert kind in ("integer", "number")
    assert series.tolist() == expected


def test_percentages_keep_their_scale_and_a_note_says_so(workspace: Path) -> None:
    series, kind, notes = _column(["12.3%", "5 %", "100%"])

    assert kind == "number"
    assert series.tolist() == [12.3, 5, 100]
    assert any("percent" in note for note in notes)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["2024-03-01", "2024-12-31"], "2024-03-01"),
        (["2024.03.01", "2024.12.31"], "2024-03-01"),
        (["2024. 3. 1.", "2024. 12. 31."], "2024-03-01"),
        (["2024/3/1", "2024/12/31"], "2024-03-01"),
        (["2024년 3월 1일", "2024년 12월 31일"], "2024-03-01"),
        (["2024-03", "2024-12"], "2024-03-01"),
        (["2024년 3월", "2024년 12월"], "2024-03-01"),
        (["31/12/2024", "01/03/2024"], "2024-12-31"),
        (["12/31/2024", "03/01/2024"], "2024-12-31"),
        (["2024-03-01 09:30", "2024-03-02 10:00:15"], "2024-03-01 09:30"),
        (["2024-03-01T09:30:00+09:00", "2024-03-01T00:00:00Z"], "2024-03-01 00:30"),
        (["2024-03-01T09:30:00.123456789", "2024-03-01T00:00:00"], "2024-03-01 09:30:00.123456"),
    ],
)
def test_dates_are_read_in_every_usual_form(workspace: Path, values: list[str], first: str) -> None:
    series, kind, _ = _column(values)

    assert kind == "date"
    assert series.iloc[0] == pd.Timestamp(first)


def test_compact_days_and_dotted_months_are_dates_only_under_a_name_that_says_so(
    workspace: Path,
) -> None:
    assert _column(["20240301", "20241231"], name="주문일자")[1] == "date"
    assert _column(["20240301", "20241231"], name="수량")[1] == "integer"
    assert _column(["2024.03", "2024.12"], name="시점")[1] == "date"
    assert _column(["2024.03", "2024.12"], name="가격")[1] == "number"


@pytest.mark.parametrize(
    "values",
    [
        ["00123", "00456", "01000"],
        ["2024-02-30", "2024-03-01"],
        ["01/02/2024", "03/04/2024"],
        ["12345678901234567890", "22345678901234567890"],
        ["서울", "12"],
        ["010-1234-5678", "010-9876-5432"],
        ["1.2.3", "1.2.4"],
    ],
)
def test_codes_and_impossible_or_ambiguous_dates_stay_text(
    workspace: Path, values: list[str]
) -> None:
    series, kind, _ = _column(values)

    assert kind in ("text", "category")
    assert series.tolist() == values


def test_marks_for_missing_are_missing_beside_numbers_and_words_elsewhere(workspace: Path) -> None:
    numbers, _, notes = _column(["1", "-", "N/A", "3"])
    words, _, _ = _column(["예", "-", "없음", "예"])

    assert numbers.isna().tolist() == [False, True, True, False]
    assert any("'-' counted as missing" in note for note in notes)
    assert words.tolist() == ["예", "-", "없음", "예"]


def test_a_few_strange_values_in_a_column_of_numbers_are_named(workspace: Path) -> None:
    _, kind, notes = _column([*(str(i) for i in range(20)), "모름"])

    assert kind == "text"
    assert any("'모름'" in note and "numbers" in note for note in notes)


def test_whole_numbers_with_gaps_stay_exact(workspace: Path) -> None:
    large, _, _ = _column(["9007199254740993", "", "1"])
    small, kind, _ = _column(["5", "", "1"])

    assert int(large.iloc[0]) == 9007199254740993
    assert kind == "integer"
    assert small.isna().sum() == 1


def test_blanks_around_values_are_removed_with_a_note(workspace: Path) -> None:
    series, _, notes = _column([" 서울 ", "부산"])

    assert series.tolist() == ["서울", "부산"]
    assert any("blanks" in note for note in notes)


def test_truth_values_are_boolean_and_an_empty_column_is_empty(workspace: Path) -> None:
    truth, kind, _ = _column(["True", "FALSE", "true"])
    assert (truth.tolist(), kind) == ([True, False, True], "boolean")
    assert _column(["", "", ""])[1] == "empty"
