"""The README's picture of the dev stack is what `make plan` draws today."""

from pathlib import Path

from plan.cost import cost
from plan.picture import picture
from plan.proofs import prove_all
from tests.recorded_stacks import recorded_stack

SHOWN = Path(__file__).parents[2] / "docs" / "images" / "plan-dev.svg"


def test_the_picture_in_the_readme_is_the_one_of_this_program() -> None:
    recording = recorded_stack("dev")
    drawn = picture(recording, cost(recording), prove_all(recording))
    assert SHOWN.read_text(encoding="utf-8") == drawn, (
        "run `make plan STACK=dev && cp out/plan-dev.svg docs/images/plan-dev.svg`"
    )
