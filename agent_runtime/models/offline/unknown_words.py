"""Which of the words that match nothing stop a clause, and which may be passed over."""

from typing import TYPE_CHECKING

from agent_runtime.models.offline import vocabulary
from agent_runtime.models.offline.lexicon import concept_of
from agent_runtime.models.offline.matching import Mention
from agent_runtime.models.offline.wording import normal

if TYPE_CHECKING:
    from agent_runtime.models.offline.clauses import Clause


def settle_unknown(clause: "Clause") -> None:
    """Which of the words that match nothing matter, and which may be passed over."""
    kept = []
    for mention in clause.absent:
        index = clause.mentions.index(mention)
        before = clause.mentions[index - 1] if index else None
        after = clause.mentions[index + 1] if index + 1 < len(clause.mentions) else None
        if mention.grouped or mention.quoted or (before and before.sort in ("group",)):
            kept.append(mention)
        elif (
            (mention.sort == "absent" and _qualifies(clause, mention, before, after))
            or _is_passing_word(clause, mention, before, after)
            or (mention.sort == "unknown" and _is_predicate(mention))
            or ("count" in clause.kinds and mention.sort == "absent")
        ):
            continue
        else:
            kept.append(mention)
    clause.absent = kept


def _qualifies(
    clause: "Clause", mention: Mention, before: Mention | None, after: Mention | None
) -> bool:
    """Whether a noun without a column only describes its neighbour ("math score")."""
    follows = before is not None and before.column in clause.measures and not before.particle
    concept = concept_of(normal(mention.name))
    measured = concept is not None and concept.nature in ("additive", "averaged")
    named = before is not None and before.sort == "value"
    return follows or (not measured and (named or (after is not None and after.sort == "column")))


def _is_passing_word(
    clause: "Clause", mention: Mention, before: Mention | None, after: Mention | None
) -> bool:
    """An English lower-case word beside a measure, where no name of data is expected.

    Right in front of a column it may well be one: "electronics sales" are not all sales.
    """
    plain = mention.sort == "unknown" and mention.text.isascii() and mention.text.islower()
    operand = before is not None and before.sort in ("operand", "group")
    qualifies = after is not None and after.sort in ("column", "generic")
    return plain and bool(clause.measures) and not operand and not qualifies


def _is_predicate(mention: Mention) -> bool:
    """Whether a Korean word is a verb or an adjective rather than the name of something."""
    return len(mention.text) > 2 and mention.text.endswith(vocabulary.PREDICATE_ENDINGS)
