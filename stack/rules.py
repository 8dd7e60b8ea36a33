"""The rules of a configuration, and which of its keys a rule may still read.

Rules about one key come first. A key that they, or its type, found wrong is not judged together
with other keys: what a rule would say about it could only contradict what its user wrote.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from stack import image_rules, model_rules, naming_rules, network_rules, workload_rules, zone_rules
from stack.problem import Problem

if TYPE_CHECKING:
    from stack.config import StackConfig

Rule: TypeAlias = Callable[["StackConfig"], Iterable[Problem]]

ONE_KEY: Sequence[Rule] = (
    *naming_rules.ONE_KEY,
    *zone_rules.ONE_KEY,
    *network_rules.ONE_KEY,
    *workload_rules.ONE_KEY,
)
SEVERAL_KEYS: Sequence[Rule] = (
    *naming_rules.SEVERAL_KEYS,
    *zone_rules.SEVERAL_KEYS,
    *network_rules.SEVERAL_KEYS,
    *workload_rules.SEVERAL_KEYS,
    *image_rules.SEVERAL_KEYS,
    *model_rules.SEVERAL_KEYS,
)


class BrokenKeyError(Exception):
    """A rule reads a key whose value is known to be wrong."""


class SoundKeys:
    """A configuration without its broken keys: who reads one gets a BrokenKeyError."""

    def __init__(self, config: "StackConfig", broken: Set[str]) -> None:
        self._config = config
        self._broken = broken

    def __getattr__(self, name: str) -> Any:
        model = type(self._config)
        field = model.model_fields.get(name)
        if field is not None and field.alias in self._broken:
            raise BrokenKeyError(name)
        derived: Any = vars(model).get(name)
        if hasattr(derived, "__get__"):
            # Properties and methods of the model are to read this, too, instead of the model.
            return derived.__get__(self, model)
        return getattr(self._config, name)


def problems_of(config: "StackConfig", broken: Set[str] = frozenset()) -> list[Problem]:
    """Every rule that the configuration breaks; `broken` keys have no usable value."""
    alone = _found(ONE_KEY, config, broken)
    unusable = frozenset(broken).union(*(problem.keys for problem in alone))
    return alone + _found(SEVERAL_KEYS, config, unusable)


def _found(rules: Sequence[Rule], config: "StackConfig", broken: Set[str]) -> list[Problem]:
    sound = cast("StackConfig", SoundKeys(config, broken))
    found: list[Problem] = []
    for rule in rules:
        try:
            for problem in rule(sound):
                found.append(problem)
        except BrokenKeyError:
            continue
    return found
