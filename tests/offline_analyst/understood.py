"""Questions over tables: the profiles they are read against, and what is made of them."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from agent_runtime.models.offline.understanding import understand
from tests.offline_analyst.workspace import workspace

Wanted = list[dict[str, Any]]


def profiles_of(
    frames: Mapping[str, Callable[[], pd.DataFrame]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The profile of each table, as the executor makes it."""
    found = {}
    for name, frame in frames.items():
        with workspace(tmp_path_factory.mktemp(name), frame()) as space:
            found[name] = space.profile
    return found


def assert_asks_for(question: str, profile: dict[str, Any], wanted: Wanted) -> None:
    """The question becomes these analyses, each with at least these members, and leaves no gap."""
    understood = understand(question, [profile])
    analyses = [task.analysis.to_dict() for task in understood.tasks]
    assert len(analyses) == len(wanted), (analyses, understood.gaps)
    for analysis, expected in zip(analyses, wanted, strict=True):
        assert {key: analysis.get(key) for key in expected} == expected
    assert not understood.gaps
