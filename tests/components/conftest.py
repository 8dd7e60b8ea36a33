"""Components are registered through the same recording monitor that `make plan` uses."""

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.deployment import Deployment
from plan.program import run_program
from plan.project import StackConfiguration
from plan.recording import Recording

ACCOUNT = "123456789012"
MAIN = "from component_under_test import program\nprogram()\n"


@pytest.fixture
def deployment() -> Deployment:
    return Deployment(
        prefix="deep-insight-test", region="us-east-1", account_id=ACCOUNT, log_retention_days=7
    )


@pytest.fixture
def protected() -> Deployment:
    return Deployment(
        prefix="deep-insight-test",
        region="us-east-1",
        account_id=ACCOUNT,
        log_retention_days=90,
        protected=True,
    )


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recording]:
    """Run a function as if it were the Pulumi program, and return what it declared."""

    def run(program: Callable[[], Any], *, preview: bool = False) -> Recording:
        module = types.ModuleType("component_under_test")
        module.program = program  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "component_under_test", module)
        (tmp_path / "__main__.py").write_text(MAIN, encoding="utf-8")
        configuration = StackConfiguration(
            "deep-insight", "test", {"aws:region": "us-east-1"}, frozenset()
        )
        return run_program(configuration, preview=preview, root=tmp_path)

    return run


@pytest.fixture
def resolve(declare: Callable[..., Recording]) -> Callable[[Any], Any]:
    """The value of an Output, or the error it ends in."""

    def value_of(make: Callable[[], Any]) -> Any:
        def program() -> None:
            pulumi.export("value", make())

        return declare(program).exports["value"]

    return value_of
