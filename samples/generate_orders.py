"""Writes `orders.csv`: the orders of a fictitious Korean web shop over 24 months.

    python samples/generate_orders.py            # beside this file
    python samples/generate_orders.py other.csv

The same bytes come out on every platform and Python version: the only source of chance is
`random.Random(SEED).random()`, whose sequence Python guarantees, and everything computed from it
is rounded to whole won or whole percent.
"""

import csv
import io
import math
import random
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

SEED = 20240701
ROWS = 12_000
FIRST_DAY = date(2024, 7, 1)
DAYS = 730
YEARLY_GROWTH = 0.28
COLUMNS = (
    "order_id",
    "order_date",
    "region",
    "category",
    "product",
    "segment",
    "quantity",
    "unit_price",
    "discount_rate",
    "amount",
    "note",
)

Choice = TypeVar("Choice")


class Product(NamedTuple):
    """A product: its category, list price in KRW, popularity, and the month it sells best in."""

    category: str
    name: str
    price: int
    popularity: float
    best_month: int


REGIONS = (
    ("서울", 0.27),
    ("경기", 0.23),
    ("부산", 0.11),
    ("인천", 0.08),
    ("대구", 0.07),
    ("대전", 0.06),
    ("광주", 0.05),
    ("강원", 0.05),
    ("제주", 0.04),
    ("전북", 0.04),
)
SEGMENTS = (("개인", 0.58), ("사업자", 0.24), ("VIP", 0.12), ("Corporate", 0.06))
DISCOUNTS = ((0, 0.55), (5, 0.18), (10, 0.15), (15, 0.07), (20, 0.04), (30, 0.01))
PRODUCTS = (
    Product("전자제품", "무선 이어폰 Pro", 189_000, 1.5, 12),
    Product("전자제품", "Smart Watch 5", 329_000, 1.0, 12),
    Product("전자제품", "27인치 모니터", 289_000, 0.8, 3),
    Product("전자제품", "보조배터리 20000mAh", 42_900, 1.6, 7),
    Product("생활가전", "공기청정기 AIR-300", 259_000, 0.9, 3),
    Product("생활가전", "Robot Vacuum R2", 459_000, 0.6, 11),
    Product("생활가전", "제습기 16L", 319_000, 0.7, 7),
    Product("생활가전", "전기히터 mini", 69_000, 0.9, 12),
    Product("패션", "구스다운 패딩", 249_000, 0.8, 12),
    Product("패션", "린넨 셔츠", 49_000, 1.3, 6),
    Product("패션", "Running Shoes V3", 129_000, 1.2, 4),
    Product("패션", "캔버스 토트백", 35_000, 1.1, 5),
    Product("식품", "제주 감귤 5kg", 29_900, 1.7, 12),
    Product("식품", "한우 선물세트", 198_000, 0.6, 9),
    Product("식품", "Cold Brew 1L", 15_900, 1.9, 7),
    Product("식품", "유기농 쌀 10kg", 43_500, 1.4, 10),
    Product("뷰티", "수분 크림 50ml", 32_000, 1.6, 1),
    Product("뷰티", "Sun Screen SPF50", 22_000, 1.5, 7),
    Product("뷰티", "비타민 세럼", 45_000, 1.2, 4),
    Product("스포츠", "요가 매트 10mm", 38_000, 1.0, 1),
    Product("스포츠", "Camping Chair", 59_000, 1.0, 5),
    Product("스포츠", "덤벨 세트 20kg", 89_000, 0.7, 1),
)
NOTES = (
    "문 앞에 놓아 주세요",
    "경비실에 맡겨 주세요",
    "배송 전 연락 바랍니다",
    "선물 포장 요청",
    "Please call before delivery",
    "Gift wrap, no invoice in the box",
    '부재 시 "택배함"에 넣어 주세요',
    "세금계산서 발행 요청, 담당자 이메일로",
    "재구매 고객, very satisfied",
    "색상 변경 문의 (black → navy)",
)


class Source:
    """Chance, drawn from `random()` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - a sample, not a secret

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self._random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, weighted: Sequence[tuple[Choice, float]]) -> Choice:
        """One of the values, as likely as its weight."""
        mark = self._random() * sum(weight for _, weight in weighted)
        for value, weight in weighted:
            mark -= weight
            if mark < 0:
                return value
        return weighted[-1][0]


def day_weight(index: int) -> float:
    """How many orders day `index` has, relative to an ordinary first day: growth, season, week."""
    day = FIRST_DAY + timedelta(days=index)
    growth = math.pow(1 + YEARLY_GROWTH, index / 365)
    season = 1 + 0.12 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 345) / 365)
    week = 1.25 if day.weekday() == 0 else 0.85 if day.weekday() >= 5 else 1.0
    sale = 2.2 if (day.month, day.day) in {(11, 11), (12, 12), (6, 18)} else 1.0
    return round(growth * season * week * sale, 6)


def product_weight(product: Product, month: int) -> float:
    """Popularity in a month: up to 80 % more in the product's best month, less in the opposite."""
    distance = min((month - product.best_month) % 12, (product.best_month - month) % 12)
    return product.popularity * round(1.8 - 1.2 * distance / 6, 6)


def order(source: Source, day: date) -> dict[str, object]:
    """One order without its id; missing cells are empty strings."""
    product = source.pick([(item, product_weight(item, day.month)) for item in PRODUCTS])
    segment = source.pick(SEGMENTS)
    quantity = source.between(1, 3)
    if segment in {"사업자", "Corporate"}:
        quantity += source.between(0, 9)
    if source.happens(0.002):
        quantity *= source.between(20, 60)
    yearly_rise = 1 + 0.03 * ((day - FIRST_DAY).days // 365)
    price = round(product.price * yearly_rise / 100) * 100
    discount = source.pick(DISCOUNTS)
    amount = quantity * price * (100 - discount) // 100
    if source.happens(0.004):
        quantity, amount = -quantity, -amount
    return {
        "order_date": day.isoformat(),
        "region": source.pick(REGIONS),
        "category": product.category,
        "product": product.name,
        "segment": "" if source.happens(0.02) else segment,
        "quantity": quantity,
        "unit_price": price,
        "discount_rate": "" if source.happens(0.03) else f"{discount / 100:.2f}",
        "amount": "" if source.happens(0.004) else amount,
        "note": source.pick([(note, 1.0) for note in NOTES]) if source.happens(0.3) else "",
    }


def generate() -> bytes:
    """The whole file: UTF-8, comma-separated, `\\n` line ends, rows in order of date."""
    source = Source(SEED)
    weights = [(index, day_weight(index)) for index in range(DAYS)]
    days = sorted(source.pick(weights) for _ in range(ROWS))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number, index in enumerate(days, 1):
        day = FIRST_DAY + timedelta(days=index)
        writer.writerow({"order_id": f"ORD-{number:06d}", **order(source, day)})
    return text.getvalue().encode()


def main() -> None:
    """Write the file named on the command line, or `orders.csv` beside this module."""
    default = Path(__file__).with_name("orders.csv")
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    target.write_bytes(generate())


if __name__ == "__main__":
    main()
