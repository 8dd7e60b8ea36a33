"""One problem of a configuration, and how a message quotes a value."""

from dataclasses import dataclass

LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Problem:
    """What is wrong with a key, and the way out."""

    # As it is written; "a, b" for a problem of two keys, "a.b" for an entry of a map.
    key: str
    text: str

    @property
    def keys(self) -> frozenset[str]:
        """The keys it is about, as a configuration's model calls them."""
        parts = (part.partition(".")[0] for part in self.key.split(", "))
        return frozenset(part.rpartition(":")[2] for part in parts)


def cut(text: str) -> str:
    """The text, or as much of its beginning as it takes to recognise it."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"


def shown(value: object) -> str:
    """A value as a message quotes it: on one line and not too long."""
    return cut(repr(value))


def told(message: object, value: str) -> str:
    """What a component says about a value, with the value cut if it is long."""
    return str(message).replace(value, cut(value)) if value else str(message)
