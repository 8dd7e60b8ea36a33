"""The command as a user runs it, with input it must refuse."""

import pytest

from plan.command_line import main


def problems(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_an_unknown_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert problems(capsys, "staging") == [
        "plan: There is no stack 'staging' (no Pulumi.staging.yaml); choose dev or prod."
    ]


def test_no_stack_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = problems(capsys)
    assert "required: STACK" in line


def test_an_override_that_is_no_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert problems(capsys, "dev", "--config", "nat") == ["plan: --config 'nat' is not KEY=VALUE."]


def test_a_misspelt_key_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = problems(capsys, "dev", "--config", "executorRout=direct")
    assert "executorRout is not declared" in line
    assert "Did you mean executorRoute?" in line


def test_a_wrong_type(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = problems(capsys, "dev", "--config", "executorCpu=many")
    assert line == "plan: executorCpu: 'many': write a whole number"


def test_all_problems_are_reported_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = problems(
        capsys, "prod", "--config", "natt=none", "--config", "nat=some", "--config", "executorCpu=x"
    )
    assert len(lines) == 3
    assert any("natt" in line for line in lines)
    assert any("'some'" in line for line in lines)
    assert any("executorCpu" in line for line in lines)


def test_a_combination_that_the_program_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = problems(capsys, "dev", "--config", "executorInternet=true", "--config", "nat=none")
    assert "nat" in line
