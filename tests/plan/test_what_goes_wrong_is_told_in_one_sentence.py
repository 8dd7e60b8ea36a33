"""Failures that are neither bad input nor a broken proof."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from plan import command_line, evaluation
from plan.command_line import main
from plan.evaluator_process import EvaluatorProcess
from plan.recording import Recording


@pytest.fixture
def evaluator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder that the evaluator is started from, empty."""
    monkeypatch.setattr(evaluation, "EvaluatorProcess", partial(EvaluatorProcess, tmp_path))
    evaluation._evaluator.cache_clear()
    evaluation._ask.cache_clear()
    yield tmp_path
    evaluation._evaluator.cache_clear()


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("process.exit(3)", "it ended"),
        ("throw new TypeError('no such file')", "TypeError: no such file"),
        (
            "import { createInterface } from 'node:readline'\n"
            "for await (const line of createInterface({ input: process.stdin })) line.answer()",
            "TypeError: line.answer is not a function",
        ),
    ],
)
def test_an_evaluator_that_fails_is_quoted(
    evaluator: Path, program: str, cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (evaluator / "node_modules").mkdir()
    (evaluator / "evaluate.mjs").write_text(program, encoding="utf-8")
    for _ in range(2):
        assert main(["dev"]) == 1
        assert capsys.readouterr().err == f"plan: The policy evaluator failed: {cause}\n"


@pytest.mark.usefixtures("evaluator")
def test_a_missing_evaluator_names_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "plan: plan/evaluator/node_modules is missing; run `make plan` or `make test` once.\n"
    )


def test_a_failing_program_tells_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_arguments: object) -> Recording:
        raise RuntimeError("the tier has no subnets\nand more")

    monkeypatch.setattr(command_line, "record", fails)
    assert main(["dev"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("plan: the program fails: RuntimeError: the tier has no subnets (tests/")
