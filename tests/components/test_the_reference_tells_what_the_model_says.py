"""Pulumi.yaml and docs/configuration.md are generated from the model and up to date."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.config import StackConfig
from stack.loading import PROJECT, keys, parse
from stack.reference import ROOT, generated, rewritten


def project() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("path", sorted(rewritten()), ids=lambda path: path.name)
def test_the_generated_part_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == rewritten()[path], "run: python -m stack.reference"


def test_the_engine_knows_the_same_keys_as_the_model() -> None:
    declared = {key for key in project()["config"] if key.startswith(f"{PROJECT}:")}

    assert declared == {f"{PROJECT}:{key}" for key in keys()}


def test_the_engines_defaults_are_the_models_defaults() -> None:
    defaults = {
        key: entry["default"] for key, entry in project()["config"].items() if "default" in entry
    }

    assert parse({"aws:region": "us-east-1", **defaults}, stack="dev") == StackConfig()


def test_every_key_is_documented_with_its_cost() -> None:
    for key, field in keys().items():
        assert field.description, key
        assert isinstance(field.json_schema_extra, dict), key
        assert field.json_schema_extra["cost"], key


def test_the_project_runs_in_the_virtual_environment() -> None:
    runtime = project()["runtime"]

    assert (runtime["name"], runtime["options"]["virtualenv"]) == ("python", ".venv")


def test_a_file_without_marks_is_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("nothing here\n", encoding="utf-8")

    with pytest.raises(ValueError, match="has no part between"):
        generated(path, "<begin>", "<end>", "text")
