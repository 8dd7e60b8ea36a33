"""Rows of the report's tables: cited values and names, the same in every language."""

from agent_runtime.models.offline.prose.facts import Facts

Rows = list[list[str]]


def groups(facts: Facts, ranks: list[int], *, shared: bool, others: str) -> Rows:
    """Name and value of each group, its share where there is one; the rest as `others`."""
    rows = []
    for rank in ranks:
        row = [facts.plain(f"name_{rank}"), facts.cite(f"value_{rank}")]
        role = f"share_{rank}"
        if shared:
            row.append(facts.cite(role) if facts.has(role) else "")
        rows.append(row)
    if facts.has("others"):
        share = [facts.cite("others_share")] if shared else []
        rows.append([f"{others} ({facts.cite('hidden')})", facts.cite("others"), *share])
    return rows


def compared(facts: Facts, ranks: list[int]) -> Rows:
    """Name, value, mean per day where it was computed, and rows used of each group."""
    roles = ["value", *(["per_day"] if per_day(facts) else []), "rows"]
    return [
        [facts.plain(f"name_{rank}"), *(facts.cite(f"{role}_{rank}") for role in roles)]
        for rank in ranks
    ]


def per_day(facts: Facts) -> bool:
    """Whether the groups are compared by day too, because they have different numbers of days."""
    return bool(facts.ranks("per_day"))


def changes(facts: Facts) -> Rows:
    """Each series of a trend and its change from first to last."""
    return [
        [
            facts.plain(f"name_{rank}"),
            facts.cite(f"growth_{rank}") if facts.has(f"growth_{rank}") else "",
        ]
        for rank in facts.ranks("name")
    ]


def partners(facts: Facts) -> Rows:
    """Each column and its correlation."""
    return [
        [facts.note(f"correlation_{rank}"), facts.cite(f"correlation_{rank}")]
        for rank in facts.ranks("correlation")
    ]


def gaps(facts: Facts) -> Rows:
    """Each column that lacks values, how many, and their share."""
    return [
        [facts.note(f"missing_{rank}"), facts.cite(f"missing_{rank}"), facts.cite(f"share_{rank}")]
        for rank in facts.ranks("missing")
        if facts.number(f"missing_{rank}")
    ]


def columns(facts: Facts) -> Rows:
    """Each column of numbers: mean, median, least and greatest."""
    roles = ("mean", "median", "minimum", "maximum")
    return [
        [facts.note(f"mean_{rank}"), *(facts.cite(f"{role}_{rank}") for role in roles)]
        for rank in facts.ranks("mean")
    ]


def kinds(facts: Facts) -> str:
    """Each column of groups with the number of its values, in one line."""
    return ", ".join(
        f"{facts.note(f'distinct_{rank}')} {facts.cite(f'distinct_{rank}')}"
        for rank in facts.ranks("distinct")
    )


def partial_periods(facts: Facts) -> str:
    """The periods that the data cover only in part, in one line."""
    return ", ".join(facts.cite(f"partial_{rank}") for rank in facts.ranks("partial"))
