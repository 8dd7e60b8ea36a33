# ruff: noqa: E501 - the lines of a generated program keep their own width
"""The program of a trend: one number per period, with its peak, trough and change."""

from dataclasses import replace

from agent_runtime.models.offline.programs import captions
from agent_runtime.models.offline.programs.context import Context
from agent_runtime.models.offline.programs.sql import key_code, key_sql

LINES = 5
"""Most groups drawn as lines of their own."""

_SERIES = """\
measure, time, period = {measure!r}, {time!r}, {period!r}
value_sql, key = {value_sql!r}, {key_sql!r}
title, unit = {title!r}, {unit!r}
columns = [name for name in (measure, time) if name]
used = frame.dropna(subset=columns)
conditions = [where, *(f"{{identifier(name)}} IS NOT NULL" for name in columns)]
known = " AND ".join(filter(None, conditions)) or "true"
frame = used
keys = {key_code}
series = {series_code}.sort_index()
names = [{name_code} for name in series.index]
whole = slice(0, len(names))
partial = []
"""

_TRIM = """\
days = used[time].dt.normalize()
covered = days.nunique() / max((days.max() - days.min()).days + 1, 1)
if len(names) > 4 and covered > 0.6 and period in ("week", "month", "quarter", "year"):
    # Data of nearly every day: an edge period that it does not fill is no fair comparison.
    first = 1 if days.min() > series.index[0].start_time.normalize() else 0
    last = len(names) - (1 if days.max() < series.index[-1].end_time.normalize() else 0)
    whole = slice(first, last)
    partial = names[:first] + names[last:]
"""

_RECORD = '''\
def record_period(role, position, rank):
    """A period's name by its rank and its value by its name."""
    name, value = names[position], series.iloc[position]
    toolkit.record(
        id=f"{{step}}_{{role}}_name", value=name, label=f"{{title}}: {{words[role]}}", source=source,
        query=f"SELECT {{key}} FROM {{sql_table}} WHERE {{inside}} GROUP BY {{key}} ORDER BY {{rank}} LIMIT 1",
        columns=columns, formula=f"{{words[role]}}, {{title}}",
    )
    toolkit.record(
        id=f"{{step}}_{{role}}_value", value=value, label=f"{{title}}: {{name}}", unit=unit,
        query=f"SELECT {{value_sql}} FROM {{sql_table}} WHERE {{known}} AND {{key}} = {{literal(name)}}",
        source=source, columns=columns, rows=int(sizes.iloc[position]), formula=f"{{title}}, {{name}}",
    )


words = {words!r}
if series.empty:
    finish(step, "no_rows")
else:
    caption = {caption!r}
    drawn = [f"{{step}}_{{role}}_value" for role in ("first", "last", "peak", "trough")]
    sizes = used.groupby(keys, observed=True).size().sort_index()
    inside = known
    for name in partial:
        inside += f" AND {{key}} <> {{literal(name)}}"
    kept = series.iloc[whole]
    offset = whole.start
    rounded = kept.astype(float).round(6).reset_index(drop=True)
    record_period("first", offset, key)
    record_period("last", offset + len(kept) - 1, f"{{key}} DESC")
    record_period("peak", offset + int(rounded.idxmax()), f"round({{value_sql}}, 6) DESC, {{key}}")
    record_period("trough", offset + int(rounded.idxmin()), f"round({{value_sql}}, 6), {{key}}")
    ends = [literal(names[offset]), literal(names[offset + len(kept) - 1])]
    start, end = float(kept.iloc[0]), float(kept.iloc[-1])
    if start > 0 and len(kept) > 1:
        parts = [f"(SELECT 1.0 * {{value_sql}} FROM {{sql_table}} WHERE {{known}} AND {{key}} = {{end}})" for end in ends]
        toolkit.record(
            id=f"{{step}}_growth", value=100.0 * (end / start - 1), label=f"{{title}}: {{words['growth']}}",
            query=f"SELECT 100.0 * ({{parts[1]}} / {{parts[0]}} - 1)", unit="%", source=source,
            columns=columns, formula="(last / first - 1) * 100",
        )
    per_period = f"SELECT {{value_sql}} AS v FROM {{sql_table}} WHERE {{inside}} GROUP BY {{key}}"
    toolkit.record(
        id=f"{{step}}_mean", value=float(kept.mean()), label=f"{{title}}: {{words['per_period']}}",
        query=f"SELECT avg(v) FROM ({{per_period}})", unit=unit, source=source, columns=columns,
        formula=words["per_period"],
    )
    toolkit.record(
        id=f"{{step}}_periods", value=len(kept), label=words["periods"], unit={kind_unit!r},
        query=f"SELECT count(DISTINCT {{key}}) FROM {{sql_table}} WHERE {{inside}}",
        source=source, columns=columns, formula=words["periods"],
    )
    for number, name in enumerate(partial, 1):
        edge = "min" if name == names[0] else "max"
        toolkit.record(
            id=f"{{step}}_partial_{{number}}", value=name, label=words["partial"], source=source,
            query=f"SELECT {{edge}}({{key}}) FROM {{sql_table}} WHERE {{known}}",
            columns=columns, formula=words["partial"],
        )
'''

_GROUPS = """\
    dimension, dimension_sql = {dimension!r}, {dimension_sql!r}
    split = used.dropna(subset=[dimension])
    frame = split
    members = {dimension_code}
    totals = {totals_code}
    totals.index = [group_text(name) for name in totals.index]
    leaders = list(ranked(totals.to_frame("value"), "value").index[:{lines}])
    member_names = members.map({{name: group_text(name) for name in members.unique()}})
    lines = {lines_code}.unstack().reindex(columns=leaders).sort_index()
    filled = f"{{known}} AND {{identifier(dimension)}} IS NOT NULL"
    drawn = []
    if len(totals) > len(leaders):
        caption = {some!r}
        toolkit.record(
            id=f"{{step}}_groups", value=len(totals), label=f"{{dimension}}: {{words['groups']}}",
            query=f"SELECT count(DISTINCT {{dimension_sql}}) FROM {{sql_table}} WHERE {{filled}}",
            unit={kind_unit!r}, source=source, columns=[*columns, dimension], formula=words["groups"],
        )
    for rank, name in enumerate(leaders, 1):
        condition = f"{{filled}} AND {{dimension_sql}} = {{literal(name)}}"
        toolkit.record(
            id=f"{{step}}_name_{{rank}}", value=name, label=f"{{dimension}}: {{rank}}", source=source,
            query=f"SELECT {{shown(dimension_sql, name)}} FROM {{sql_table}} WHERE {{filled}} GROUP BY {{dimension_sql}}"
            f" ORDER BY round({{value_sql}}, 6) DESC, {{dimension_sql}} LIMIT 1 OFFSET {{rank - 1}}",
            columns=[*columns, dimension], formula=f"{{dimension}}, {{title}}",
        )
        own = lines[name].iloc[whole].dropna()
        if len(own) > 1 and float(own.iloc[0]) > 0:
            drawn.append(f"{{step}}_growth_{{rank}}")
            ends = [literal({end_code}) for end in (own.index[0], own.index[-1])]
            parts = [f"(SELECT 1.0 * {{value_sql}} FROM {{sql_table}} WHERE {{condition}} AND {{key}} = {{end}})" for end in ends]
            toolkit.record(
                id=f"{{step}}_growth_{{rank}}", value=100.0 * (float(own.iloc[-1]) / float(own.iloc[0]) - 1),
                label=f"{{title}}, {{words['growth']}}: {{name}}", unit="%", source=source,
                query=f"SELECT 100.0 * ({{parts[1]}} / {{parts[0]}} - 1)", columns=[*columns, dimension],
                formula="(last / first - 1) * 100",
            )
"""

_CHART = """\
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    {plot}
    step_size = max(1, -(-len(names) // 10))
    axes.set_xticks(range(0, len(names), step_size), names[::step_size], rotation=30, ha="right")
    axes.set_ylabel({axis!r})
    axes.grid(axis="y", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    toolkit.save_chart(figure, id=f"{{step}}_chart", caption=caption, calculations=drawn)
    finish(step, periods=len(names), partial=partial, rows=len(used))
"""

_ONE_LINE = """axes.plot(range(len(names)), series.astype(float).to_numpy(), color=BLUE, marker="o", markersize=3)
    low = min(0.0, float(series.min())) if {aggregate!r} != "mean" else None
    axes.set_ylim(bottom=low)"""
_MANY_LINES = """for name in leaders:
        axes.plot(range(len(names)), lines[name].reindex(series.index).astype(float).to_numpy(), label=short(name))
    axes.legend(frameon=False, fontsize=8)"""


def series_program(context: Context) -> str:
    """The program of a trend, with lines of their own for the groups of a dimension."""
    dated = context.key_is_period or (context.time is not None and context.time.kind == "date")
    period = context.analysis.period or "month"
    whole = _without_dimension(context)
    lines = context.header() + _SERIES.format(
        measure=context.analysis.measure,
        time=context.analysis.time,
        period=period,
        value_sql=context.value_sql,
        key_sql=whole.key_sql,
        key_code=whole.key_code,
        series_code=_aggregated(context, "used", "keys"),
        name_code="period_text(name, period)" if dated else "group_text(name)",
        title=context.title,
        unit=context.unit,
    )
    roles = ("first", "last", "peak", "trough", "growth", "per_period", "periods", "partial")
    record = _RECORD.format(
        words={role: context.word(role) for role in (*roles, "groups")},
        kind_unit=context.word("kind_unit"),
        caption=captions.trend(context, period),
    )
    trim = _TRIM if dated and context.aggregate != "mean" else ""
    groups = ""
    if context.dimension is not None:
        groups = _GROUPS.format(
            dimension=context.dimension.name,
            dimension_sql=key_sql(context.dimension),
            dimension_code=key_code(context.dimension),
            totals_code=_aggregated(context, "split", "members"),
            lines_code=_aggregated(context, "split", "[keys.loc[split.index], member_names]"),
            lines=LINES,
            some=captions.trend(context, period, some=True),
            kind_unit=context.word("kind_unit"),
            end_code="period_text(end, period)" if dated else "group_text(end)",
        )
    plot = _MANY_LINES if groups else _ONE_LINE.format(aggregate=context.aggregate)
    axis = context.title + (f" ({context.unit})" if context.unit else "")
    return lines + trim + record + groups + _CHART.format(plot=plot, axis=axis)


def _without_dimension(context: Context) -> Context:
    return replace(context, analysis=replace(context.analysis, dimension=""))


def _aggregated(context: Context, frame: str, keys: str) -> str:
    grouped = f"{frame}.groupby({keys}, observed=True)"
    if context.value_code == "size":
        return f"{grouped}.size()"
    return f"{grouped}[measure].{context.value_code}()"
