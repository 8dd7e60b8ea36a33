"""Words: normal forms, splitting of names, Korean particles on and off."""

import re
import unicodedata

from agent_runtime.models.offline.vocabulary import PARTICLES

_SEPARATORS = re.compile(r"[\W_]+", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SCRIPT_CHANGE = re.compile(r"(?<=[가-힣])(?=[A-Za-z])|(?<=[A-Za-z])(?=[가-힣])")
_HANGUL = re.compile(r"[가-힣]")


def normal(text: str) -> str:
    """NFC, case-folded, without separators or punctuation: the form in which names are compared."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFC", text).casefold())


def name_tokens(name: str) -> list[str]:
    """The words of a column name: split at separators, camel case, script changes and digits."""
    text = unicodedata.normalize("NFC", name)
    text = _SCRIPT_CHANGE.sub(" ", _CAMEL.sub(" ", text))
    return [token.casefold() for token in re.split(r"[\W_]+|(?<=\D)(?=\d)", text) if token]


def is_korean(text: str) -> bool:
    """Whether there is a Hangul syllable in the text."""
    return bool(_HANGUL.search(text))


def stems(token: str) -> list[tuple[str, str]]:
    """A token as (stem, particle) in every reading, the whole token first.

    Only tokens that end in Hangul have particles; the stem keeps at least one character.
    """
    readings = [(token, "")]
    if not token or not _HANGUL.match(token[-1]):
        return readings
    for particle in PARTICLES:
        if token.endswith(particle) and len(token) > len(particle):
            readings.append((token[: -len(particle)], particle))
    return readings


_DIGIT_FINALS = {"0": 21, "1": 8, "3": 16, "6": 1, "7": 8, "8": 8}
_LATIN_FINALS = {"l": 8, "m": 16, "n": 4, "r": 8}


def _final(text: str) -> int:
    """The final consonant of the last spoken syllable: its jongseong index, 0 for none."""
    for character in reversed(text.strip()):
        if "가" <= character <= "힣":
            return (ord(character) - 0xAC00) % 28
        if character.isdigit():
            return _DIGIT_FINALS.get(character, 0)
        if character.isascii() and character.isalpha():
            return _LATIN_FINALS.get(character.casefold(), 0)
    return 0


def particle(text: str, pair: str) -> str:
    """The form of a Korean particle after `text`; pairs: 은는, 이가, 을를, 과와, 으로로."""
    final = _final(text)
    if pair == "으로로":
        return "으로" if final not in (0, 8) else "로"
    return pair[0] if final else pair[1]
