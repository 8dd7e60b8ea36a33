"""A file and a question of another kind: cp949, tabs, sensors, English."""

from pathlib import Path

import pandas as pd
import pytest

from tests.demo.finished_report import FinishedReport


@pytest.fixture(scope="module")
def sensors(sensor_file: Path) -> pd.DataFrame:
    """The file as pandas reads it when told everything about it."""
    return pd.read_csv(sensor_file, sep="\t", encoding="cp949", parse_dates=["measured_at"])


def test_the_job_completes_with_verified_citations(sensor_demo: FinishedReport) -> None:
    assert sensor_demo.command.returncode == 0, sensor_demo.command.stderr
    assert all(citation["status"] == "verified" for citation in sensor_demo.citations)
    assert sensor_demo.json("audit.json")["verdict"] == "pass"


def test_the_report_is_in_the_language_of_the_question(sensor_demo: FinishedReport) -> None:
    assert sensor_demo.events()[0]["language"] == "en"
    korean = sum("가" <= char <= "힣" for char in sensor_demo.text)
    assert korean < len(sensor_demo.text) / 20


def test_the_averages_of_the_machines(sensor_demo: FinishedReport, sensors: pd.DataFrame) -> None:
    for machine, average in sensors.groupby("machine")["temperature"].mean().items():
        assert sensor_demo.cites(float(average), str(machine)), machine
        assert sensor_demo.says(float(average), 2), machine
        assert str(machine) in sensor_demo.text


def test_the_months_of_the_defects(sensor_demo: FinishedReport, sensors: pd.DataFrame) -> None:
    sums = sensors.groupby(sensors["measured_at"].dt.strftime("%Y-%m"))["defects"].sum()
    months = {str(month): float(defects) for month, defects in sums.items()}
    for month in (min(months), max(months, key=lambda month: months[month])):
        assert sensor_demo.cites(months[month], month), month
        assert sensor_demo.says(months[month]), month


def test_the_correlation(sensor_demo: FinishedReport, sensors: pd.DataFrame) -> None:
    correlation = float(sensors["temperature"].corr(sensors["vibration"]))
    assert sensor_demo.cites(correlation)
    assert sensor_demo.says(correlation, 2)
