"""The sample's origin is its generator, byte for byte."""

import csv
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"


def test_the_generator_writes_the_sample_byte_for_byte(tmp_path: Path) -> None:
    target = tmp_path / "orders.csv"
    generator = SAMPLES / "generate_orders.py"
    subprocess.run([sys.executable, "-I", str(generator), str(target)], check=True, timeout=60)
    assert target.read_bytes() == (SAMPLES / "orders.csv").read_bytes()


def test_the_sample_has_the_size_and_the_flaws_it_promises() -> None:
    raw = (SAMPLES / "orders.csv").read_bytes()
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    assert len(raw) < 2_000_000
    assert len(rows) == 12_000
    assert len({row["order_date"][:7] for row in rows}) == 24
    for column in ("segment", "discount_rate", "amount", "note"):
        assert any(row[column] == "" for row in rows), column
    assert any(int(row["quantity"]) < 0 for row in rows)
    assert any(int(row["quantity"]) > 200 for row in rows)
