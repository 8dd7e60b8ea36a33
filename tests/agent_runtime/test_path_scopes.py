"""File tools read within their role's scope only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.tools.coding import SCOPE as CODER
from agent_runtime.tools.validation import SCOPE as VALIDATOR
from agent_runtime.tools.workspace_files import PathScopeError, in_scope


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "data/../../x", "artifacts", "", ".", "data\\x", "data/x\0", "databases/x"],
)
def test_a_path_outside_the_coders_scope_is_refused(path: str) -> None:
    with pytest.raises(PathScopeError):
        in_scope(path, CODER)


def test_a_path_inside_is_normalised() -> None:
    assert in_scope("./artifacts/../data/x.csv", CODER) == "data/x.csv"


def test_the_validator_reads_calculations_but_no_data() -> None:
    assert in_scope("artifacts/calculations.json", VALIDATOR)
    with pytest.raises(PathScopeError):
        in_scope("data/orders.csv", VALIDATOR)


@given(st.text())
def test_no_text_escapes(path: str) -> None:
    try:
        normal = in_scope(path, CODER)
    except PathScopeError:
        return
    assert normal.startswith(("data/", "artifacts/"))
    assert ".." not in normal.split("/")
