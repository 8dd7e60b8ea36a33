"""Everything the executor is told, from the environment only.

`load_settings` reports every problem at once, one line each with the way out. The table of the
variables is in docs/contracts.md.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from executor.identity import SESSION_ID_PATTERN

MIB = 1024 * 1024
GIB = 1024 * MIB
LIMIT_PREFIX = "LIMIT_"


class SettingsError(ValueError):
    """The environment is wrong. `problems` holds one line for each thing to change."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """The executor's settings; each field's environment variable is its name in capitals."""

    model_config = ConfigDict(frozen=True)

    session_id: str = Field(
        pattern=SESSION_ID_PATTERN, description="the one session this process serves"
    )
    session_token_sha256: str = Field(
        pattern=r"^[0-9a-fA-F]{64}$", description="SHA-256 of the session's bearer token, as hex"
    )
    host: str = Field("127.0.0.1", min_length=1, description="listening address")
    port: int = Field(8080, ge=0, le=65535, description="listening port; 0: the system chooses")
    workspace: Path = Field(Path("/workspace"), description="holds data/ and artifacts/")
    artifact_sink: str | None = Field(None, description="file:///dir: where artifacts are copied")
    kernel_network: str = Field(
        "none", pattern="^(none|full)$", description="none: no internet sockets in user code; full"
    )
    claimable: bool = Field(
        False, description="true: waits for one POST /session/claim before it serves"
    )
    allow_http_grants: bool = Field(
        False, description="true: granted URLs may be http on other hosts than this one"
    )
    limit_code_bytes: int = Field(MIB, ge=1, le=16 * MIB, description="size of one code")
    limit_timeout_seconds: float = Field(120, gt=0, description="timeout when none is asked for")
    limit_timeout_max_seconds: float = Field(3600, gt=0, description="longest timeout")
    limit_output_bytes: int = Field(
        MIB, ge=64, description="output kept per execution and stream: first half and last half"
    )
    limit_recorded_bytes: int = Field(
        256 * MIB, ge=MIB, description="events of finished executions kept, oldest dropped first"
    )
    limit_upload_bytes: int = Field(4 * GIB, ge=1, description="size of one uploaded file")
    limit_memory_bytes: int = Field(
        2 * GIB, ge=256 * MIB, description="memory of the kernel and what it starts"
    )
    limit_processes: int = Field(128, ge=1, description="processes of user code at once")
    limit_queue: int = Field(16, ge=0, description="executions that may wait")
    limit_idle_seconds: float = Field(1800, gt=0, description="exit after this long without use")
    limit_unused_seconds: float = Field(
        120, gt=0, description="exit when this long after a claim nobody has used it"
    )
    limit_lifetime_seconds: float = Field(28800, gt=0, description="exit after this long anyway")
    heartbeat_seconds: float = Field(5, gt=0, le=60, description="longest silence of a stream")

    @field_validator("workspace")
    @classmethod
    def _workspace_is_absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError(f"{str(value)!r} is not an absolute path")
        return value

    @field_validator("artifact_sink")
    @classmethod
    def _sink_is_a_folder(cls, value: str | None) -> str | None:
        if value in (None, ""):
            return None
        parts = urlsplit(value or "")
        if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
            raise ValueError(f"{value!r} is not of the form file:///absolute/folder")
        return value

    @model_validator(mode="after")
    def _timeouts_agree(self) -> Settings:
        if self.limit_timeout_seconds > self.limit_timeout_max_seconds:
            raise ValueError(
                "LIMIT_TIMEOUT_SECONDS is larger than LIMIT_TIMEOUT_MAX_SECONDS; lower the first"
            )
        return self

    @property
    def sink_folder(self) -> Path | None:
        """The folder that `ARTIFACT_SINK` names, if any."""
        return Path(unquote(urlsplit(self.artifact_sink).path)) if self.artifact_sink else None

    def limits(self) -> dict[str, float]:
        """The limits by their names without the prefix, for `GET /session`."""
        return {
            name.removeprefix("limit_"): getattr(self, name)
            for name in type(self).model_fields
            if name.startswith("limit_")
        }


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read, check and return the settings; make the workspace. Raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    problems = _unknown_limits(environment)
    settings = None
    try:
        settings = Settings.model_validate(_given(environment))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            problems.append(_sentence(detail["loc"], detail["type"], detail["msg"]))
    if settings is not None:
        problems += _workspace_problems(settings.workspace)
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: environment[name.upper()]
        for name in Settings.model_fields
        if name.upper() in environment
    }


def _unknown_limits(environment: Mapping[str, str]) -> list[str]:
    known = [n.upper() for n in Settings.model_fields if n.upper().startswith(LIMIT_PREFIX)]
    problems = []
    for name in sorted(environment):
        if name.startswith(LIMIT_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known limits: {', '.join(known)}"
            problems.append(f"{name}: there is no such limit; {advice}")
    return problems


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location:
        return message
    name = str(location[0])
    description = Settings.model_fields[name].description
    if kind == "missing":
        return f"{name.upper()}: not set; set it to {description}"
    if kind == "string_pattern_mismatch":
        message = "the value does not have the right form"
    return f"{name.upper()}: {message[0].lower()}{message[1:]} ({description})"


def _workspace_problems(workspace: Path) -> list[str]:
    try:
        for name in ("data", "artifacts"):
            (workspace / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return [
            f"WORKSPACE: {str(workspace)!r} cannot be made ({error.strerror}); "
            "name a folder that this user may write to"
        ]
    if not os.access(workspace, os.W_OK | os.X_OK):
        return [f"WORKSPACE: {str(workspace)!r} is not writable; change its owner or its mode"]
    return []
