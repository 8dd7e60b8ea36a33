"""A workspace per test: an empty folder with ``data/``, which is the current directory."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change into a fresh workspace and return its path."""
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def orders(workspace: Path) -> pd.DataFrame:
    """Write ``data/주문.csv`` (CP949) and return the frame that it was written from."""
    random = np.random.default_rng(7)
    count = 2_000
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 700, count), "D")
    frame = pd.DataFrame(
        {
            "주문일": days,
            "지역": random.choice(["서울", "부산", "대구", "인천"], count),
            "금액": random.integers(1_000, 900_000, count),
            "단가": random.normal(100, 20, count).round(2),
        }
    )
    frame.to_csv("data/주문.csv", index=False, encoding="cp949")
    return frame


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    """Leave no figure open for the next test."""
    yield
    from matplotlib import pyplot

    pyplot.close("all")
