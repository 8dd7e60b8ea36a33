"""Write typst source from Python values, with every text as an escaped string literal."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def string(text: str) -> str:
    """Return a typst string literal; no character of the text can end it or be read as markup."""
    return '"' + "".join(_escape(char) for char in text) + '"'


def call(function: str, *arguments: str, **named: str) -> str:
    """Return a function call in code mode; the arguments are typst expressions already."""
    keywords = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
    return f"{function}({', '.join([*arguments, *keywords])})"


def block(*expressions: str) -> str:
    """Return a code block whose expressions are joined into one piece of content."""
    return "{ " + "; ".join(expressions) + " }" if expressions else "[]"


def array(items: list[str]) -> str:
    """Return an array; one element needs its comma."""
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if not char.isprintable():
        return f"\\u{{{ord(char):x}}}"
    return char
