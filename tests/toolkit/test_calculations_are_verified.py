"""Each calculation is recomputed in a second engine; nothing passes silently."""

import json
from pathlib import Path

import pandas as pd
import pytest

from executor import toolkit
from executor.toolkit import sandbox
from executor.toolkit.verification import Citation, agree

_SUM = 'SELECT sum("금액") FROM "주문"'


def _citation(value: object, query: str, **fields: object) -> Citation:
    toolkit.record(id="x", value=value, label="x", query=query, source="data/주문.csv", **fields)
    return toolkit.verify().citations[0]


@pytest.mark.parametrize(
    ("query", "compute"),
    [
        (_SUM, lambda f: f["금액"].sum()),
        ('SELECT avg("단가") FROM "주문"', lambda f: f["단가"].mean()),
        ('SELECT corr("단가", "금액") FROM "주문"', lambda f: f["단가"].corr(f["금액"])),
        (
            'SELECT "지역" FROM "주문" GROUP BY 1 ORDER BY sum("금액") DESC LIMIT 1',
            lambda f: f.groupby("지역")["금액"].sum().idxmax(),
        ),
        (
            'SELECT strftime("주문일", \'%Y-%m\') FROM "주문" GROUP BY 1 ORDER BY'
            ' sum("금액") DESC LIMIT 1',
            lambda f: f.groupby(f["주문일"].dt.strftime("%Y-%m"))["금액"].sum().idxmax(),
        ),
        (
            'SELECT date_trunc(\'month\', min("주문일")) FROM "주문"',
            lambda f: f["주문일"].min().strftime("%Y-%m"),
        ),
        ('SELECT max("주문일") FROM "주문"', lambda f: f["주문일"].max()),
        (
            'SELECT sum("금액") FROM "주문" WHERE "주문일" >= DATE \'2024-01-01\'',
            lambda f: f.loc[f["주문일"] >= "2024-01-01", "금액"].sum(),
        ),
    ],
)
def test_what_pandas_computed_is_verified_by_the_second_engine(
    orders: pd.DataFrame, query: str, compute
) -> None:
    citation = _citation(compute(orders), query)

    assert (citation.status, citation.reason) == ("verified", "")
    assert citation.source_sha256 is not None


def test_a_wrong_value_is_a_mismatch_with_the_recomputed_one(orders: pd.DataFrame) -> None:
    citation = _citation(int(orders["금액"].sum()) + 1, _SUM)

    assert citation.status == "mismatch"
    assert citation.recomputed == orders["금액"].sum()
    assert "recomputed" in citation.reason


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 42", "nothing from the source"),
        ('SELECT 42 FROM "주문" LIMIT 1', "nothing from the source"),
        ('SELECT sum("없음") FROM "주문"', "fails"),
        ('SELECT "금액" FROM "주문"', "more than one row"),
        ('SELECT min("금액"), max("금액") FROM "주문"', "2 columns"),
        ('SELECT "금액" FROM "주문" WHERE "금액" < 0', "no row"),
        ("SELECT count(*) FROM read_csv('/etc/passwd'), \"주문\"", "fails"),
        ("SELECT count(*) FROM glob('*'), \"주문\"", "fails"),
        ('SELECT [max("금액")] FROM "주문"', "list"),
        ('SELECT sum("금액") FROM other', "nothing from the source"),
    ],
)
def test_a_query_that_proves_nothing_is_unverifiable_with_the_reason(
    orders: pd.DataFrame, query: str, said: str
) -> None:
    citation = _citation(42, query)

    assert citation.status == "unverifiable"
    assert said in citation.reason


def test_a_query_that_never_ends_is_stopped(
    orders: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "DEADLINE_SECONDS", 0.2)
    endless = (
        'SELECT sum(a."금액" * b."금액" * c."금액") FROM "주문" a, "주문" b, "주문" c, "주문" d'
    )

    citation = _citation(1, endless)

    assert citation.status == "unverifiable"
    assert "longer than" in citation.reason


def test_a_source_that_is_gone_is_unverifiable_and_one_that_changed_is_recomputed(
    orders: pd.DataFrame,
) -> None:
    assert _citation(int(orders["금액"].sum()), _SUM).status == "verified"

    orders.head(10).to_csv("data/주문.csv", index=False)
    assert toolkit.verify().citations[0].status == "mismatch"

    Path("data/주문.csv").unlink()
    gone = toolkit.verify().citations[0]
    assert (gone.status, gone.source_sha256) == ("unverifiable", None)
    assert "does not exist" in gone.reason


@pytest.mark.parametrize(
    ("query", "rows", "status"),
    [
        (_SUM, 2_000, "verified"),
        (_SUM, 1_999, "mismatch"),
        (_SUM, 2_001, "mismatch"),
        ('SELECT sum("금액") FROM "주문" WHERE "지역" = \'서울\'', 2_000, "mismatch"),
        ('SELECT sum(s) FROM (SELECT sum("금액") s FROM "주문" GROUP BY "지역")', 3, "verified"),
    ],
)
def test_the_number_of_rows_is_checked_where_the_query_tells_it(
    orders: pd.DataFrame, query: str, rows: int, status: str
) -> None:
    seoul = orders.loc[orders["지역"] == "서울", "금액"].sum()
    value = seoul if "WHERE" in query else orders["금액"].sum()

    assert _citation(value, query, rows=rows, columns=["금액"]).status == status


def test_rows_may_count_only_those_with_a_value(workspace: Path) -> None:
    Path("data/주문.csv").write_text("금액,b\n1,x\n,y\n3,z\n", encoding="utf-8")

    assert _citation(4, _SUM, rows=2, columns=["금액"]).status == "verified"


@pytest.mark.parametrize(
    ("recorded", "recomputed", "expected"),
    [
        (12.3, 12.345, True),
        (12.3, 12.351, False),
        (12, 12.3, False),
        (1234567.0, 1234567.4, False),
        (0.1, 0.14, False),
        (1e15 + 1, 1e15 + 1.0000001, True),
        (0.0, 1e-15, True),
        ("2024-03", "2024-03-01", True),
        ("2024-03", "2024-03-02", False),
        (None, None, True),
        (None, 0, False),
        ("12", 12, True),
    ],
)
def test_the_tolerance_is_as_stated(recorded: object, recomputed: object, expected: bool) -> None:
    assert agree(recorded, recomputed) is expected


def test_the_summary_is_what_the_file_says(orders: pd.DataFrame) -> None:
    toolkit.record(
        id="a", value=int(orders["금액"].sum()), label="합계", query=_SUM, source="data/주문.csv"
    )
    toolkit.record(id="b", value=1, label="틀림", query=_SUM, source="data/주문.csv")
    toolkit.record(id="c", value=1, label="없음", query="SELECT 1", source="data/주문.csv")

    summary = json.loads(json.dumps(toolkit.verify().to_dict(), ensure_ascii=False))

    assert (summary["verified"], summary["mismatch"], summary["unverifiable"]) == (1, 1, 1)
    assert json.loads(Path("artifacts/citations.json").read_text()) == summary
    assert [citation["number"] for citation in summary["citations"]] == [1, 2, 3]


def test_a_table_whose_file_name_is_no_identifier_has_a_usable_name(workspace: Path) -> None:
    Path("data/2024 판매-내역.csv").write_text("a,b\n1,2\n")
    table = toolkit.load("data/2024 판매-내역.csv")
    toolkit.record(
        id="x", value=1, label="x", query=f"SELECT sum(a) FROM {table.name}", source=table.path
    )

    assert toolkit.verify().verified == 1
