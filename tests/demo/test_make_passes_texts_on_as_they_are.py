"""`make demo PROMPT="..."`: whatever a person types reaches the client unchanged."""

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo.command_line import ROOT

ArgumentsOf = Callable[..., dict[str, str]]
NASTY = """He said "it's $5, or $$5?" `id` $(touch pwned) \\ # 50% of 'a & b'; $( *"""


@pytest.fixture
def arguments_of(tmp_path: Path) -> ArgumentsOf:
    """The client's arguments that `make demo` with these words and variables leads to."""
    python = tmp_path / "python"
    python.write_text("#!/usr/bin/env python3\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)

    def run(*words: str, **variables: str) -> dict[str, str]:
        done = subprocess.run(
            ["make", "-s", "-o", ".venv/applications.stamp", f"BIN={tmp_path}", "demo", *words],
            cwd=ROOT,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        arguments = json.loads(done.stdout)
        assert arguments[:3] == ["-m", "client", "analyze"]
        assert arguments[-2] == "--"
        named = dict(zip(arguments[3:-2:2], arguments[4:-2:2], strict=True))
        return named | {"data": arguments[-1]}

    return run


def test_texts_with_quotes_dollars_and_spaces_stay_as_they_are(arguments_of: ArgumentsOf) -> None:
    given = arguments_of(f"PROMPT={NASTY}", "DATA=my $data/a 'b'.csv", "OUT=out dir/$x")
    assert given["--prompt"] == NASTY
    assert given["data"] == "my $data/a 'b'.csv"
    assert given["--out"] == "out dir/$x"
    assert not (ROOT / "pwned").exists()


def test_the_default_question_fits_the_file_and_the_language(arguments_of: ArgumentsOf) -> None:
    assert "지역별 매출 비중" in arguments_of()["--prompt"]
    assert "share of amount by region" in arguments_of("LANGUAGE=en")["--prompt"]
    assert "이 데이터를 요약" in arguments_of("DATA=other.csv")["--prompt"]
    assert "overview of this data" in arguments_of("DATA=other.csv", "LANGUAGE=en")["--prompt"]


def test_an_empty_prompt_is_passed_on_to_be_refused(arguments_of: ArgumentsOf) -> None:
    assert arguments_of("PROMPT=")["--prompt"] == ""


def test_variables_that_desktops_set_for_other_programs_do_not_count(
    arguments_of: ArgumentsOf,
) -> None:
    given = arguments_of(LANGUAGE="en_US:en", PROMPT="%n@%m %~")
    assert given["--language"] == "ko"
    assert "지역별 매출 비중" in given["--prompt"]
