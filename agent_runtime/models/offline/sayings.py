"""What the roles say while they work, in the job's language."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _sayings() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("sayings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(language: str, key: str, **values: object) -> str:
    """One sentence with its values filled in."""
    return _sayings()["ko" if language == "ko" else "en"][key].format(**values)
