"""Findings in Korean."""

from agent_runtime.models.offline.naming import PERIOD_WORDS, names
from agent_runtime.models.offline.prose import insight, tables
from agent_runtime.models.offline.prose.facts import Facts, Section
from agent_runtime.models.offline.prose.language import Language
from agent_runtime.models.offline.wording import particle

_STRENGTH = {"strong": "강한", "clear": "뚜렷한", "weak": "약한"}
_OTHERS = "기타"
_SWING = {"large": "기간 사이의 기복이 큽니다.", "small": "기간 사이의 기복은 크지 않습니다."}
_CAUSE = "상관관계가 원인을 뜻하지는 않습니다."


def josa(text: str, pair: str) -> str:
    """The particle after a word, also after one written as code."""
    return particle(text.strip("`*"), pair)


class Korean(Language):
    """Sentences for each kind of analysis.

    A number's reading is not known where it stands, so that nothing after one depends on its final
    consonant; a percentage ends in a vowel.
    """

    def _measure(self, facts: Facts) -> str:
        return names("ko").measure(facts.names)

    def _key(self, facts: Facts) -> str:
        return names("ko").group(facts.names).removesuffix("별")

    def _named(self, facts: Facts, rank: int, pair: str) -> str:
        role = f"name_{rank}"
        return f"**{facts.cite(role)}**{josa(facts.text(role), pair)}"

    def _scope(self, facts: Facts) -> str:
        scope = names("ko").scope(facts.names)
        return f"{scope} 기준으로 " if scope else ""

    def _groups(self, facts: Facts) -> Section:
        measure, key, ranks = self._measure(facts), self._key(facts), facts.ranks("name")
        shared = facts.has("share_1")
        lead = (
            f"{self._scope(facts)}{key}별 {measure}{josa(measure, '은는')}"
            f" {self._named(facts, 1, '이가')} {facts.cite('value_1')}"
        )
        if shared:
            lead += f", 전체의 {facts.cite('share_1')}로 가장 큽니다."
        else:
            lead += "에 이르러 가장 높습니다."
        opening = [self._whole(facts), self._order(facts, "share" if shared else "value")]
        spread = f"{self._spread(facts, ranks)} {self._hidden(facts)}".strip()
        paragraphs = [" ".join(filter(None, opening)), spread]
        paragraphs.append(self._focus(facts, ranks) if shared else "")
        header = [key, measure, *(["비중"] if shared else [])]
        rows = tables.groups(facts, ranks, shared=shared, others=_OTHERS)
        return Section(lead, [text for text in paragraphs if text], header, rows)

    def _whole(self, facts: Facts) -> str:
        measure, key = self._measure(facts), self._key(facts)
        whole = f"전체 {measure}{josa(measure, '은는')} {facts.cite('total')}입니다."
        if facts.has("groups"):
            whole += f" {key} 값은 모두 {facts.cite('groups')}입니다."
        return whole

    def _order(self, facts: Facts, role: str) -> str:
        later = [
            f"{facts.cite(f'name_{rank}')} {facts.cite(f'{role}_{rank}')}"
            for rank in facts.ranks("name")[1:3]
            if facts.has(f"{role}_{rank}")
        ]
        if not later:
            return ""
        return f"그다음은 {', '.join(later)}{' 순' if len(later) > 1 else ''}입니다."

    def _spread(self, facts: Facts, ranks: list[int]) -> str:
        if facts.has("top3"):
            even = insight.is_even(facts.number("top3"), facts.number("groups"))
            verdict = "비교적 고르게 나뉘어 있습니다" if even else "소수에 쏠려 있습니다"
            return f"상위 세 {self._key(facts)}의 합은 전체의 {facts.cite('top3')}로, {verdict}."
        if len(ranks) < 2 or len(ranks) < facts.number("groups"):
            return ""
        last = ranks[-1]
        low = self._named(facts, last, "으로로")
        said = f"가장 낮은 쪽은 {low}, {facts.cite(f'value_{last}')}입니다."
        if insight.nearly_equal(facts.number("value_1"), facts.number(f"value_{last}")):
            return f"{said} 가장 높은 쪽과의 차이는 작습니다."
        return said

    def _focus(self, facts: Facts, ranks: list[int]) -> str:
        told = [
            f"{self._named(facts, rank, '은는')} {facts.cite(f'value_{rank}')},"
            f" 전체의 {facts.cite(f'share_{rank}')}"
            for rank in ranks
            if facts.text(f"name_{rank}") in facts.analysis.values
        ]
        return f"질문하신 {'; '.join(told)}입니다." if told else ""

    def _hidden(self, facts: Facts) -> str:
        """How many groups the table leaves out, when they cannot be added up."""
        if not facts.has("hidden") or facts.has("others"):
            return ""
        return f"표에 없는 {self._key(facts)} 값은 {facts.cite('hidden')}입니다."

    def _ranking(self, facts: Facts) -> Section:
        measure, key, ranks = self._measure(facts), self._key(facts), facts.ranks("name")
        place = "높은" if facts.analysis.kind == "top" else "낮은"
        shared = facts.has("share_1")
        lead = (
            f"{self._scope(facts)}{measure}{josa(measure, '이가')} 가장 {place} {key}"
            f"{josa(key, '은는')} {self._named(facts, 1, '으로로')}, {facts.cite('value_1')}입니다."
        )
        sentences = [self._order(facts, "value")]
        if facts.has("combined"):
            sentences.append(f"표의 항목을 합치면 전체의 {facts.cite('combined')}를 차지합니다.")
        if facts.has("groups"):
            sentences.append(f"비교한 {key} 수는 {facts.cite('groups')}입니다.")
        values = facts.number("value_1"), facts.number(f"value_{ranks[-1]}")
        if len(ranks) > 1 and insight.nearly_equal(*values):
            sentences.append("순위 안의 값은 서로 비슷하므로 순서에 큰 의미를 두기 어렵습니다.")
        header = [key, measure, *(["비중"] if shared else [])]
        text = " ".join(filter(None, sentences))
        rows = tables.groups(facts, ranks, shared=shared, others=_OTHERS)
        return Section(lead, [text] if text else [], header, rows)

    def _comparison(self, facts: Facts) -> Section:
        measure, key, ranks = self._measure(facts), self._key(facts), facts.ranks("name")
        last = ranks[-1]
        if len(ranks) < 2:
            name = self._named(facts, 1, "은는")
            return Section(f"비교할 값이 하나뿐입니다. {name} {facts.cite('value_1')}입니다.")
        lead = (
            f"{self._scope(facts)}{measure}{josa(measure, '은는')} {self._named(facts, 1, '이가')}"
            f" {facts.cite('value_1')}, {self._named(facts, last, '이가')}"
            f" {facts.cite(f'value_{last}')}입니다."
        )
        details = []
        if facts.has("gap"):
            details.append(f"두 값의 차이는 {facts.cite('gap')}입니다.")
        if facts.has("more"):
            details.append(
                f"{facts.cite('name_1')} 쪽이 {facts.cite(f'name_{last}')} 쪽보다"
                f" {facts.cite('more')} 높습니다."
            )
            if facts.number("more") < 5:
                details.append("차이가 작아 비슷한 수준으로 볼 수 있습니다.")
        details.append(self._hidden(facts))
        rows = tables.compared(facts, ranks)
        header = [key, measure, "행 수"]
        if tables.per_day(facts):
            each = ", ".join(
                f"{facts.cite(f'name_{rank}')} {facts.cite(f'per_day_{rank}')}"
                for rank in (1, last)
            )
            details.append(f"기록이 있는 날의 하루 평균은 {each}입니다.")
            header.insert(2, "하루 평균")
        text = " ".join(filter(None, details))
        return Section(lead, [text], header, rows)

    def _pair(self, facts: Facts) -> Section:
        first, second = facts.names.measure, facts.names.second_measure
        word = "평균" if facts.analysis.aggregate == "mean" else "합계"
        lead = (
            f"{self._scope(facts)}{word} 기준으로 {first}{josa(first, '은는')}"
            f" {facts.cite('first')}, {second}{josa(second, '은는')} {facts.cite('second')}입니다."
        )
        details = [f"두 값의 차이는 {facts.cite('gap')}입니다."]
        if facts.has("more"):
            details.append(f"{second} 대비 차이는 {facts.cite('more')}입니다.")
        details.append(f"두 값이 모두 있는 행은 {facts.cite('rows')}입니다.")
        return Section(lead, [" ".join(details)])

    def _trend(self, facts: Facts) -> Section:
        measure, key = self._measure(facts), PERIOD_WORDS.get(facts.analysis.period, "연도")
        lead = (
            f"{self._scope(facts)}{key}별 {measure}{josa(measure, '은는')}"
            f" **{facts.cite('first_name')}** {facts.cite('first_value')}에서"
            f" **{facts.cite('last_name')}** {facts.cite('last_value')}까지 "
        )
        growth = facts.number("growth")
        if not facts.has("growth"):
            lead += "움직였습니다."
        elif abs(growth) < 2:
            lead += f"{facts.cite('growth')} 변해 처음과 끝이 비슷합니다."
        else:
            lead += f"{facts.cite('growth')} {'늘었습니다' if growth > 0 else '변해 줄었습니다'}."
        details = [
            f"가장 높은 때는 {facts.cite('peak_name')}({facts.cite('peak_value')}),"
            f" 가장 낮은 때는 {facts.cite('trough_name')}({facts.cite('trough_value')})입니다.",
            f"{key}별 값의 평균은 {facts.cite('mean')},"
            f" 비교한 기간은 {facts.cite('periods')}입니다.",
        ]
        values = facts.number("peak_value"), facts.number("trough_value"), facts.number("mean")
        details.append(_SWING.get(insight.swing(*values), ""))
        paragraphs = [" ".join(filter(None, details))]
        partial = tables.partial_periods(facts)
        if partial:
            paragraphs.append(
                f"{partial} 기간은 데이터가 일부만 있어 최고, 최저와 변화율 비교에서 뺐습니다."
            )
        rows = tables.changes(facts)
        header = [facts.names.dimension, "처음 대비 변화율"] if rows else []
        return Section(lead, paragraphs, header, rows)

    def _number(self, facts: Facts) -> Section:
        name, scope = facts.names.measure, self._scope(facts)
        if facts.has("distinct"):
            lead = f"{scope}서로 다른 {name} 값은 {facts.cite('distinct')}입니다."
            return Section(lead, [f"사용한 행은 {facts.cite('rows')}입니다."])
        if not facts.has("mean"):
            return Section(f"{scope}데이터는 모두 {facts.cite('rows')}입니다.")
        total = facts.has("total")
        word, role = ("합계", "total") if total else ("평균", "mean")
        lead = f"{scope}{name} {word}{josa(word, '은는')} {facts.cite(role)}입니다."
        details = [f"평균은 {facts.cite('mean')}입니다."] if total else []
        details.append(
            f"중앙값은 {facts.cite('median')}, 값의 범위는 {facts.cite('minimum')}부터"
            f" {facts.cite('maximum')}까지이며 사용한 행은 {facts.cite('rows')}입니다."
        )
        if facts.has("deviation"):
            details.append(f"표준편차는 {facts.cite('deviation')}입니다.")
        if insight.is_skewed_high(facts.number("mean"), facts.number("median")):
            details.append("평균이 중앙값보다 훨씬 커서, 일부 큰 값이 평균을 끌어올립니다.")
        elif insight.is_skewed_low(facts.number("mean"), facts.number("median")):
            details.append("평균이 중앙값보다 훨씬 작아, 일부 작은 값이 평균을 끌어내립니다.")
        return Section(lead, [" ".join(details)])

    def _outliers(self, facts: Facts) -> Section:
        name, scope = facts.names.measure, self._scope(facts)
        lead = (
            f"{scope}{name} 이상치는 {facts.cite('count')}, 전체의 {facts.cite('share')}입니다."
            if facts.number("count")
            else f"{scope}{name}에서 이상치가 발견되지 않았습니다({facts.cite('count')})."
        )
        details = [
            f"사분위수({facts.cite('first_quartile')}, {facts.cite('third_quartile')})로 정한"
            f" 정상 구간은 {facts.cite('lower')}부터 {facts.cite('upper')}까지입니다.",
            f"하한 미만은 {facts.cite('below')}, 상한 초과는 {facts.cite('above')}입니다.",
            f"실제 값의 범위는 {facts.cite('minimum')}부터 {facts.cite('maximum')}까지입니다.",
        ]
        effect = []
        if facts.has("mean_without"):
            moved = insight.moves_mean(facts.number("mean"), facts.number("mean_without"))
            effect = [
                f"평균은 {facts.cite('mean')}, 이상치를 빼면 {facts.cite('mean_without')}입니다.",
                "평균이 크게 달라지므로 중앙값을 함께 보는 것이 좋습니다."
                if moved
                else "평균에 미치는 영향은 작습니다.",
            ]
        return Section(lead, [" ".join(details), *([" ".join(effect)] if effect else [])])

    def _correlation(self, facts: Facts) -> Section:
        first, second = facts.names.measure, facts.names.second_measure
        value = facts.number("correlation")
        word = _STRENGTH.get(insight.strength(value))
        sign = "양의" if value > 0 else "음의"
        relation = f"{word} {sign} 상관관계가 있습니다" if word else "뚜렷한 선형 관계가 없습니다"
        lead = (
            f"{self._scope(facts)}{first}{josa(first, '과와')} {second} 사이에는 {relation}"
            f"(상관계수 {facts.cite('correlation')})."
        )
        details = [
            f"한쪽의 변동 가운데 {facts.cite('explained')}를 다른 쪽으로 설명할 수 있습니다.",
            f"{first}{josa(first, '이가')} 한 단위 커질 때 {second}{josa(second, '은는')}"
            f" 평균 {facts.cite('slope')}만큼 달라집니다.",
            f"두 값이 모두 있는 행은 {facts.cite('pairs')}입니다. {_CAUSE}",
        ]
        return Section(lead, [" ".join(details)])

    def _partners(self, facts: Facts) -> Section:
        first = facts.names.measure
        lead = (
            f"{self._scope(facts)}{first}{josa(first, '과와')} 가장 밀접한 수치는"
            f" {facts.note('correlation_1')}입니다(상관계수 {facts.cite('correlation_1')})."
        )
        word = _STRENGTH.get(insight.strength(facts.number("correlation_1")))
        text = f"{word} 관계입니다." if word else "다만 뚜렷한 선형 관계는 아닙니다."
        rows = tables.partners(facts)
        return Section(lead, [f"{text} {_CAUSE}"], ["수치", "상관계수"], rows)

    def _missing(self, facts: Facts) -> Section:
        scope = self._scope(facts)
        rows = tables.gaps(facts)
        details = []
        if facts.has("complete"):
            details.append(f"모든 열이 채워진 행은 {facts.cite('complete')}입니다.")
        if facts.has("duplicates"):
            details.append(f"완전히 같은 중복 행은 {facts.cite('duplicates')}입니다.")
        paragraphs = [" ".join(details)] if details else []
        if facts.analysis.dimension:
            lead = (
                f"{scope}{facts.names.dimension} 열의 결측은 {facts.cite('missing_1')},"
                f" 전체 {facts.cite('rows')} 가운데 {facts.cite('share_1')}입니다."
            )
            return Section(lead, paragraphs)
        if not rows:
            return Section(f"{scope}전체 {facts.cite('rows')}에 결측값이 없습니다.", paragraphs)
        lead = (
            f"{scope}결측이 가장 많은 열은 {facts.note('missing_1')}, 결측 비율은"
            f" {facts.cite('share_1')}입니다(전체 {facts.cite('rows')})."
        )
        return Section(lead, paragraphs, ["열", "결측 수", "결측 비율"], rows)

    def _overview(self, facts: Facts) -> Section:
        lead = f"데이터는 모두 {facts.cite('rows')}"
        if facts.has("earliest", "latest"):
            lead += f", 기간은 {facts.cite('earliest')}부터 {facts.cite('latest')}까지"
        kinds = tables.kinds(facts)
        text = [f"분류 열에 나오는 값의 수: {kinds}."] if kinds else []
        rows = tables.columns(facts)
        header = ["수치 열", "평균", "중앙값", "최솟값", "최댓값"]
        return Section(f"{lead}입니다.", text, header, rows)
