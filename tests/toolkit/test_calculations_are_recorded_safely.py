"""The record of calculations: appendable, idempotent, safe between processes, strict."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from executor import toolkit

_QUERY = 'SELECT sum("금액") FROM "주문"'
_ROOT = Path(__file__).parents[2]


def _record(**changes: object) -> None:
    given: dict[str, object] = {
        "id": "total",
        "value": 1.0,
        "label": "총액",
        "query": _QUERY,
        "source": "data/주문.csv",
        "columns": ["금액"],
    }
    toolkit.record(**(given | changes))


def _entries() -> list[dict[str, object]]:
    return json.loads(Path("artifacts/calculations.json").read_text())["calculations"]


def test_the_same_content_again_changes_nothing(orders: pd.DataFrame) -> None:
    _record()
    before = Path("artifacts/calculations.json").read_bytes()
    _record()

    assert Path("artifacts/calculations.json").read_bytes() == before


def test_other_content_replaces_the_entry_in_its_place(orders: pd.DataFrame) -> None:
    _record()
    _record(id="second")
    _record(value=2)

    assert [(entry["id"], entry["value"]) for entry in _entries()] == [("total", 2), ("second", 1)]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (None, None),
        (pd.NA, None),
        ("서울", "서울"),
        (pd.Timestamp("2024-03-01"), "2024-03-01"),
        (pd.Series([7]).sum(), 7),
    ],
)
def test_scalars_of_numpy_and_pandas_are_accepted(
    orders: pd.DataFrame, value: object, stored: object
) -> None:
    _record(value=value)

    assert _entries()[0]["value"] == stored


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "Total"}, "lower-case"),
        ({"id": "../x"}, "lower-case"),
        ({"value": math.nan}, "finite"),
        ({"value": np.inf}, "finite"),
        ({"value": True}, "number"),
        ({"value": [1, 2]}, "number"),
        ({"value": pd.Series([1, 2])}, "number"),
        ({"label": " "}, "label"),
        ({"query": ""}, "SELECT"),
        ({"query": "SELECT 1; SELECT 2"}, "one SELECT"),
        ({"query": "DROP TABLE x"}, "one SELECT"),
        ({"query": "COPY (SELECT 1) TO 'x'"}, "one SELECT"),
        ({"query": "SELEC 1"}, "not valid SQL"),
        ({"source": "data/none.csv"}, "does not exist"),
        ({"source": "../x.csv"}, "outside the workspace"),
        ({"columns": ["금액", "없음"]}, "no column '없음'"),
        ({"columns": "금액"}, "list"),
        ({"rows": -1}, "rows"),
        ({"rows": 1.5}, "rows"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_one_sentence(
    orders: pd.DataFrame, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(toolkit.errors.CalculationError, match=said) as caught:
        _record(**changes)

    assert "\n" not in str(caught.value)
    assert not Path("artifacts/calculations.json").exists()


def test_processes_that_record_at_once_lose_nothing(orders: pd.DataFrame) -> None:
    code = """
import sys
from executor import toolkit
for i in range(15):
    toolkit.record(id=f"p{sys.argv[1]}_{i}", value=i, label="x", source="data/주문.csv",
                   query='SELECT count(*) FROM "주문"')
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(n)], env={"PYTHONPATH": str(_ROOT)})
        for n in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]

    assert len({entry["id"] for entry in _entries()}) == 45
    assert [p.name for p in Path("artifacts").iterdir()] == ["calculations.json"]


def test_importing_the_toolkit_imports_no_heavy_library() -> None:
    code = (
        "import sys; from executor import toolkit; "
        "print([m for m in ('pandas', 'matplotlib', 'docx', 'typst', 'duckdb', 'pyarrow')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_ROOT
    )

    assert done.stdout.strip() == "[]"


def test_the_functions_stay_functions_when_every_module_is_imported() -> None:
    code = (
        "import importlib, pkgutil; from executor import toolkit; "
        "[importlib.import_module(m.name) for m in"
        " pkgutil.iter_modules(toolkit.__path__, 'executor.toolkit.')]; "
        "print(all(callable(getattr(toolkit, n)) for n in toolkit.__all__ if n != 'errors'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_ROOT
    )

    assert done.stdout.strip() == "True"
