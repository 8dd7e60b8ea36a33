"""A finished job as its reader finds it: the report's text and the numbers behind it."""

import json
import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.demo.command_line import Finished
from tests.pdf_text import pdf_text


@dataclass
class FinishedReport:
    """The output folder of a job, and what the command said."""

    folder: Path
    command: Finished

    @cached_property
    def text(self) -> str:
        """The PDF's text; runs of space are one space."""
        return re.sub(r"\s+", " ", pdf_text(self.folder / "report.pdf"))

    @cached_property
    def citations(self) -> list[dict[str, Any]]:
        """The entries of `citations.json`."""
        citations: list[dict[str, Any]] = self.json("citations.json")["citations"]
        return citations

    def json(self, name: str) -> Any:
        """A file of the folder, parsed."""
        return json.loads((self.folder / name).read_bytes())

    def events(self) -> list[dict[str, Any]]:
        """All events."""
        lines = (self.folder / "events.ndjson").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def cites(self, value: float | str, *words: str) -> bool:
        """True when a verified citation has this value and all `words` in its label or formula."""
        return any(
            citation["status"] == "verified"
            and _equal(citation["value"], value)
            and all(word in f"{citation['label']} {citation['formula']}" for word in words)
            for citation in self.citations
        )

    def says(self, number: float, digits: int = 0) -> bool:
        """True when the report's prose has the number, with thousands separators."""
        written = f"{number:,.{digits}f}"
        return re.search(rf"(?<![\d,.]){re.escape(written)}(?![\d,]|\.\d)", self.text) is not None


def _equal(found: Any, expected: float | str) -> bool:
    if isinstance(expected, str) or isinstance(found, str) or found is None:
        return bool(found == expected)
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
