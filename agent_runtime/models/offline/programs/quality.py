# ruff: noqa: E501 - the lines of a generated program keep their own width
"""Programs about the table itself: its size and ranges, missing values, duplicates."""

from agent_runtime.models.offline.programs.context import Context
from agent_runtime.models.offline.programs.numbers import RECORD_NUMBER
from agent_runtime.models.offline.units import unit_of

LISTED = 10
"""Most columns named one by one."""
DESCRIBED = 6
_MOST_CELLS = 8_000_000
_MOST_COLUMNS = 60

_MISSING = """\
every = {every!r}
counts = {{name: int(frame[name].isna().sum()) for name in every}}
gaps = sorted((name for name in every if counts[name]), key=lambda name: (-counts[name], every.index(name)))
listed = {focus!r} or gaps[:{listed}]
record_number("rows", len(frame), {rows!r}, "count(*)", {row_unit!r})
if not frame.empty:
    for rank, name in enumerate(listed, 1):
        empty = f"count(*) FILTER (WHERE {{identifier(name)}} IS NULL)"
        record_number(f"missing_{{rank}}", counts[name], f"{missing}: {{name}}", empty, {row_unit!r}, name)
        record_number(f"share_{{rank}}", 100.0 * counts[name] / len(frame), f"{share}: {{name}}",
                      f"100.0 * {{empty}} / count(*)", "%")
    if len(every) <= {columns} and not {focus!r}:
        filled = " AND ".join(f"{{identifier(name)}} IS NOT NULL" for name in every)
        record_number("complete", 100.0 * float(frame.notna().all(axis=1).mean()), {complete!r},
                      f"100.0 * count(*) FILTER (WHERE {{filled}}) / count(*)", "%")
    if len(frame) * len(every) <= {cells} and not {focus!r}:
        unlike = f"SELECT DISTINCT * FROM {{sql_table}} WHERE {{known}}"
        record_number("duplicates", int(frame.duplicated().sum()), {duplicates!r},
                      f"count(*) - (SELECT count(*) FROM ({{unlike}}))", {row_unit!r})
if gaps and not {focus!r}:
    figure, axes = plt.subplots(figsize=(7.2, 0.9 + 0.42 * max(len(listed), 2)), layout="constrained")
    axes.barh([short(name) for name in listed], [100.0 * counts[n] / len(frame) for n in listed], color=BLUE)
    across(axes)
    axes.set_xlabel({axis!r})
    axes.spines[["top", "right"]].set_visible(False)
    toolkit.save_chart(figure, id=f"{{step}}_chart", caption={caption!r},
                       calculations=[f"{{step}}_share_{{rank}}" for rank in range(1, len(listed) + 1)])
finish(step, columns=len(every), with_gaps=len(gaps))
"""

_OVERVIEW = """\
words = {words!r}
record_number("rows", len(frame), {rows!r}, "count(*)", {row_unit!r})
for rank, name in enumerate({numbers!r}, 1):
    values, quoted = frame[name].dropna().astype(float), identifier(name)
    if values.empty:
        continue
    for role, value, function in (("mean", values.mean(), "avg"), ("median", values.median(), "median"),
                                  ("minimum", values.min(), "min"), ("maximum", values.max(), "max")):
        toolkit.record(
            id=f"{{step}}_{{role}}_{{rank}}", value=value, label=f"{{name}}: {{words[role]}}",
            query=f"SELECT {{function}}({{quoted}}) FROM {{sql_table}} WHERE {{known}}", source=source,
            columns=[name], rows=len(values), unit={units!r}[name], formula=f"{{function}}({{name}})", note=name,
        )
for rank, name in enumerate({groups!r}, 1):
    record_number(f"distinct_{{rank}}", frame[name].nunique(), f"{distinct}: {{name}}",
                  f"count(DISTINCT {{identifier(name)}})", {kind_unit!r}, name)
for name in {times!r}:
    dates, quoted = frame[name].dropna(), identifier(name)
    for role, date, function in (("earliest", dates.min(), "min"), ("latest", dates.max(), "max")):
        if len(dates):
            record_number(role, date.strftime("%Y-%m-%d"), f"{{name}}: {{words[role]}}",
                          f"strftime({{function}}({{quoted}}), '%Y-%m-%d')")
finish(step, rows=len(frame))
"""


def missing_program(context: Context) -> str:
    """The program of missing values, of one column or of the whole table, and duplicates."""
    column = context.table.column(context.analysis.dimension)
    return (
        context.header()
        + RECORD_NUMBER.format(columns=[])
        + _MISSING.format(
            every=[entry.name for entry in context.table.columns],
            focus=[column.name] if column else [],
            listed=LISTED,
            columns=_MOST_COLUMNS,
            cells=_MOST_CELLS,
            rows=context.word("rows"),
            row_unit=context.word("row_unit"),
            missing=context.word("missing"),
            share=context.word("missing_share"),
            complete=context.word("complete"),
            duplicates=context.word("duplicates"),
            axis=f"{context.word('missing_share')} (%)",
            caption=context.word("missing_share").capitalize(),
        )
    )


def overview_program(context: Context) -> str:
    """The program of a table's size, ranges and variety."""
    table = context.table
    numbers = [column.name for column in table.measures[:DESCRIBED]]
    roles = ("mean", "median", "minimum", "maximum", "earliest", "latest")
    return (
        context.header()
        + RECORD_NUMBER.format(columns=[])
        + _OVERVIEW.format(
            rows=context.word("rows"),
            row_unit=context.word("row_unit"),
            numbers=numbers,
            units={name: unit_of(name) for name in numbers},
            words={role: context.word(role) for role in roles},
            groups=[column.name for column in table.dimensions[:4]],
            times=[column.name for column in table.times if column.kind == "date"][:1],
            distinct=context.word("distinct"),
            kind_unit=context.word("kind_unit"),
        )
    )
