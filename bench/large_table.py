"""A CSV file of a million sales, for the job that must stay small."""

from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 1_000_000
SEED = 20260701
REGIONS = ("서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종")
CATEGORIES = ("식품", "가전", "의류", "도서", "스포츠", "뷰티")


def write_large_table(path: Path) -> None:
    """Writes the file: the same rows each time, about 50 MB."""
    random = np.random.default_rng(SEED)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 1096, ROWS), "D")
    quantities = random.integers(1, 13, ROWS)
    table = pd.DataFrame(
        {
            "order_id": np.arange(1, ROWS + 1),
            "order_date": days.strftime("%Y-%m-%d"),
            "region": random.choice(REGIONS, ROWS),
            "category": random.choice(CATEGORIES, ROWS),
            "quantity": quantities,
            "amount": quantities * random.integers(10, 990, ROWS) * 100,
        }
    )
    table.to_csv(path, index=False)
