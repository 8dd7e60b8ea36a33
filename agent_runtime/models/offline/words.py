"""Words of labels, captions and chart axes in both languages."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def word(language: str, key: str) -> str:
    """One word or short phrase; English for a language that is neither."""
    return _words()["ko" if language == "ko" else "en"][key]


def measure_title(language: str, aggregate: str, measure: str) -> str:
    """What is measured: "amount 합계", "mean score", "건수"."""
    name = " ".join(measure.split())
    if aggregate == "count":
        if not name:
            return word(language, "count")
        return f"{name} 종류 수" if language == "ko" else f"distinct {name}"
    summary = word(language, "mean" if aggregate == "mean" else "sum")
    return f"{name} {summary}" if language == "ko" else f"{summary} {name}"
