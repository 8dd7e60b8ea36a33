"""What the person gave, checked before anything is started."""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from client.errors import InputError
from client.terminal import printable

MAX_PROMPT_CHARACTERS = 10_000
MAX_FILES = 20
"""The runtime takes no more inputs per job."""

SESSION_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{32,255}")
"""33 to 256 characters: what both AgentCore and the runtime accept."""

_PATH = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|[\w.~-]*[/\\])[^\s'\"`,;:()]*"
    r"\.(?:csv|tsv|jsonl?|ndjson|xlsx?|parquet)(?![a-z0-9])",
    re.IGNORECASE,
)
"""A data file named with its folder or as a URL."""
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


class Language(StrEnum):
    """Language of the report."""

    KO = "ko"
    EN = "en"


class OnReviewTimeout(StrEnum):
    """What happens to a plan that nobody reviewed in time."""

    APPROVE = "approve"
    CANCEL = "cancel"


def checked_files(files: Sequence[Path]) -> list[Path]:
    """Absolute paths of readable, non-empty files, each once. Raises `InputError`.

    Two files of the same name are fine: the runtime tells them apart.
    """
    if len(files) > MAX_FILES:
        raise InputError(f"{len(files)} files are too many; a job takes at most {MAX_FILES}.")
    checked: list[Path] = []
    for file in files:
        path = _checked_file(file)
        if path in checked:
            raise InputError(f"'{printable(str(file))}' is given twice; give each file once.")
        checked.append(path)
    return checked


def _checked_file(file: Path) -> Path:
    shown = printable(str(file))
    try:
        path = file.expanduser().resolve()
        if path.is_dir():
            raise InputError(f"'{shown}' is a folder; name the files in it.")
        if not path.exists():
            raise InputError(f"'{shown}' does not exist; check the path of the data file.")
        if not path.is_file():
            raise InputError(f"'{shown}' is not a regular file; save the data to a file first.")
        with path.open("rb") as content:
            if not content.read(1):
                raise InputError(f"'{shown}' is empty; give a file with a header and rows.")
    except PermissionError:
        raise InputError(f"'{shown}' may not be read; check its permissions.") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"'{shown}' cannot be read ({reason}); check the path.") from None
    return path


def checked_prompt(prompt: str) -> str:
    """The question without surrounding space. Raises `InputError`."""
    text = prompt.strip()
    if not text:
        raise InputError("The prompt is empty; ask a question about the data with --prompt.")
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise InputError(
            f"The prompt has {len(text)} characters; at most {MAX_PROMPT_CHARACTERS} are accepted, "
            "so shorten it."
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError("The prompt is not valid UTF-8; check the terminal's encoding.") from None
    return text


def refuse_paths_outside(prompt: str, files: Sequence[Path]) -> None:
    """Raises `InputError` for a prompt that names, by its path, a file that is not given.

    The agents see the given files and nothing else; a job would fail or, worse, answer from
    another file of the same kind.
    """
    names = {file.name for file in files}
    for match in _PATH.finditer(prompt):
        if re.split(r"[/\\]", match[0])[-1] not in names:
            raise InputError(
                f"The prompt names '{printable(match[0])}', which is not among the given files; "
                "give it as a FILE, or leave it out."
            )


def checked_session(session_id: str) -> str:
    """A session id as this client prints them. Raises `InputError`."""
    if not SESSION_PATTERN.fullmatch(session_id):
        raise InputError(
            f"'{printable(session_id)}' is not a session id; use the one that detaching printed."
        )
    return session_id


def language_of(prompt: str) -> Language:
    """Korean for a prompt that holds Hangul, English otherwise."""
    return Language.KO if _HANGUL.search(prompt) else Language.EN


def refuse_inputs_in(folders: Sequence[Path], files: Sequence[Path]) -> None:
    """Raises `InputError` for a file below a folder that the run empties or replaces."""
    for file in files:
        for folder in folders:
            if file.is_relative_to(folder):
                raise InputError(
                    f"'{printable(str(file))}' lies in '{folder}', which this run replaces; copy "
                    "it elsewhere or choose another --out."
                )
