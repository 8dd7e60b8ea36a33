"""Tokens: the words and separators of a question."""

import re
from dataclasses import dataclass
from typing import Literal

_TOKEN = re.compile(
    r"[\"“”](?P<q1>[^\"“”]+)[\"“”]|[`](?P<q2>[^`]+)[`]|(?<!\w)['‘](?P<q3>[^'’]+)['’](?!\w)"
    r"|(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d+)?[^\W\d_]*|\d{1,3}\.\d+[^\W\d_]*)"
    r"|(?P<date>(?:19|20)\d\d[-./]\d{1,2}(?:[-./]\d{1,2})?)(?!\d)|(?P<word>[^\W_]+(?:[_][^\W_]+)*_?)"
    r"|(?P<sentence>[.?!;\n]+)|(?P<comma>[,&/+·、]+)"
)


@dataclass(frozen=True)
class Token:
    """One word of the question, or a separator."""

    text: str
    quoted: bool = False
    separator: Literal["", "sentence", "comma"] = ""
    begin: int = 0
    end: int = 0

    @property
    def folded(self) -> str:
        """Case-folded."""
        return self.text.casefold()


def tokenize(question: str) -> list[Token]:
    """The words and separators of a question, which is in NFC."""
    tokens = []
    for found in _TOKEN.finditer(question):
        quoted = found["q1"] or found["q2"] or found["q3"]
        separator: Literal["", "sentence", "comma"] = ""
        if found["sentence"] or found["comma"]:
            separator = "sentence" if found["sentence"] else "comma"
        text = quoted.strip() if quoted else found[0]
        tokens.append(Token(text, bool(quoted), separator, found.start(), found.end()))
    return tokens
