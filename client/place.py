"""Where the runtime is, as the command line says it: `--runtime`, or `--stack` and `--outputs`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from client.errors import InputError
from client.stack import Stack, load_stack

if TYPE_CHECKING:
    from client.deployed_runtime import DeployedRuntime


@dataclass(frozen=True, slots=True)
class StackPlace:
    """A deployed stack, by its name, by a file with its outputs, or both."""

    name: str | None
    outputs: Path | None

    @property
    def options(self) -> list[str]:
        """The options again, for a command that can be run from any folder."""
        named = ["--stack", self.name] if self.name is not None else []
        if self.outputs is None:
            return named
        return [*named, "--outputs", str(self.outputs.expanduser().resolve())]

    def load(self) -> Stack:
        """The stack's outputs. Raises `InputError`."""
        if self.name is None and self.outputs is None:
            raise InputError("Name the deployed stack with --stack, or its outputs with --outputs.")
        return load_stack(self.name, self.outputs)

    def runtime(self, console: Console, *, any_owner: bool = False) -> "DeployedRuntime":
        """The stack's runtime. Raises `InputError`."""
        stack = self.load()
        require_boto3()
        from client.deployed_runtime import DeployedRuntime

        return DeployedRuntime(stack, self.options, console, any_owner=any_owner)


def chosen_stack(name: str | None, outputs: Path | None) -> StackPlace | None:
    """The stack that the options name; None when they name none."""
    return None if name is None and outputs is None else StackPlace(name, outputs)


def require_boto3() -> None:
    """Raises `InputError` where the AWS SDK is not installed; local runs do not need it."""
    try:
        import boto3  # noqa: F401
    except ModuleNotFoundError:
        raise InputError(
            "boto3 is not installed, and deployed stacks need it; install client/requirements.txt."
        ) from None
