"""Column names of a loaded table: NFC, trimmed, never empty, never twice."""

import unicodedata
from collections.abc import Sequence

# Beyond this a profile cannot be read by anybody and the question is about few columns anyway.
MAX_COLUMNS = 1_000


def clean_names(header: Sequence[object]) -> tuple[list[str], list[str]]:
    """Return usable column names, and a note for each one that had to be changed.

    Args:
        header: the names as they stand in the file; None or blank is a column without a name.
    """
    names: list[str] = []
    notes: list[str] = []
    given = [_clean(value) for value in header]
    taken: set[str] = set()
    for position, name in enumerate(given, start=1):
        unique = name or f"column_{position}"
        if not name:
            notes.append(f"column {position} has no name: called '{unique}'")
        suffix = 2
        base = unique
        # SQL compares names without case, so "Amount" and "amount" cannot both stay.
        while unique.casefold() in taken or (unique != base and unique in given):
            unique = f"{base}_{suffix}"
            suffix += 1
        if unique != base:
            notes.append(f"duplicated column '{base}' renamed to '{unique}'")
        taken.add(unique.casefold())
        names.append(unique)
    return names, notes


def _clean(value: object) -> str:
    text = "" if value is None else str(value)
    return " ".join(unicodedata.normalize("NFC", text).split())
