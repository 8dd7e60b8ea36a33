from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from agent_runtime import startup_check as runtime_check
from executor import startup_check as executor_check

BOTH = pytest.mark.parametrize("check", [executor_check, runtime_check])


def install(monkeypatch: pytest.MonkeyPatch, modules: dict[str, list[str]]) -> None:
    monkeypatch.setattr(metadata, "packages_distributions", lambda: modules)


@BOTH
def test_a_distribution_that_does_not_import_is_named(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, {"json": ["whole"], "no_such_module": ["broken"]})
    with pytest.raises(check.StartupError, match=r"^The dependency broken does not import"):
        check.import_dependencies()


@BOTH
def test_a_module_that_lacks_an_installed_package_is_broken_although_others_import(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "half_broken.py").write_text("import json.no_such_part\n")
    monkeypatch.syspath_prepend(tmp_path)
    install(monkeypatch, {"json": ["whole"], "half_broken": ["whole"]})
    with pytest.raises(check.StartupError, match="whole does not import"):
        check.import_dependencies()


@BOTH
def test_an_adapter_for_a_package_that_is_not_installed_is_no_failure(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "adapter.py").write_text("import no_such_option\n")
    monkeypatch.syspath_prepend(tmp_path)
    install(monkeypatch, {"json": ["whole"], "adapter": ["whole"]})
    assert check.import_dependencies() == 1


def test_the_executor_starts_runs_code_and_ends(tmp_path: Path) -> None:
    executor_check.run_server(tmp_path)


def test_an_executor_that_does_not_start_is_reported_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMIT_NONSENSE", "1")
    with pytest.raises(executor_check.StartupError, match="LIMIT_NONSENSE"):
        executor_check.run_server(tmp_path)


def test_a_runtime_that_does_not_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEP_INSIGHT_NONSENSE", "1")
    monkeypatch.setattr(runtime_check, "LAUNCHER", runtime_check.LAUNCHER[1:])
    with pytest.raises(runtime_check.StartupError, match="ended with 2 before it listened"):
        runtime_check.run_server()
