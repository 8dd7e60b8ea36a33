"""docs/contracts.md has a table of the runtime's variables, generated from the settings."""

import pytest

from agent_runtime.contract_table import PAGE, contract_table, rewritten
from agent_runtime.settings import contract


def row(name: str) -> list[str]:
    (line,) = [line for line in contract_table().splitlines() if line.startswith(f"| `{name}` |")]
    return line.removeprefix("| ").removesuffix(" |").split(" | ")


def test_the_table_on_the_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == rewritten(page), "run: python -m agent_runtime.contract_table"


def test_every_variable_has_one_row_of_four_cells() -> None:
    for spec in contract():
        name, meaning, default, _ = row(spec.name)
        assert (name, meaning) == (f"`{spec.name}`", spec.description)
        assert default


@pytest.mark.parametrize(
    ("name", "default", "allowed"),
    [
        ("PORT", "`8080`", "a whole number, at least 0, at most 65535"),
        ("DEEP_INSIGHT_HEARTBEAT_SECONDS", "`5`", "above 0, at most 10"),
        ("DEEP_INSIGHT_EXECUTOR", "`local`", "`local`, `ecs`"),
        ("DEEP_INSIGHT_LOCAL_EVENTS", "unset", ""),
        (
            "DEEP_INSIGHT_EXECUTOR_URL",
            "required with `DEEP_INSIGHT_EXECUTOR=ecs` and `DEEP_INSIGHT_EXECUTOR_ROUTE=alb`",
            "a URL with its scheme",
        ),
        (
            "AWS_REGION",
            "required with `DEEP_INSIGHT_EXECUTOR=ecs` or with "
            "`DEEP_INSIGHT_MODEL_PROVIDER=bedrock`",
            "",
        ),
    ],
)
def test_a_row_tells_default_and_bounds(name: str, default: str, allowed: str) -> None:
    assert row(name)[2:] == [default, allowed]


def test_a_pattern_is_in_its_row() -> None:
    assert row("DEEP_INSIGHT_STACK")[3] == "`^[A-Za-z0-9_-]{1,128}$`"


def test_a_page_without_marks_is_not_rewritten() -> None:
    with pytest.raises(ValueError, match="no part between"):
        rewritten("nothing here\n")
