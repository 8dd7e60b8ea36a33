# ruff: noqa: E501 - the lines of a generated program keep their own width
"""Programs about groups: share, ranking, comparison, averages and counts by a dimension."""

from agent_runtime.models.offline.analysis import DEFAULT_N
from agent_runtime.models.offline.programs import captions
from agent_runtime.models.offline.programs.context import Context

SHOWN = 12
"""Most groups that a breakdown names one by one; the rest are counted, and added up if they can."""

_GROUP = """\
measure, key_name = {measure!r}, {key_name!r}
value_sql, key = {value_sql!r}, {key_sql!r}
columns = [name for name in (measure, key_name) if name]
used = frame.dropna(subset=columns)
conditions = [where, *(f"{{identifier(name)}} IS NOT NULL" for name in columns)]
known = " AND ".join(filter(None, conditions)) or "true"
frame = used
keys = {key_code}
groups = pd.DataFrame({{"rows": used.groupby(keys, observed=True).size()}})
groups["value"] = {value_code}
groups.index = [{name_code} for name in groups.index]
"""

_SIZES = {
    "size": 'groups["rows"]',
    "nunique": "used.groupby(keys, observed=True)[measure].nunique()",
}

_RECORD_GROUP = '''\
charted = []


def record_group(rank, name, position, order):
    """The name by its rank and the value by its name, so that each query stands alone."""
    rows = int(groups.loc[name, "rows"])
    charted.append(f"{step}_value_{rank}")
    toolkit.record(
        id=f"{step}_name_{rank}", value=name, label=f"{title}: {rank_word} {position + 1}",
        query=f"SELECT {shown(key, name)} FROM {sql_table} WHERE {known} GROUP BY {key}"
        f" ORDER BY round({value_sql}, 6) {order}, {key} LIMIT 1 OFFSET {position}",
        source=source, columns=columns, formula=f"{key_name}, {title}, {order}",
    )
    condition = f"{known} AND {key} = {literal(name)}"
    toolkit.record(
        id=f"{step}_value_{rank}", value=groups.loc[name, "value"], label=f"{title}: {name}",
        query=f"SELECT {value_sql} FROM {sql_table} WHERE {condition}", unit=unit,
        source=source, columns=columns, rows=rows, formula=f"{title}, {key_name} = {name}",
    )
    return condition


def record_share(rank, name):
    """A group's part of the total in per cent."""
    part = f"{value_sql} FILTER (WHERE {key} = {literal(name)})"
    toolkit.record(
        id=f"{step}_share_{rank}", value=100.0 * groups.loc[name, "value"] / total,
        label=f"{title}, {share_word}: {name}", unit="%",
        query=f"SELECT 100.0 * {part} / {value_sql} FROM {sql_table} WHERE {known}",
        source=source, columns=columns, rows=len(used), formula=f"{name} / {title} * 100",
    )


def record_all(role, value, label, query, unit=unit):
    """A number over all rows used."""
    toolkit.record(
        id=f"{step}_{role}", value=value, label=label, query=query, unit=unit,
        source=source, columns=columns, rows=len(used), formula=label,
    )


def record_rest(listed, additive):
    """How many groups are not listed and, where it is a sum, their value; None or that value."""
    rest = groups.loc[~groups.index.isin(listed)]
    if rest.empty:
        return None
    unlisted = f"{known} AND {key} NOT IN ({', '.join(literal(name) for name in listed)})"
    rows = int(rest["rows"].sum())

    def record_of_rest(role, value, label, expression, unit):
        toolkit.record(
            id=f"{step}_{role}", value=value, label=label, unit=unit, source=source, columns=columns,
            query=f"SELECT {expression} FROM {sql_table} WHERE {unlisted}", rows=rows, formula=label,
        )

    record_of_rest("hidden", len(rest), f"{key_name}: {rest_word}", f"count(DISTINCT {key})", kind_unit)
    if not additive:
        return None
    value = rest["value"].sum()
    record_of_rest("others", value, f"{title}: {others_word}", value_sql, unit)
    if total > 0 and float(groups["value"].min()) >= 0:
        part = f"{value_sql} FILTER (WHERE {key} NOT IN ({', '.join(literal(n) for n in listed)}))"
        record_all("others_share", 100.0 * float(value) / total, f"{title}, {share_word}: {others_word}",
                   f"SELECT 100.0 * {part} / {value_sql} FROM {sql_table} WHERE {known}", "%")
    return float(value)


def bar_chart(names, caption, rest=None):
    """Horizontal bars, the first group on top; all that is not listed as one more."""
    bars = [(short(name), float(groups.loc[name, "value"])) for name in names]
    cited = charted[: len(names)]
    if rest is not None:
        bars.append((f"({others_word})", rest))
        cited = [*cited, f"{step}_others"]
    figure, axes = plt.subplots(figsize=(7.2, 0.65 + 0.17 * max(len(bars), 3)), layout="constrained")
    axes.barh(range(len(bars)), [value for _, value in bars], color=[BLUE, *[GREY] * (len(bars) - 1)],
              tick_label=[name for name, _ in bars])
    across(axes)
    axes.set_xlabel(axis_label)
    axes.spines[["top", "right"]].set_visible(False)
    toolkit.save_chart(figure, id=f"{step}_chart", caption=caption, calculations=cited)
'''

_OTHERS = """\
    record_all("groups", len(groups), f"{key_name}: {groups_word}",
               f"SELECT count(DISTINCT {key}) FROM {sql_table} WHERE {known}", unit=kind_unit)
"""

_SHARE = """\
if groups.empty:
    finish(step, "no_rows")
else:
    total = float({total_code})
    order = ranked(groups, "value")
    focus = [name for name in {focus!r} if name in order.index]
    listed = list(dict.fromkeys([*order.index[:{shown}], *focus]))
    additive = {additive!r} and total > 0 and float(order["value"].min()) >= 0
    record_all("total", {total_code}, title, f"SELECT {{value_sql}} FROM {{sql_table}} WHERE {{known}}")
{others}
    for rank, name in enumerate(listed, 1):
        record_group(rank, name, order.index.get_loc(name), "DESC")
        if additive:
            record_share(rank, name)
    if additive and len(order) > 5:
        names = ", ".join(literal(name) for name in order.index[:3])
        top = f"{{value_sql}} FILTER (WHERE {{key}} IN ({{names}}))"
        record_all("top3", 100.0 * float(order["value"].iloc[:3].sum()) / total, top3_word,
                   f"SELECT 100.0 * {{top}} / {{value_sql}} FROM {{sql_table}} WHERE {{known}}", "%")
    bar_chart(listed, {caption!r}, record_rest(listed, {additive!r}))
    finish(step, groups=len(order), rows=len(used), absent=[n for n in {focus!r} if n not in focus])
"""

_RANKING = """\
if groups.empty:
    finish(step, "no_rows")
else:
    total = float(groups["value"].sum())
    order = ranked(groups, "value", ascending={ascending!r})
    listed = list(order.index[:{n}])
    additive = {additive!r} and total > 0 and float(order["value"].min()) >= 0
{others}
    for rank, name in enumerate(listed, 1):
        record_group(rank, name, rank - 1, {order!r})
        if additive and rank <= {shares}:
            record_share(rank, name)
    if additive and len(order) > len(listed) > 1:
        names = ", ".join(literal(name) for name in listed)
        part = f"{{value_sql}} FILTER (WHERE {{key}} IN ({{names}}))"
        record_all("combined", 100.0 * float(order["value"].iloc[:len(listed)].sum()) / total,
                   combined_word, f"SELECT 100.0 * {{part}} / {{value_sql}} FROM {{sql_table}} WHERE {{known}}",
                   "%")
    bar_chart(listed[:20], {caption!r})
    finish(step, groups=len(order), rows=len(used))
"""

_PER_DAY = """\
        days = used[key_name].dt.normalize()[keys == name].nunique()
        toolkit.record(
            id=f"{{step}}_per_day_{{rank}}", value=float(groups.loc[name, "value"]) / days, unit=unit,
            label=f"{{title}}, {word}: {{name}}", source=source, columns=columns,
            query=f"SELECT 1.0 * {{value_sql}} / count(DISTINCT CAST({{identifier(key_name)}} AS DATE))"
            f" FROM {{sql_table}} WHERE {{condition}}", rows=int(groups.loc[name, "rows"]),
            formula=f"{{title}} / {word}",
        )
"""

_COMPARISON = """\
wanted = {values!r}
order = ranked(groups, "value")
listed = [name for name in order.index if not wanted or name in wanted][:{shown}]
if not wanted and len(order) > len(listed) > 1:
    listed[-1] = order.index[-1]
if not listed:
    finish(step, "no_rows", absent=wanted)
else:
    for rank, name in enumerate(listed, 1):
        condition = record_group(rank, name, order.index.get_loc(name), "DESC")
        toolkit.record(
            id=f"{{step}}_rows_{{rank}}", value=int(groups.loc[name, "rows"]),
            label=f"{{rows_word}}: {{name}}", query=f"SELECT count(*) FROM {{sql_table}} WHERE {{condition}}",
            source=source, columns=columns, rows=int(groups.loc[name, "rows"]), unit={row_unit!r},
            formula=f"{{rows_word}}, {{key_name}} = {{name}}",
        )
{per_day}
    if len(listed) > 1:
        high, low = listed[0], listed[-1]
        most, least = float(groups.loc[high, "value"]), float(groups.loc[low, "value"])
        pair = " - ".join(f"(SELECT {{value_sql}} FROM {{sql_table}} WHERE {{known}} AND {{key}} = {{literal(n)}})"
                          for n in (high, low))
        toolkit.record(
            id=f"{{step}}_gap", value=most - least, label=f"{{difference_word}}: {{high}} - {{low}}",
            query=f"SELECT {{pair}}", source=source, columns=columns, unit=unit,
            formula=f"{{high}} - {{low}}",
        )
        if least > 0:
            ratio = " / ".join(f"(SELECT 1.0 * {{value_sql}} FROM {{sql_table}} WHERE {{known}} AND {{key}} = {{literal(n)}})"
                               for n in (high, low))
            toolkit.record(
                id=f"{{step}}_more", value=100.0 * (most / least - 1), unit="%",
                label=f"{{relative_word}}: {{high}} / {{low}}", query=f"SELECT 100.0 * ({{ratio}} - 1)",
                source=source, columns=columns, formula=f"({{high}} / {{low}} - 1) * 100",
            )
    if not wanted:
        record_rest(listed, False)
    bar_chart(listed, {caption!r})
    finish(step, groups=len(order), rows=len(used), absent=[n for n in wanted if n not in listed])
"""


def group_program(context: Context) -> str:
    """The program of a step whose result is one number per group."""
    kind, analysis = context.analysis.kind, context.analysis
    others = _OTHERS.rstrip("\n")
    caption = captions.groups(context)
    opening = _opening(context)
    additive = context.aggregate == "sum" or (context.aggregate == "count" and not analysis.measure)
    if kind in ("top", "bottom"):
        n = analysis.n or DEFAULT_N
        order = "DESC" if kind == "top" else "ASC"
        body = _RANKING.format(
            ascending=kind == "bottom", n=n, additive=additive, others=others, order=order,
            shares=min(n, 20), caption=caption,
        )  # fmt: skip
    elif kind == "comparison":
        body = _COMPARISON.format(
            values=context.values,
            shown=max(SHOWN, len(analysis.values)),
            caption=caption,
            row_unit=context.word("row_unit"),
            per_day=_per_day(context),
        )
    else:
        body = _SHARE.format(
            total_code=_total_code(context),
            focus=context.values,
            shown=SHOWN,
            additive=additive,
            others=others,
            caption=caption,
        )
    return opening + _words(context) + _RECORD_GROUP + body


def _opening(context: Context) -> str:
    code = context.value_code
    grouped = f"used.groupby(keys, observed=True)[measure].{code}()"
    period = context.analysis.period or "month"
    return context.header() + _GROUP.format(
        measure=context.analysis.measure,
        key_name=context.key_name,
        value_sql=context.value_sql,
        key_sql=context.key_sql,
        key_code=context.key_code,
        value_code=_SIZES.get(code, grouped),
        name_code=f"period_text(name, {period!r})" if context.key_is_period else "group_text(name)",
    )


def _per_day(context: Context) -> str:
    """Parts of the week have different numbers of days: sums compare by day only."""
    if context.analysis.period != "weekpart" or context.aggregate == "mean":
        return ""
    return _PER_DAY.format(word=context.word("per_day")).rstrip("\n")


def _total_code(context: Context) -> str:
    return {
        "size": "len(used)",
        "nunique": "used[measure].nunique()",
    }.get(context.value_code, f"used[measure].{context.value_code}()")


def _words(context: Context) -> str:
    values = {
        "title": context.title,
        "unit": context.unit,
        "axis_label": context.title + (f" ({context.unit})" if context.unit else ""),
        "rank_word": context.word("rank_name"),
        "share_word": context.word("share"),
        "rest_word": context.word("rest"),
        "others_word": context.word("others"),
        "groups_word": context.word("groups"),
        "kind_unit": context.word("kind_unit"),
        "rows_word": context.word("rows"),
        "top3_word": context.word("top3_share"),
        "combined_word": context.word("combined_share"),
        "difference_word": context.word("difference"),
        "relative_word": context.word("relative_difference"),
    }
    return "".join(f"{name} = {value!r}\n" for name, value in values.items())
