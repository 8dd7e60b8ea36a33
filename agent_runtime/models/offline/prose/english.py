"""Findings in English."""

from agent_runtime.models.offline.naming import names
from agent_runtime.models.offline.prose import insight, tables
from agent_runtime.models.offline.prose.facts import Facts, Section
from agent_runtime.models.offline.prose.language import Language

_CAUSE = "A correlation is no proof of a cause."
_OTHERS = "others"
_SWING = {
    "large": "The periods differ widely.",
    "small": "The periods differ little.",
}


class English(Language):
    """Sentences for each kind of analysis."""

    def _measure(self, facts: Facts) -> str:
        return names("en").measure(facts.names)

    def _key(self, facts: Facts) -> str:
        return names("en").group(facts.names)

    def _name(self, facts: Facts, rank: int) -> str:
        return f"**{facts.cite(f'name_{rank}')}**"

    def _scope(self, facts: Facts, sentence: str) -> str:
        """A sentence with the rows it is about in front."""
        scope = names("en").scope(facts.names)
        if not scope:
            return sentence[0].upper() + sentence[1:]
        return f"For {scope}: {sentence}"

    def _groups(self, facts: Facts) -> Section:
        measure, key, ranks = self._measure(facts), self._key(facts), facts.ranks("name")
        shared = facts.has("share_1")
        lead = f"{self._name(facts, 1)} leads {measure} by {key} with {facts.cite('value_1')}"
        if shared:
            lead += f", {facts.cite('share_1')} of the total"
        whole = f"The {measure} over all rows is {facts.cite('total')}."
        if facts.has("groups"):
            whole += f" Distinct values of {key}: {facts.cite('groups')}."
        opening = f"{whole} {self._order(facts, 'share' if shared else 'value')}".strip()
        spread = f"{self._spread(facts, ranks)} {self._hidden(facts)}".strip()
        paragraphs = [opening, spread]
        if shared:
            paragraphs.append(self._focus(facts, ranks))
        header = [key, measure, *(["share"] if shared else [])]
        return Section(
            self._scope(facts, f"{lead}."),
            [text for text in paragraphs if text],
            header,
            tables.groups(facts, ranks, shared=shared, others=_OTHERS),
        )

    def _order(self, facts: Facts, role: str) -> str:
        later = [
            f"{facts.cite(f'name_{rank}')} ({facts.cite(f'{role}_{rank}')})"
            for rank in facts.ranks("name")[1:3]
            if facts.has(f"{role}_{rank}")
        ]
        return f"Next: {' and '.join(later)}." if later else ""

    def _spread(self, facts: Facts, ranks: list[int]) -> str:
        if facts.has("top3"):
            even = insight.is_even(facts.number("top3"), facts.number("groups"))
            verdict = "a fairly even spread" if even else "a concentration on a few"
            return f"The three largest together hold {facts.cite('top3')}: {verdict}."
        if len(ranks) < 2 or len(ranks) < facts.number("groups"):
            return ""
        last = ranks[-1]
        said = f"The lowest is {self._name(facts, last)} with {facts.cite(f'value_{last}')}"
        if insight.nearly_equal(facts.number("value_1"), facts.number(f"value_{last}")):
            return f"{said}, not far from the highest."
        return f"{said}."

    def _focus(self, facts: Facts, ranks: list[int]) -> str:
        told = [
            f"{self._name(facts, rank)} accounts for {facts.cite(f'value_{rank}')},"
            f" {facts.cite(f'share_{rank}')} of the total"
            for rank in ranks
            if facts.text(f"name_{rank}") in facts.analysis.values
        ]
        return f"As asked: {'; '.join(told)}." if told else ""

    def _hidden(self, facts: Facts) -> str:
        """How many groups the table leaves out, when they cannot be added up."""
        if not facts.has("hidden") or facts.has("others"):
            return ""
        return f"Values of {self._key(facts)} not listed: {facts.cite('hidden')}."

    def _ranking(self, facts: Facts) -> Section:
        measure, key, ranks = self._measure(facts), self._key(facts), facts.ranks("name")
        place = "highest" if facts.analysis.kind == "top" else "lowest"
        shared = facts.has("share_1")
        lead = (
            f"the {key} with the {place} {measure} is {self._name(facts, 1)}"
            f" at {facts.cite('value_1')}."
        )
        sentences = [self._order(facts, "value")]
        if facts.has("combined"):
            sentences.append(f"Those listed hold {facts.cite('combined')} of the total.")
        if facts.has("groups"):
            sentences.append(f"Compared values of {key}: {facts.cite('groups')}.")
        values = facts.number("value_1"), facts.number(f"value_{ranks[-1]}")
        if len(ranks) > 1 and insight.nearly_equal(*values):
            sentences.append("The listed values lie close together, so their order says little.")
        header = [key, measure, *(["share"] if shared else [])]
        text = " ".join(filter(None, sentences))
        return Section(
            self._scope(facts, lead),
            [text] if text else [],
            header,
            tables.groups(facts, ranks, shared=shared, others=_OTHERS),
        )

    def _comparison(self, facts: Facts) -> Section:
        measure, key, ranks = self._measure(facts), self._key(facts), facts.ranks("name")
        last = ranks[-1]
        if len(ranks) < 2:
            said = f"only one value can be compared: {self._name(facts, 1)}"
            return Section(self._scope(facts, f"{said} with {facts.cite('value_1')}."))
        lead = (
            f"{measure}: {self._name(facts, 1)} has {facts.cite('value_1')},"
            f" {self._name(facts, last)} has {facts.cite(f'value_{last}')}."
        )
        details = []
        if facts.has("gap"):
            details.append(f"The difference is {facts.cite('gap')}.")
        if facts.has("more"):
            details.append(
                f"{facts.cite('name_1')} is {facts.cite('more')} above"
                f" {facts.cite(f'name_{last}')}."
            )
            if facts.number("more") < 5:
                details.append("That is small enough to call them alike.")
        details.append(self._hidden(facts))
        rows = tables.compared(facts, ranks)
        header = [key, measure, "rows used"]
        if tables.per_day(facts):
            each = [facts.cite(f"per_day_{rank}") for rank in (1, last)]
            details.append(f"Per day on record that is {each[0]} and {each[1]}.")
            header.insert(2, "mean per day")
        return Section(self._scope(facts, lead), [" ".join(filter(None, details))], header, rows)

    def _pair(self, facts: Facts) -> Section:
        first, second = facts.names.measure, facts.names.second_measure
        word = "on average" if facts.analysis.aggregate == "mean" else "in total"
        lead = f"{word}, {first} is {facts.cite('first')} and {second} {facts.cite('second')}."
        details = [f"The difference is {facts.cite('gap')}."]
        if facts.has("more"):
            details.append(f"Relative to {second} that is {facts.cite('more')}.")
        details.append(f"Both values are present in {facts.cite('rows')}.")
        return Section(self._scope(facts, lead), [" ".join(details)])

    def _trend(self, facts: Facts) -> Section:
        measure, period = self._measure(facts), facts.analysis.period or "year"
        growth = facts.number("growth")
        lead = (
            f"{measure} went from {facts.cite('first_value')} in **{facts.cite('first_name')}**"
            f" to {facts.cite('last_value')} in **{facts.cite('last_name')}**"
        )
        if facts.has("growth"):
            steady = "; start and end are alike" if abs(growth) < 2 else ""
            lead += f", a change of {facts.cite('growth')}{steady}"
        details = [
            f"The peak is {facts.cite('peak_name')} ({facts.cite('peak_value')}),"
            f" the trough {facts.cite('trough_name')} ({facts.cite('trough_value')}).",
            f"The mean per {period} is {facts.cite('mean')};"
            f" periods compared: {facts.cite('periods')}.",
        ]
        values = facts.number("peak_value"), facts.number("trough_value"), facts.number("mean")
        details.append(_SWING.get(insight.swing(*values), ""))
        paragraphs = [" ".join(filter(None, details))]
        partial = tables.partial_periods(facts)
        if partial:
            paragraphs.append(
                f"The data cover only part of {partial}; peak, trough and change leave it out."
            )
        rows = tables.changes(facts)
        header = [facts.names.dimension, "change from first to last"] if rows else []
        return Section(self._scope(facts, f"{lead}."), paragraphs, header, rows)

    def _number(self, facts: Facts) -> Section:
        name = facts.names.measure
        if facts.has("distinct"):
            lead = f"there are {facts.cite('distinct')} distinct values of {name}."
            return Section(self._scope(facts, lead), [f"Rows used: {facts.cite('rows')}."])
        if not facts.has("mean"):
            return Section(self._scope(facts, f"the data hold {facts.cite('rows')}."))
        total = facts.has("total")
        word, role = ("total", "total") if total else ("mean", "mean")
        lead = f"the {word} {name} is {facts.cite(role)}."
        details = [f"The mean is {facts.cite('mean')}."] if total else []
        details.append(
            f"The median is {facts.cite('median')}; values run from {facts.cite('minimum')}"
            f" to {facts.cite('maximum')} over {facts.cite('rows')}."
        )
        if facts.has("deviation"):
            details.append(f"The standard deviation is {facts.cite('deviation')}.")
        if insight.is_skewed_high(facts.number("mean"), facts.number("median")):
            details.append("The mean lies far above the median: a few large values pull it up.")
        elif insight.is_skewed_low(facts.number("mean"), facts.number("median")):
            details.append("The mean lies far below the median: a few small values pull it down.")
        return Section(self._scope(facts, lead), [" ".join(details)])

    def _outliers(self, facts: Facts) -> Section:
        name = facts.names.measure
        lead = (
            f"{name} has outliers in {facts.cite('count')}, {facts.cite('share')} of those used."
            if facts.number("count")
            else f"{name} has no outliers ({facts.cite('count')})."
        )
        details = [
            f"By the quartiles ({facts.cite('first_quartile')} and {facts.cite('third_quartile')}),"
            f" usual values lie between {facts.cite('lower')} and {facts.cite('upper')}.",
            f"Below: {facts.cite('below')}; above: {facts.cite('above')}.",
            f"The values run from {facts.cite('minimum')} to {facts.cite('maximum')}.",
        ]
        effect = []
        if facts.has("mean_without"):
            moved = insight.moves_mean(facts.number("mean"), facts.number("mean_without"))
            verdict = (
                "that is a marked effect, so the median is the safer figure."
                if moved
                else "their effect on the mean is small."
            )
            effect = [
                f"The mean is {facts.cite('mean')}, and {facts.cite('mean_without')} without"
                f" the outliers; {verdict}"
            ]
        return Section(self._scope(facts, lead), [" ".join(details), *effect])

    def _correlation(self, facts: Facts) -> Section:
        first, second = facts.names.measure, facts.names.second_measure
        value = facts.number("correlation")
        word = insight.strength(value)
        sign = "positive" if value > 0 else "negative"
        relation = f"a {word} {sign} correlation" if word else "no clear linear relation"
        lead = f"{first} and {second} show {relation} (coefficient {facts.cite('correlation')})."
        details = [
            f"One explains {facts.cite('explained')} of the variation of the other.",
            f"For each further unit of {first}, {second} changes by {facts.cite('slope')}"
            " on average.",
            f"Both values are present in {facts.cite('pairs')}. {_CAUSE}",
        ]
        return Section(self._scope(facts, lead), [" ".join(details)])

    def _partners(self, facts: Facts) -> Section:
        first = facts.names.measure
        lead = (
            f"{first} moves most closely with {facts.note('correlation_1')}"
            f" (coefficient {facts.cite('correlation_1')})."
        )
        word = insight.strength(facts.number("correlation_1"))
        text = f"The relation is {word}." if word else "Even so, no clear linear relation shows."
        rows = tables.partners(facts)
        header = ["column", "correlation coefficient"]
        return Section(self._scope(facts, lead), [f"{text} {_CAUSE}"], header, rows)

    def _missing(self, facts: Facts) -> Section:
        rows = tables.gaps(facts)
        details = []
        if facts.has("complete"):
            details.append(f"Rows with every column filled: {facts.cite('complete')}.")
        if facts.has("duplicates"):
            details.append(f"Exact duplicates: {facts.cite('duplicates')}.")
        paragraphs = [" ".join(details)] if details else []
        if facts.analysis.dimension:
            lead = (
                f"{facts.names.dimension} is missing in {facts.cite('missing_1')} of"
                f" {facts.cite('rows')} ({facts.cite('share_1')})."
            )
            return Section(self._scope(facts, lead), paragraphs)
        if not rows:
            lead = f"no values are missing in {facts.cite('rows')}."
            return Section(self._scope(facts, lead), paragraphs)
        lead = (
            f"the column with most gaps is {facts.note('missing_1')}: {facts.cite('share_1')}"
            f" of {facts.cite('rows')} lack a value."
        )
        header = ["column", "missing values", "share missing"]
        return Section(self._scope(facts, lead), paragraphs, header, rows)

    def _overview(self, facts: Facts) -> Section:
        lead = f"The data hold {facts.cite('rows')}"
        if facts.has("earliest", "latest"):
            lead += f" from {facts.cite('earliest')} to {facts.cite('latest')}"
        kinds = tables.kinds(facts)
        text = [f"Distinct values of the grouping columns: {kinds}."] if kinds else []
        rows = tables.columns(facts)
        header = ["column", "mean", "median", "minimum", "maximum"]
        return Section(f"{lead}.", text, header, rows)
