"""Whole jobs with the offline analyst: the real server, graph and executor."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.offline_analyst.datasets import people

ROOT = Path(__file__).resolve().parents[2]


def analyze(data: Path, prompt: str, out: Path, language: str) -> subprocess.CompletedProcess[str]:
    """`python -m client analyze` as a person runs it."""
    command = [sys.executable, "-m", "client", "analyze", str(data), "--prompt", prompt]
    command += ["--out", str(out), "--language", language]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=90, env=environment, check=False
    )


def test_a_question_about_any_file_ends_with_a_verified_report(tmp_path: Path) -> None:
    frame = people()
    frame.to_csv(tmp_path / "staff.csv", index=False)
    done = analyze(tmp_path / "staff.csv", "부서별 평균 연봉", tmp_path / "out", "ko")
    assert done.returncode == 0, done.stdout + done.stderr
    citations = json.loads((tmp_path / "out" / "citations.json").read_text("utf-8"))
    assert citations["mismatch"] == citations["unverifiable"] == 0
    audit = json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))
    assert audit["verdict"] == "pass"
    values = {entry["calculation_id"]: entry["value"] for entry in citations["citations"]}
    means = frame.groupby("부서")["연봉"].mean().sort_values(ascending=False)
    assert values["s1_name_1"] == means.index[0]
    assert values["s1_value_1"] == pytest.approx(means.iloc[0])


def test_a_question_about_an_absent_column_fails_with_one_sentence(tmp_path: Path) -> None:
    pd.DataFrame({"region": ["a", "b"], "sales": [1, 2]}).to_csv(tmp_path / "t.csv", index=False)
    done = analyze(tmp_path / "t.csv", "profit by planet", tmp_path / "out", "en")
    assert done.returncode == 1
    assert "'profit', 'planet'" in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr
