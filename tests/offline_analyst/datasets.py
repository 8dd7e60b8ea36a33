"""Tables of different shapes, made from fixed seeds."""

from functools import cache

import numpy as np
import pandas as pd


@cache
def sales() -> pd.DataFrame:
    """Orders: English names, Korean values, two full years."""
    random, rows = np.random.default_rng(7), 900
    days = pd.to_timedelta(np.arange(rows) % 730, unit="D")
    return pd.DataFrame(
        {
            "order_id": [f"O{i:06d}" for i in range(rows)],
            "order_date": (pd.Timestamp("2023-01-01") + days).strftime("%Y-%m-%d"),
            "region": random.choice(["서울", "부산", "대구", "인천"], rows, p=[0.4, 0.3, 0.2, 0.1]),
            "category": random.choice(["식품", "패션", "가전"], rows),
            "product": random.choice([f"상품 {i}호" for i in range(20)], rows),
            "quantity": random.integers(1, 9, rows),
            "unit_price": random.integers(10, 200, rows) * 1000,
            "amount": (random.lognormal(11, 1, rows) // 100 * 100).astype(int),
            "note": [None if i % 3 else "확인" for i in range(rows)],
        }
    )


@cache
def people() -> pd.DataFrame:
    """Employees: Korean names, averages rather than sums."""
    random, rows = np.random.default_rng(8), 300
    satisfaction = random.integers(1, 6, rows).astype(float)
    satisfaction[:30] = np.nan
    days = pd.to_timedelta(random.integers(0, 5000, rows), unit="D")
    return pd.DataFrame(
        {
            "사번": [f"E{i:04d}" for i in range(rows)],
            "부서": random.choice(["영업", "개발", "인사", "재무"], rows),
            "직급": random.choice(["사원", "대리", "과장"], rows),
            "성별": random.choice(["남", "여"], rows),
            "나이": random.integers(23, 60, rows),
            "연봉": random.integers(2800, 9500, rows) * 10000,
            "입사일": (pd.Timestamp("2010-01-01") + days).strftime("%Y-%m-%d"),
            "만족도": satisfaction,
        }
    )


@cache
def readings() -> pd.DataFrame:
    """A sensor: no categories, times of day, one wild value."""
    random, rows = np.random.default_rng(9), 1000
    temperature = 20 + 5 * np.sin(np.arange(rows) / 144 * 6.28) + random.normal(0, 0.5, rows)
    temperature[100] = 80
    return pd.DataFrame(
        {
            "timestamp": pd.date_range("2024-05-01", periods=rows, freq="10min").astype(str),
            "temperatureC": temperature.round(2),
            "humidity": (60 - temperature + random.normal(0, 1, rows)).round(1),
            "vibration": random.normal(0, 1, rows).round(3),
        }
    )


@cache
def exam() -> pd.DataFrame:
    """Marks: several measures of one kind, no dates."""
    random, rows = np.random.default_rng(10), 120
    return pd.DataFrame(
        {
            "student_name": [f"학생{i}" for i in range(rows)],
            "class": random.choice(["A", "B", "C"], rows),
            "gender": random.choice(["F", "M"], rows),
            "math": random.integers(30, 100, rows),
            "english": random.integers(40, 100, rows),
            "science": random.integers(20, 100, rows),
        }
    )


FRAMES = {"sales": sales, "people": people, "readings": readings, "exam": exam}
