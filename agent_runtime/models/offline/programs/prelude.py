"""The first cell that the coder runs: the tables, loaded once, and what every step uses."""

from collections.abc import Sequence

_CELL = '''\
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from executor import toolkit

toolkit.configure_matplotlib()
BLUE, GREY, RED = "#2f6db3", "#b9c4d0", "#c0504d"
tables = {path: toolkit.load(path) for path in PATHS}


def identifier(name):
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value):
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def group_text(value):
    """A group's key as text, as the queries write it."""
    if isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    if isinstance(value, (int, float, np.number)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def period_text(value, period):
    """A period's name, as the queries write it."""
    if period == "quarter":
        return f"{value.year}-Q{value.quarter}"
    formats = {"hour": "%Y-%m-%d %H:00", "month": "%Y-%m", "year": "%Y"}
    return value.start_time.strftime(formats.get(period, "%Y-%m-%d"))


def shown(key, value):
    """The query column for a name: blanks collapsed when the name holds several in a row."""
    if " ".join(value.split()) == value:
        return key
    return f"trim(regexp_replace({key}, '[\\\\s\\u00a0\\u3000]+', ' ', 'g'))"


def ranked(groups, column, ascending=False):
    """Groups by a column, ties by name, in the order that the queries use."""
    order = groups[column].astype(float).round(6)
    keys = pd.DataFrame({"order": order if ascending else -order, "name": groups.index})
    keys.index = range(len(keys))
    return groups.iloc[keys.sort_values(["order", "name"]).index]


def short(name, length=24):
    """A name that fits beside a bar."""
    name = " ".join(str(name).split()).replace("$", r"\\\\$")
    return name if len(name) <= length else name[: length - 1] + "…"


def across(axes):
    """Horizontal bars: the first on top, grid lines along the values."""
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")


def finish(step, status="ok", **facts):
    """Say how the step ended, as one line of JSON."""
    print(json.dumps({"step": step, "status": status, **facts}, ensure_ascii=False, default=str))


finish("load", tables={path: len(table.frame) for path, table in tables.items()})
'''


def prelude(paths: Sequence[str]) -> str:
    """The cell for these files; running it again after a restart of the kernel is harmless."""
    return _CELL.replace("PATHS", repr(list(paths)), 1)
