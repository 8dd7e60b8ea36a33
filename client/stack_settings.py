"""The settings of a stack as its files in the Pulumi project have them, without an engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from client.errors import InputError
from client.stack import PROJECT_FILE
from client.terminal import printable

_NAMESPACE = "deep-insight:"


@dataclass(frozen=True, slots=True)
class StackSettings:
    """Values of `Pulumi.STACK.yaml` before the defaults of `Pulumi.yaml`."""

    values: dict[str, Any]

    @property
    def region(self) -> str:
        """The stack's region; empty when neither file has one."""
        return str(self.values.get("aws:region") or "")

    def __getitem__(self, name: str) -> Any:
        """A setting of this project, such as `imageBuilder`; None when it is not set."""
        return self.values.get(f"{_NAMESPACE}{name}")

    @property
    def models(self) -> list[str]:
        """Every Bedrock model that an agent uses, each once."""
        others = self["agentModels"]
        given = [self["model"], *(others.values() if isinstance(others, dict) else [])]
        return list(dict.fromkeys(str(model) for model in given if model))


def load_settings(project: Path, stack: str | None) -> StackSettings:
    """The settings; without `stack` the project's defaults. Raises `InputError`."""
    defaults = _config(project / PROJECT_FILE)
    values = {name: _default(entry) for name, entry in defaults.items()}
    if stack is not None:
        file = project / f"Pulumi.{stack}.yaml"
        if not file.is_file():
            raise InputError(
                f"There is no {printable(file.name)} in {project}; make the stack with: pulumi "
                f"stack init {printable(stack)}"
            )
        values |= _config(file)
    return StackSettings(values)


def _default(entry: Any) -> Any:
    """A project declares `{value: …}` or `{type: …, default: …}`."""
    return entry.get("value", entry.get("default")) if isinstance(entry, dict) else entry


def _config(file: Path) -> dict[str, Any]:
    import yaml  # nothing but doctor needs it

    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file} cannot be read ({printable(reason)[:200]}).") from None
    config = content.get("config") if isinstance(content, dict) else None
    return config if isinstance(config, dict) else {}
