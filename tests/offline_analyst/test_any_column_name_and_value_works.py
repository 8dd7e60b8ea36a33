"""Names and values that would break quoting: the programs run and every number is verified."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from agent_runtime.models.offline.analysis import Analysis, Filter
from agent_runtime.models.offline.programs import program
from agent_runtime.models.offline.tables import tables_of
from tests.offline_analyst.workspace import workspace

WILD = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")),
        min_size=1,
        max_size=12,
    )
    .map(str.strip)
    .filter(bool)
)
NASTY = st.sampled_from(
    [
        'a"b',
        "it's",
        "select",
        "1st",
        "매출 (원)",
        "😀",
        "{{id}}",
        "a|b",
        "`x`",
        "$x$",
        "%",
        "\\n",
        "--",
        "a;b",
        "{0}",
    ]
)
NAMES = st.lists(WILD | NASTY, min_size=3, max_size=3, unique_by=str.casefold)
VALUES = st.lists(WILD | NASTY, min_size=2, max_size=4, unique=True)


@pytest.mark.filterwarnings("ignore:Glyph")
@example(names=['a"b', "매출 (½원)", "1st"], values=["it's", "{{id}}", "a|b", "2024"])
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # an example is a whole job: too slow to shrink
)
@given(names=NAMES, values=VALUES)
def test_wild_names_and_values_are_computed_verified_and_cited(
    names: list[str], values: list[str]
) -> None:
    rows = 24
    group, measure, day = names
    frame = pd.DataFrame(
        {
            group: [values[i % len(values)] for i in range(rows)],
            measure: [i * 1.5 + 1 for i in range(rows)],
            day: pd.date_range("2024-01-01", periods=rows).astype(str),
        }
    )
    with tempfile.TemporaryDirectory() as folder, workspace(Path(folder), frame) as space:
        summary = space.answer("분석해줘", "ko")
        assert [c for c in summary.citations if c.status != "verified"] == []
        _, audit = space.audit("분석해줘", "ko")
        assert audit.verdict == "pass", audit.findings


@settings(max_examples=100, deadline=None)
@given(
    names=NAMES,
    value=WILD | NASTY,
    kind=st.sampled_from(
        [
            "total",
            "average",
            "count",
            "share",
            "trend",
            "top",
            "bottom",
            "comparison",
            "correlation",
            "outliers",
            "missing",
            "overview",
        ]
    ),
)
def test_every_program_compiles_whatever_the_names(names: list[str], value: str, kind: str) -> None:
    profile = {
        "name": names[0],
        "path": f"data/{names[0]}.csv",
        "rows": 10,
        "columns": [
            {"name": names[0], "kind": "category", "distinct": 3},
            {"name": names[1], "kind": "number", "distinct": 9},
            {"name": names[2], "kind": "date", "distinct": 9},
        ],
    }
    table = tables_of([profile])[0]
    analysis = Analysis(
        kind, table.path, names[1], "" if kind != "correlation" else names[1], names[0],
        names[2] if kind == "trend" else "", "month", 3, "sum",
        (Filter(names[0], value),), (value,),
    )  # fmt: skip
    compile(program("s1", analysis, table, "ko"), "cell", "exec")
