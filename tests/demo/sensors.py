"""A second data file, of another shape: sensor readings, tab-separated, in cp949."""

import random
from datetime import datetime, timedelta
from pathlib import Path

ROWS = 3000


def write_sensors(path: Path) -> None:
    """Readings of four machines every 40 minutes; some are missing, defects follow the heat."""
    source = random.Random(7)
    start = datetime(2025, 1, 1)
    lines = ["measured_at\tmachine\t작업조\ttemperature\tvibration\tdefects"]
    for number in range(ROWS):
        moment = start + timedelta(minutes=40 * number)
        machine = source.choice(["압연기-1", "압연기-2", "Press A", "Press B"])
        heat = 55 + 12 * source.random() + (8 if machine == "Press A" else 0)
        shake = f"{heat / 20 + source.random():.3f}" if source.random() > 0.02 else ""
        defects = int(heat > 68) * source.randint(1, 4)
        shift = source.choice(["주간", "야간"])
        lines.append(f"{moment:%Y-%m-%d %H:%M}\t{machine}\t{shift}\t{heat:.2f}\t{shake}\t{defects}")
    path.write_bytes(("\n".join(lines) + "\n").encode("cp949"))
