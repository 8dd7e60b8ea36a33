"""Components are registered through the same recording monitor that `make plan` uses."""

import sys
import types
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import pulumi
import pytest

from components.deployment import Deployment
from plan.program import run_program
from plan.project import StackConfiguration
from plan.recording import Recording

ACCOUNT = "123456789012"
MAIN = "from component_under_test import program\nprogram()\n"


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return Deployment(
        prefix="deep-insight-test", region="us-east-1", account_id=ACCOUNT, log_retention_days=7
    )


@pytest.fixture(scope="module")
def protected() -> Deployment:
    return Deployment(
        prefix="deep-insight-test",
        region="us-east-1",
        account_id=ACCOUNT,
        log_retention_days=90,
        protected=True,
    )


@pytest.fixture(scope="module")
def declare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Recording]]:
    """Run a function as if it were the Pulumi program, and return what it declared.

    `of`: all that the program depends on, by name. When it has a hash, equal ones are declared
    once; recordings are never altered.
    """
    folder = tmp_path_factory.mktemp("program")
    (folder / "__main__.py").write_text(MAIN, encoding="utf-8")
    module = types.ModuleType("component_under_test")
    made: dict[Any, Recording] = {}

    def run(
        program: Callable[[], Any], *, preview: bool = False, of: Mapping[str, Any] | None = None
    ) -> Recording:
        key = tuple(sorted((of or {}).items()))
        shared = bool(key) and all(isinstance(value, Hashable) for _, value in key)
        if shared and key in made:
            return made[key]
        module.program = program  # type: ignore[attr-defined]
        configuration = StackConfiguration(
            "deep-insight", "test", {"aws:region": "us-east-1"}, frozenset()
        )
        recording = run_program(configuration, preview=preview, root=folder)
        if shared:
            made[key] = recording
        return recording

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "component_under_test", module)
        yield run


@pytest.fixture
def resolve(declare: Callable[..., Recording]) -> Callable[[Any], Any]:
    """The value of an Output, or the error it ends in."""

    def value_of(make: Callable[[], Any]) -> Any:
        def program() -> None:
            pulumi.export("value", make())

        return declare(program).exports["value"]

    return value_of
