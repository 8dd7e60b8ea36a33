"""A query that returns the same whatever the data hold verifies nothing; a true zero does."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from executor import toolkit
from executor.toolkit.dependence import Computed, constant_queries
from executor.toolkit.sandbox import Sandbox

_CONSTANT = [
    'SELECT 5 + 0 * sum("금액") FROM "주문"',
    'SELECT 5 + 0 * coalesce(sum("금액"), 0) FROM "주문"',
    'SELECT min("금액") * 0 + 32.5 FROM "주문"',
    'SELECT sum("금액") - sum("금액") + 7 FROM "주문"',
    'SELECT 5 + 1e-15 * sum("금액") FROM "주문"',
    'SELECT CASE WHEN count("금액") > 0 THEN 12 END FROM "주문"',
    'SELECT 42 FROM "주문" GROUP BY "지역" IS NULL HAVING count(*) > 1500',
    'SELECT \'서울\' FROM "주문" WHERE "금액" > 0 LIMIT 1',
    'SELECT DISTINCT "지역" FROM "주문" WHERE "지역" = \'서울\'',
    'SELECT corr("금액", "금액") FROM "주문"',
]
# Weekdays are five of seven days, so that one of the two names is usual on any data.
_PART = "CASE WHEN isodow(\"주문일\") >= 6 THEN '주말' ELSE '평일' END"
_FROM_THE_DATA = [
    'SELECT 100.0 * sum("금액") FILTER ("지역" = \'서울\') / sum("금액") FROM "주문"',
    'SELECT round(avg("단가"), 1) FROM "주문"',
    'SELECT count(*) FROM "주문"',
    'SELECT 2000 + count(*) FROM "주문"',
    'SELECT count(*) FROM "주문" WHERE "금액" > 900000000',
    'SELECT count(*) FROM "주문" WHERE "지역" = \'제주\'',
    'SELECT count(*) FROM "주문" WHERE "지역" LIKE \'%취소%\'',
    'SELECT count(*) FILTER ("금액" IS NULL) FROM "주문"',
    'SELECT 100.0 * count("금액") / count(*) FROM "주문"',
    "SELECT count(*) FROM \"주문\" WHERE strftime(\"주문일\", '%Y-%m') = '1999-03'",
    'SELECT count(DISTINCT isodow("주문일")) FROM "주문"',
    'SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM "주문")) FROM "주문"',
    'SELECT count(DISTINCT "지역") FROM "주문"',
    'SELECT "지역" FROM "주문" GROUP BY 1 ORDER BY sum("금액") DESC LIMIT 1',
    'SELECT "상수" FROM "주문" GROUP BY 1 ORDER BY count(*) DESC LIMIT 1',
    'SELECT count(DISTINCT "상수") FROM "주문"',
    'SELECT max("주문일") FROM "주문"',
    'SELECT year(min("주문일")) FROM "주문"',
    'SELECT avg(year("주문일")) FROM "주문"',
    'SELECT bool_and("금액" > 0) FROM "주문"',
    'SELECT CASE WHEN corr("금액", "단가") > 0.5 THEN \'강함\' ELSE \'약함\' END FROM "주문"',
    'SELECT sum(CASE WHEN "금액" > 500000 THEN 1 ELSE 0 END) FROM "주문"',
    'SELECT "단가" FROM "주문" ORDER BY "금액", "단가" LIMIT 1 OFFSET 1990',
    'SELECT 100.0 * ((SELECT 1.0 * sum("금액") FROM "주문" WHERE strftime("주문일", \'%Y-%m\')'
    ' = \'2024-02\') / (SELECT 1.0 * sum("금액") FROM "주문" WHERE strftime("주문일", \'%Y-%m\')'
    " = '2023-02') - 1)",
    'SELECT least(count(*), 4000) FROM "주문"',
    f'SELECT {_PART} FROM "주문" GROUP BY 1 ORDER BY sum("금액") DESC LIMIT 1',
    f'SELECT {_PART} FROM "주문" GROUP BY 1 ORDER BY sum("금액") DESC LIMIT 1 OFFSET 1',
    f'SELECT {_PART} FROM "주문" GROUP BY 1 ORDER BY count(*) LIMIT 1',
]


@pytest.fixture
def sandbox(orders: pd.DataFrame) -> Sandbox:
    orders.assign(상수="하나").to_csv("data/주문.csv", index=False)
    return Sandbox(toolkit.load("data/주문.csv"))


def test_constants_are_told_from_values_of_the_data(sandbox: Sandbox) -> None:
    computed = {query: Computed(query, sandbox.value(query)) for query in _CONSTANT}
    computed |= {query: Computed(query, sandbox.value(query)) for query in _FROM_THE_DATA}

    found = constant_queries(sandbox, "주문", sandbox.table, computed)

    assert sorted(set(_CONSTANT) - found) == []
    assert sorted(set(_FROM_THE_DATA) & found) == []


@pytest.mark.parametrize("seed", range(5))
def test_small_tables_with_true_zeros_and_ties_stay_verified(workspace: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 6))
    frame = pd.DataFrame({"k": random.choice(["a", "b"], rows), "x": random.integers(0, 2, rows)})
    frame.to_csv("data/t.csv", index=False)
    table = toolkit.load("data/t.csv")
    queries = (
        "SELECT sum(x) FROM t",
        "SELECT count(*) FROM t",
        "SELECT max(x) - min(x) FROM t",
        "SELECT k FROM t GROUP BY k ORDER BY sum(x) DESC, k LIMIT 1",
        "SELECT 100.0 * count(*) FILTER (x > 0) / count(*) FROM t",
        "SELECT count(*) FILTER (k IS NULL) FROM t",
    )
    engine = Sandbox(table)
    computed = {query: Computed(query, engine.value(query)) for query in queries}

    assert constant_queries(engine, "t", engine.table, computed) == set()


@pytest.mark.parametrize(
    ("query", "value", "said"),
    [
        ('SELECT 5 + 0 * sum("금액") FROM "주문"', 5, "whatever the data hold"),
        ('SELECT CASE WHEN sum("금액") > 9 THEN 5 ELSE 6 END FROM "주문"', 5, "picks among"),
        ('SELECT CASE WHEN sum("금액") > 9 THEN -5 ELSE 6 - 1 END FROM "주문"', -5, "picks among"),
    ],
)
def test_a_value_that_the_query_holds_is_unverifiable_and_said(
    orders: pd.DataFrame, query: str, value: int, said: str
) -> None:
    toolkit.record(id="x", value=value, label="x", query=query, source="data/주문.csv")

    citation = toolkit.verify().citations[0]

    assert citation.status == "unverifiable"
    assert said in citation.reason


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("SELECT CASE WHEN sum(\"금액\") > 9 THEN '많음' ELSE '적음' END FROM \"주문\"", "많음"),
        ('SELECT CASE WHEN sum("금액") > 9 THEN 2 * count(*) ELSE 0 END FROM "주문"', 4_000),
    ],
)
def test_a_case_that_names_or_computes_its_result_is_verified(
    orders: pd.DataFrame, query: str, value: object
) -> None:
    toolkit.record(id="x", value=value, label="x", query=query, source="data/주문.csv")

    citation = toolkit.verify().citations[0]

    assert (citation.status, citation.reason) == ("verified", "")


def test_columns_of_every_type_and_extreme_values_are_altered(workspace: Path) -> None:
    whole = {"int8": pa.int8(), "uint64": pa.uint64(), "int64": pa.int64(), "float32": pa.float32()}
    columns: dict[str, pa.Array] = {name: pa.array([1, None, 100], t) for name, t in whole.items()}
    columns["wide"] = pa.array([-(2**63), 2**63 - 1, 0], pa.int64())
    columns["wild"] = pa.array([1e308, float("inf"), float("nan")], pa.float64())
    columns["truth"] = pa.array([True, None, False])
    columns["day"] = pa.array([datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None])
    columns["nano"] = pa.array([0, 1, 2**62], pa.timestamp("ns"))
    columns["text"] = pa.array(["", "\ufeff", None])
    columns["empty"] = pa.nulls(3, pa.string())
    parquet.write_table(pa.table(columns), "data/t.parquet")
    table = toolkit.load("data/t.parquet")
    engine = Sandbox(table)
    queries = [
        f'SELECT {function}("{name}") FROM t WHERE "{name}" IS DISTINCT FROM {literal}'
        for name in table.frame.columns
        for function in ("count", "min", "max")
        for literal in ("NULL", "'9999-12-31'" if name in ("day", "nano") else "NULL")
    ]
    queries += ["SELECT count(*) FILTER (int8 = 99999 OR float32 > 1e300) FROM t"]
    computed = {query: Computed(query, engine.value(query)) for query in queries}

    found = constant_queries(engine, "t", engine.table, computed)

    assert {query for query in found if "empty" not in query} == set()
