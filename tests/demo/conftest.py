"""One run of each demo, shared by everything that looks at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.command_line import ROOT, client, make_command, run
from tests.demo.finished_report import FinishedReport
from tests.demo.sensors import write_sensors
from tests.demo.served_runtime import ServedRuntime

SENSOR_PROMPT = (
    "Show the average temperature by machine, the monthly trend of defects, "
    "and the correlation between temperature and vibration."
)


@pytest.fixture(scope="session")
def orders_demo(tmp_path_factory: pytest.TempPathFactory) -> FinishedReport:
    """`make demo`, as it is, with the sample and the Korean question."""
    out = tmp_path_factory.mktemp("orders") / "out"
    return FinishedReport(out, run(make_command("demo", f"OUT={out}"), cwd=ROOT))


@pytest.fixture(scope="session")
def sensor_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second data file."""
    path = tmp_path_factory.mktemp("sensors") / "설비 센서.tsv"
    write_sensors(path)
    return path


@pytest.fixture(scope="session")
def sensor_demo(sensor_file: Path) -> FinishedReport:
    """The client on a file and a question of another kind."""
    out = sensor_file.parent / "out"
    command = client("analyze", sensor_file, "--prompt", SENSOR_PROMPT, "--out", out)
    return FinishedReport(out, run(command, cwd=sensor_file.parent))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedRuntime]:
    """`make serve` in a folder of its own, shared: every job is a session."""
    with ServedRuntime(tmp_path_factory.mktemp("served")) as runtime:
        yield runtime
