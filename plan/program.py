"""Runs the Pulumi program of a stack in this process and records what it declares.

The Pulumi SDK keeps its state in context variables, so each run happens inside a copy of the
current context with an event loop of its own: runs do not see each other.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import runpy
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pulumi.runtime
from pulumi.runtime import mocks, stack
from pulumi.runtime.settings import SETTINGS

from plan import emulation
from plan.monitor import NoMocks, RecordingMonitor
from plan.project import (
    ROOT,
    SECRET_PLACEHOLDER,
    PlanInputError,
    StackConfiguration,
    read_stack,
)
from plan.recording import Recording


def run_program(
    configuration: StackConfiguration, *, preview: bool = False, root: Path = ROOT
) -> Recording:
    """Runs ``__main__.py`` for a stack as the engine's language host would.

    Args:
        configuration: The stack's configuration, from :func:`plan.project.read_stack`.
        preview: Computed outputs stay unknown, as in ``pulumi preview`` before anything exists.
        root: Folder of the program.

    Raises:
        ProgramError: The engine would refuse what the program declares.
        Exception: Whatever the program raises.
    """
    return contextvars.copy_context().run(_run, configuration, preview, root)


def record(
    stack_name: str,
    overrides: Sequence[str] = (),
    *,
    preview: bool = False,
    root: Path = ROOT,
) -> Recording:
    """Reads a stack's configuration and runs the program with it.

    Raises:
        PlanInputError: The stack, an override or the configuration cannot be used.
    """
    configuration, problems = read_stack(stack_name, overrides, root)
    try:
        recording = run_program(configuration, preview=preview, root=root)
    except Exception as error:
        found = _configuration_problems(error)
        if not found and not problems:
            raise
        told = {sentence.partition(":")[0] for sentence in found}
        others = [problem for key, problem in problems.items() if key not in told]
        found = _without_verdicts_on_placeholders(found, configuration)
        raise PlanInputError([*others, *found]) from error
    if problems:
        raise PlanInputError(list(problems.values()))
    return recording


def _configuration_problems(error: BaseException) -> list[str]:
    """The problems of a configuration error of the program, one sentence each."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        problems = getattr(current, "problems", None)
        if isinstance(problems, list | tuple):
            return [str(problem) for problem in problems]
        current = current.__cause__ or current.__context__
    return []


def _without_verdicts_on_placeholders(
    found: Sequence[str], configuration: StackConfiguration
) -> list[str]:
    """The sentences, but one by encrypted key: the program judged a placeholder, not its value."""
    encrypted = {configuration.short(key): None for key in sorted(configuration.encrypted_keys)}
    sentences: dict[str, None] = {}
    for sentence in found:
        about = sentence.partition(": ")[0].split(", ")
        keys = [key for key in encrypted if key in {part.partition(".")[0] for part in about}]
        if not keys and SECRET_PLACEHOLDER in sentence:
            keys = list(encrypted)  # a rule of another key quotes it, without saying whose it is
        for key in keys:
            place = f"is encrypted in Pulumi.{configuration.stack}.yaml and cannot be read here"
            sentences[f"{key} {place}; pass --config {key}=VALUE"] = None
        if not keys:
            sentences[sentence] = None
    return list(sentences)


def _run(configuration: StackConfiguration, preview: bool, root: Path) -> Recording:
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    warnings = _Warnings()
    logger = logging.Logger("program")
    logger.addHandler(warnings)
    monitor = RecordingMonitor(configuration, preview=preview)
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(4))
    asyncio.set_event_loop(loop)
    try:
        _prepare_sdk(configuration, monitor, logger, preview)
        with _program_folder(root):
            main = root / "__main__.py"
            loop.run_until_complete(stack.run_in_stack(lambda: _run_main(main)))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)
    return Recording(
        project=configuration.project,
        stack=configuration.stack,
        region=monitor.region,
        account=emulation.ACCOUNT,
        resources=monitor.recorded,
        configuration={
            key: "[secret]" if key in configuration.secret_keys else value
            for key, value in configuration.values.items()
        },
        exports=monitor.exports,
        secret_exports=monitor.secret_exports,
        invokes=tuple(sorted(monitor.calls, key=lambda call: (call.token, str(call.arguments)))),
        component_outputs=monitor.component_outputs,
        warnings=tuple(warnings.messages),
    )


class _Warnings(logging.Handler):
    """Keeps what the program warns about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _run_main(main: Path) -> None:
    runpy.run_path(str(main), run_name="__main__")


def _prepare_sdk(
    configuration: StackConfiguration,
    monitor: RecordingMonitor,
    logger: logging.Logger,
    preview: bool,
) -> None:
    SETTINGS.outputs = set()
    SETTINGS.lock = threading.Lock()
    SETTINGS.package_refs = {}
    SETTINGS.base_providers_by_ref = {}
    pulumi.runtime.set_all_config(dict(configuration.values), sorted(configuration.secret_keys))
    mocks.set_mocks(
        NoMocks(),
        project=configuration.project,
        stack=configuration.stack,
        preview=preview,
        logger=logger,
        monitor=monitor,
        organization="organization",
    )
    pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type]
    SETTINGS.rpc_manager.clear()


@contextmanager
def _program_folder(root: Path) -> Iterator[None]:
    """The program's folder first on the path, and no ``__main__`` argument left from ours."""
    text = str(root)
    added = text not in sys.path
    if added:
        sys.path.insert(0, text)
    try:
        yield
    finally:
        if added:
            sys.path.remove(text)
