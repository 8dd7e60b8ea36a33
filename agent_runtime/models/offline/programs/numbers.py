# ruff: noqa: E501 - the lines of a generated program keep their own width
"""Programs about numbers without groups: totals, averages, outliers, pairs of measures."""

from agent_runtime.models.offline.programs import captions
from agent_runtime.models.offline.programs.context import Context
from agent_runtime.models.offline.words import measure_title

PARTNERS = 5
"""Most other measures that one measure is correlated with."""
_SCATTER_POINTS = 4000

RECORD_NUMBER = '''\
columns = {columns!r}
used = frame.dropna(subset=columns) if columns else frame
conditions = [where, *(f"{{identifier(name)}} IS NOT NULL" for name in columns)]
known = " AND ".join(filter(None, conditions)) or "true"


def record_number(role, value, label, expression, unit="", note=""):
    """A number over the rows used."""
    toolkit.record(
        id=f"{{step}}_{{role}}", value=value, label=label, unit=unit, source=source, columns=columns,
        query=f"SELECT {{expression}} FROM {{sql_table}} WHERE {{known}}",
        rows=len(used), formula=label, note=note,
    )


'''

_COUNT = """\
record_number("rows", len(used), {rows_label!r}, "count(*)", {row_unit!r})
"""

_DISTINCT = """\
record_number("distinct", used[{measure!r}].nunique(), {title!r}, {value_sql!r}, {unit!r})
"""

_NUMBER = """\
if used.empty:
    finish(step, "no_rows")
else:
    values, name = used[{measure!r}].astype(float), identifier({measure!r})
    unit = {unit!r}
{total}
    record_number("mean", values.mean(), {mean!r}, f"avg({{name}})", unit)
    record_number("median", values.median(), {median!r}, f"median({{name}})", unit)
    record_number("minimum", values.min(), {minimum!r}, f"min({{name}})", unit)
    record_number("maximum", values.max(), {maximum!r}, f"max({{name}})", unit)
    record_number("rows", len(used), {rows!r}, f"count({{name}})", {row_unit!r})
{deviation}
    figure, axes = plt.subplots(figsize=(7.2, 3.0), layout="constrained")
    axes.hist(values.clip(*values.quantile([0.005, 0.995])), bins=30, color=BLUE)
    axes.axvline(values.mean(), color=RED, linewidth=1.2, label={mean_word!r})
    axes.axvline(values.median(), color="black", linewidth=1.2, linestyle="--", label={median_word!r})
    axes.set_xlabel(short({measure!r}, 40).replace(chr(10), " "))
    axes.set_ylabel({frequency!r})
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    cited = [f"{{step}}_{{role}}" for role in ("mean", "median", "minimum", "maximum", "rows")]
    toolkit.save_chart(figure, id=f"{{step}}_chart", caption={caption!r}, calculations=cited)
    finish(step, rows=len(used))
"""

_TOTAL = """\
    record_number("total", used[{measure!r}].sum(), {label!r}, f"sum({{name}})", unit)
"""

_DEVIATION = """\
    if len(used) > 1:
        record_number("deviation", values.std(), {label!r}, f"stddev_samp({{name}})", unit)
"""

_OUTLIERS = """\
if len(used) < 4:
    finish(step, "no_rows")
else:
    values, name, unit = used[{measure!r}].astype(float), identifier({measure!r}), {unit!r}
    first, third = values.quantile(0.25), values.quantile(0.75)
    low, high = first - 1.5 * (third - first), third + 1.5 * (third - first)
    below, above = values < low, values > high
    inside = values[~below & ~above]
    fences = f"(SELECT quantile_cont({{name}}, 0.25) AS q, quantile_cont({{name}}, 0.75) AS p FROM {{sql_table}} WHERE {{known}})"
    lower = f"(SELECT q - 1.5 * (p - q) FROM {{fences}})"
    upper = f"(SELECT p + 1.5 * (p - q) FROM {{fences}})"
    record_number("first_quartile", first, {first_quartile!r}, f"quantile_cont({{name}}, 0.25)", unit)
    record_number("third_quartile", third, {third_quartile!r}, f"quantile_cont({{name}}, 0.75)", unit)
    spread = f"1.5 * (quantile_cont({{name}}, 0.75) - quantile_cont({{name}}, 0.25))"
    record_number("lower", low, {lower_fence!r}, f"quantile_cont({{name}}, 0.25) - {{spread}}", unit)
    record_number("upper", high, {upper_fence!r}, f"quantile_cont({{name}}, 0.75) + {{spread}}", unit)
    record_number("below", int(below.sum()), {below!r}, f"count(*) FILTER (WHERE {{name}} < {{lower}})", {row_unit!r})
    record_number("above", int(above.sum()), {above!r}, f"count(*) FILTER (WHERE {{name}} > {{upper}})", {row_unit!r})
    outside = f"{{name}} < {{lower}} OR {{name}} > {{upper}}"
    count = int(below.sum() + above.sum())
    record_number("count", count, {outliers!r}, f"count(*) FILTER (WHERE {{outside}})", {row_unit!r})
    record_number("share", 100.0 * count / len(used), {outlier_share!r},
                  f"100.0 * count(*) FILTER (WHERE {{outside}}) / count(*)", "%")
    record_number("median", values.median(), {median!r}, f"median({{name}})", unit)
    record_number("minimum", values.min(), {minimum!r}, f"min({{name}})", unit)
    record_number("maximum", values.max(), {maximum!r}, f"max({{name}})", unit)
    record_number("mean", values.mean(), {mean!r}, f"avg({{name}})", unit)
    if count:
        record_number("mean_without", inside.mean(), {mean_without!r},
                      f"avg({{name}}) FILTER (WHERE NOT ({{outside}}))", unit)
    figure, axes = plt.subplots(figsize=(7.2, 2.2), layout="constrained")
    axes.boxplot(values, orientation="horizontal", widths=0.5, flierprops={{"markersize": 3, "alpha": 0.4}})
    axes.set_yticks([])
    axes.set_xlabel(short({measure!r}, 40))
    axes.spines[["top", "right", "left"]].set_visible(False)
    marks = ("first_quartile", "median", "third_quartile", "minimum", "maximum", "count")
    cited = [f"{{step}}_{{role}}" for role in marks]
    toolkit.save_chart(figure, id=f"{{step}}_chart", caption={caption!r}, calculations=cited)
    finish(step, outliers=count, rows=len(used))
"""

_PAIR = """\
first, second = {first!r}, {second!r}
if len(used) < 3 or used[first].nunique() < 2 or used[second].nunique() < 2:
    finish(step, "no_rows")
else:
    x, y = used[first].astype(float), used[second].astype(float)
    names = f"{{identifier(second)}}, {{identifier(first)}}"
    record_number("correlation", np.corrcoef(x, y)[0, 1], {correlation!r}, f"corr({{names}})")
    record_number("explained", 100.0 * np.corrcoef(x, y)[0, 1] ** 2, {explained!r}, f"100.0 * corr({{names}}) ** 2", "%")
    record_number("pairs", len(used), {pairs!r}, "count(*)", {row_unit!r})
    slope = float(np.cov(x, y)[0, 1] / x.var())
    record_number("slope", slope, {slope!r}, f"covar_samp({{names}}) / var_samp({{identifier(first)}})")
    sample = used.sample(min(len(used), {most}), random_state=0)
    figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    axes.scatter(sample[first], sample[second], s=8, alpha=0.35, color=BLUE, linewidths=0)
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, y.mean() + slope * (ends - x.mean()), color=RED, linewidth=1.2)
    axes.set_xlabel(short(first, 40))
    axes.set_ylabel(short(second, 40))
    axes.spines[["top", "right"]].set_visible(False)
    cited, caption = [f"{{step}}_{{role}}" for role in ("correlation", "slope", "pairs")], {caption!r}
    if len(sample) < len(used):
        record_number("points", len(sample), {points!r}, "least(count(*), {most})", {row_unit!r})
        cited, caption = [*cited, f"{{step}}_points"], {sampled!r}
    toolkit.save_chart(figure, id=f"{{step}}_chart", caption=caption, calculations=cited)
    finish(step, rows=len(used))
"""

_PARTNERS = """\
first, found = {first!r}, []
for other in {others!r}:
    pair = frame[[first, other]].dropna().astype(float)
    if len(pair) > 2 and pair[first].nunique() > 1 and pair[other].nunique() > 1:
        found.append((other, float(np.corrcoef(pair[first], pair[other])[0, 1]), len(pair)))
found = sorted(found, key=lambda item: (-round(abs(item[1]), 9), item[0]))[:{most}]
for rank, (other, value, rows) in enumerate(found, 1):
    names = f"{{identifier(other)}}, {{identifier(first)}}"
    both = f"{{identifier(first)}} IS NOT NULL AND {{identifier(other)}} IS NOT NULL"
    both += f" AND {{where}}" if where else ""
    toolkit.record(
        id=f"{{step}}_correlation_{{rank}}", value=value, label={word!r} + f": {{first}} - {{other}}",
        query=f"SELECT corr({{names}}) FROM {{sql_table}} WHERE {{both}}", source=source,
        columns=[first, other], rows=rows, formula=f"corr({{first}}, {{other}})", note=other,
    )
if found:
    figure, axes = plt.subplots(figsize=(7.2, 0.9 + 0.42 * max(len(found), 2)), layout="constrained")
    axes.barh([short(other) for other, _, _ in found], [value for _, value, _ in found], color=BLUE)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlim(-1, 1)
    across(axes)
    axes.set_xlabel({word!r})
    axes.spines[["top", "right"]].set_visible(False)
    toolkit.save_chart(figure, id=f"{{step}}_chart", caption={caption!r},
                       calculations=[f"{{step}}_correlation_{{rank}}" for rank in range(1, len(found) + 1)])
finish(step, "ok" if found else "no_rows", partners=len(found))
"""

_TWO = """\
if used.empty:
    finish(step, "no_rows")
else:
    first, second, unit = {first!r}, {second!r}, {unit!r}
    pair = []
    for role, column, label in (("first", first, {first_label!r}), ("second", second, {second_label!r})):
        expression = f"{function}({{identifier(column)}})"
        pair.append(float(used[column].{method}()))
        record_number(role, used[column].{method}(), label, expression, unit)
    expressions = [f"{function}({{identifier(column)}})" for column in (first, second)]
    record_number("gap", pair[0] - pair[1], {difference!r}, " - ".join(expressions), unit)
    if pair[1] > 0:
        record_number("more", 100.0 * (pair[0] / pair[1] - 1), {relative!r},
                      f"100.0 * (1.0 * {{expressions[0]}} / {{expressions[1]}} - 1)", "%")
    record_number("rows", len(used), {rows!r}, "count(*)", {row_unit!r})
    figure, axes = plt.subplots(figsize=(7.2, 1.8), layout="constrained")
    axes.barh([short(first), short(second)], pair, color=[BLUE, GREY])
    across(axes)
    axes.spines[["top", "right"]].set_visible(False)
    toolkit.save_chart(figure, id=f"{{step}}_chart", caption={caption!r},
                       calculations=[f"{{step}}_first", f"{{step}}_second"])
    finish(step, rows=len(used))
"""


def number_program(context: Context) -> str:
    """The program of a total, an average, a count or outliers without a dimension."""
    measure = context.analysis.measure
    columns = [measure] if measure else []
    opening = context.header() + RECORD_NUMBER.format(columns=columns)
    row_unit = context.word("row_unit")
    if context.analysis.kind == "count" or not measure:
        body = _COUNT.format(rows_label=context.word("rows"), row_unit=row_unit)
        if measure:
            body += _DISTINCT.format(
                measure=measure, title=context.title, value_sql=context.value_sql,
                unit=context.word("kind_unit"),
            )  # fmt: skip
        return opening + body + "finish(step, rows=len(used))\n"
    labels = {key: _label(context, key) for key in ("mean", "median", "minimum", "maximum", "rows")}
    total = deviation = ""
    if context.analysis.kind == "total":
        label = measure_title(context.language, "sum", measure)
        total = _TOTAL.format(measure=measure, label=label)
    else:
        deviation = _DEVIATION.format(label=_label(context, "deviation"))
    return opening + _NUMBER.format(
        measure=measure, unit=context.unit, row_unit=row_unit, total=total, deviation=deviation,
        mean_word=context.word("mean"), median_word=context.word("median"),
        frequency=context.word("frequency"), caption=captions.histogram(context), **labels,
    )  # fmt: skip


def outlier_program(context: Context) -> str:
    """The program of outliers by quartiles and fences of one and a half times their distance."""
    keys = (
        "first_quartile", "third_quartile", "lower_fence", "upper_fence", "outliers",
        "outlier_share", "median", "minimum", "maximum", "mean", "mean_without", "below", "above",
    )  # fmt: skip
    measure = context.analysis.measure
    return (
        context.header()
        + RECORD_NUMBER.format(columns=[measure])
        + _OUTLIERS.format(
            measure=measure,
            unit=context.unit,
            row_unit=context.word("row_unit"),
            caption=captions.box(context),
            **{key: _label(context, key) for key in keys},
        )
    )


def correlation_program(context: Context) -> str:
    """The program of a correlation: of two measures, or of one with its likeliest partners."""
    first, second = context.analysis.measure, context.analysis.second_measure
    if not second:
        others = [column.name for column in context.table.measures if column.name != first][:30]
        return context.header() + _PARTNERS.format(
            first=first, others=others, most=PARTNERS, word=context.word("correlation"),
            caption=captions.of_measure(context, "correlation"),
        )  # fmt: skip
    keys = ("correlation", "explained", "pairs", "points", "slope")
    return (
        context.header()
        + RECORD_NUMBER.format(columns=[first, second])
        + _PAIR.format(
            first=first,
            second=second,
            row_unit=context.word("row_unit"),
            most=_SCATTER_POINTS,
            caption=captions.scatter(context, sampled=False),
            sampled=captions.scatter(context, sampled=True),
            **{key: f"{context.word(key)}: {first} - {second}" for key in keys},
        )
    )


def pair_program(context: Context) -> str:
    """The program of two measures side by side."""
    first, second = context.analysis.measure, context.analysis.second_measure
    mean = context.aggregate == "mean"
    return (
        context.header()
        + RECORD_NUMBER.format(columns=[first, second])
        + _TWO.format(
            first=first,
            second=second,
            unit=context.unit,
            function="avg" if mean else "sum",
            method="mean" if mean else "sum",
            first_label=measure_title(context.language, context.aggregate, first),
            second_label=measure_title(context.language, context.aggregate, second),
            difference=f"{context.word('difference')}: {first} - {second}",
            relative=f"{context.word('relative_difference')}: {first} / {second}",
            rows=context.word("pairs"),
            row_unit=context.word("row_unit"),
            caption=captions.pair(context),
        )
    )


def _label(context: Context, key: str) -> str:
    name, words = " ".join(context.analysis.measure.split()), context.word(key)
    return f"{name} {words}" if context.language == "ko" else f"{words}: {name}"
