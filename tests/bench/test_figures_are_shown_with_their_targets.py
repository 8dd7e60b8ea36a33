import json
from pathlib import Path

from bench.figure import Figure, at_least, at_most, median_percentile, percentile, table, write_json


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert percentile(values, 50) == 51.0
    assert percentile(values, 99) == 100.0
    assert percentile([7.0], 99) == 7.0


def test_the_median_over_rounds_ignores_one_disturbed_round() -> None:
    assert median_percentile([[1.0, 1.0], [50.0, 60.0], [2.0, 2.0]], 50) == 2.0


def test_a_missed_target_is_shown_as_missed() -> None:
    figures = [
        at_most("Group", "slow", 3.0, "ms", 2.0),
        at_least("Group", "quick", 25.0, "times", 20.0),
        Figure(group="Group", name="absent", value=None, unit="ms", note="not installed"),
    ]
    heading, slow, quick, absent = table(figures).splitlines()
    assert heading == "Group"
    assert "NOT MET" in slow
    assert " met" in quick
    assert absent.split()[1] == "-"
    assert absent.endswith("not installed")


def test_the_file_holds_every_figure_and_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "out" / "bench.json"
    write_json(path, {"cores": 2}, [at_most("Group", "slow", 3.0, "ms", 2.0)])
    content = json.loads(path.read_text())
    assert content["machine"] == {"cores": 2}
    assert content["figures"][0]["met"] is False
