"""Failures that are neither bad input nor a broken proof."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plan import command_line, evaluation
from plan.command_line import main
from plan.recording import Recording


@pytest.fixture
def no_evaluator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(evaluation, "_FOLDER", tmp_path)
    evaluation._node.cache_clear()
    evaluation._ask.cache_clear()
    yield
    evaluation._node.cache_clear()


@pytest.mark.usefixtures("no_evaluator")
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
