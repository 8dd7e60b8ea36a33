"""What the machine is and how busy it is, so that figures of different runs are not mistaken."""

import os
import platform
from pathlib import Path
from typing import Any

from bench.figure import Figure


def describe_machine() -> dict[str, Any]:
    """Cores, memory, processor, Python and the load before the first measurement."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 1024**3, 1),
        "processor": _processor(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load_1_min": round(os.getloadavg()[0], 2),
    }


def machine_line(machine: dict[str, Any]) -> str:
    """The same as one line."""
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, "
        f"Python {machine['python']}, {machine['system']}, load {machine['load_1_min']}"
    )


def load_figure() -> Figure:
    """The load after the last measurement."""
    load = os.getloadavg()[0]
    return Figure(group="Machine", name="load average, 1 min", value=load, unit="")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
