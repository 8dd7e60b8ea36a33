"""A deployed stack as the client sees it: the outputs of the Pulumi program."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from client.errors import InputError
from client.terminal import first_line, printable

PULUMI_SECONDS = 60.0
"""`pulumi stack output` asks the state's backend once."""
PROJECT_FILE = "Pulumi.yaml"

_RUNTIME_ARN = re.compile(
    r"arn:[a-z-]+:bedrock-agentcore:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):runtime/[^/:]+"
)
_NO_STACK = re.compile(r"no stack named|no stack with name|not found", re.IGNORECASE)


class Stack(BaseModel):
    """Outputs that the client uses; others are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    account_id: str = Field(pattern=r"^\d{12}$")
    runtime_arn: str
    runtime_endpoint: str = Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_]{0,47}$")
    artifacts_bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    artifacts_prefix: str
    runtime_log_group: str = ""
    application_log_group: str = ""
    executor_log_group: str = ""
    executor_cpu: int | None = None
    """CPU units of an executor, 1024 to a vCPU."""
    executor_memory: int | None = None
    """MiB of an executor."""
    executor_architecture: str | None = None

    @field_validator("artifacts_prefix")
    @classmethod
    def _a_folder(cls, prefix: str) -> str:
        """With the slash that separates it from the session's id."""
        return f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @field_validator("executor_architecture")
    @classmethod
    def _upper_case(cls, architecture: str | None) -> str | None:
        return architecture.upper() if architecture else None

    @model_validator(mode="after")
    def _one_place(self) -> "Stack":
        found = _RUNTIME_ARN.fullmatch(self.runtime_arn)
        if found is None:
            raise ValueError(f"runtime_arn '{self.runtime_arn}' is not the ARN of a runtime")
        if (found["region"], found["account"]) != (self.region, self.account_id):
            raise ValueError(
                f"runtime_arn is of region {found['region']} and account {found['account']}, "
                f"region and account_id say {self.region} and {self.account_id}"
            )
        return self

    def session_prefix(self, session_id: str) -> str:
        """Start of the keys of a session's objects (docs/contracts.md, 5.2)."""
        return f"{self.artifacts_prefix}{session_id}/"


def load_stack(name: str | None, outputs: Path | None) -> Stack:
    """The outputs of the stack `name`, or those in the file `outputs`, which goes first.

    Raises `InputError` with what is wrong and the way out.
    """
    if outputs is not None:
        return _parse(_read(outputs), f"'{printable(str(outputs))}'")
    assert name is not None
    return _parse(_ask_pulumi(name), f"stack '{printable(name)}'")


def project_folder() -> Path | None:
    """The folder of the Pulumi project: the current one, one above it, or the client's own."""
    here = Path.cwd()
    places = [here, *here.parents, Path(__file__).resolve().parents[1]]
    return next((place for place in places if (place / PROJECT_FILE).is_file()), None)


def _read(file: Path) -> str:
    shown = printable(str(file))
    try:
        return file.expanduser().read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"--outputs '{shown}' does not exist; write it with: pulumi stack output --json "
            f"--stack NAME > {shown}"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise InputError(f"--outputs '{shown}' cannot be read ({reason}).") from None


def _ask_pulumi(name: str) -> str:
    program = shutil.which("pulumi")
    if program is None:
        raise InputError(
            "The Pulumi CLI is not installed, so the outputs of the stack are not known; install "
            "it (pulumi.com/docs/install), or give a file with them as --outputs."
        )
    folder = project_folder()
    if folder is None:
        raise InputError(
            f"There is no {PROJECT_FILE} in this folder or above it; run this in the project, or "
            "give a file with the stack's outputs as --outputs."
        )
    try:
        done = subprocess.run(
            [program, "stack", "output", "--json", "--non-interactive", "--stack", name],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PULUMI_SECONDS,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"'pulumi stack output' did not end within {PULUMI_SECONDS:.0f} s; check the state's "
            "backend, or give a file with the outputs as --outputs."
        ) from None
    except OSError as error:
        raise InputError(f"The Pulumi CLI cannot be started ({error.strerror}).") from None
    if done.returncode != 0:
        raise _pulumi_failure(name, done.stderr)
    return done.stdout


def _pulumi_failure(name: str, said: str) -> InputError:
    if _NO_STACK.search(said):
        return InputError(
            f"There is no stack '{printable(name)}'; 'pulumi stack ls' lists those that exist."
        )
    reason = first_line(said).removeprefix("error: ") or "without a reason"
    return InputError(
        f"'pulumi stack output' failed: {reason.rstrip('.')}. A file with the outputs can be "
        "given as --outputs."
    )


def _parse(text: str, where: str) -> Stack:
    try:
        content: Any = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InputError(
            f"The outputs of {where} are not a JSON object; write them with: pulumi stack output "
            "--json"
        )
    try:
        return Stack.model_validate(content)
    except ValidationError as error:
        raise _unfit(error, where, empty=not content) from None


def _unfit(error: ValidationError, where: str, *, empty: bool) -> InputError:
    if empty:
        return InputError(f"There are no outputs of {where}; deploy it first with: pulumi up")
    problems = error.errors()
    missing = [str(problem["loc"][0]) for problem in problems if problem["type"] == "missing"]
    if missing:
        return InputError(
            f"The outputs of {where} lack {', '.join(missing)}; update the stack with: pulumi up"
        )
    problem = problems[0]
    reason = str(problem["msg"]).removeprefix("Value error, ")
    field = f"'{problem['loc'][0]}': " if problem["loc"] else ""
    return InputError(f"The outputs of {where} cannot be used: {field}{printable(reason)}.")
