"""Runs the Pulumi program of a stack in this process and records what it declares.

The Pulumi SDK keeps its state in context variables, so each run happens inside a copy of the
current context with an event loop of its own: runs do not see each other. The monitor is the
SDK's mock monitor with the parts that a real engine has and the mock lacks: decoded inputs with
secrets and unknowns marked, edges between resources, an error on a duplicate URN.
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
from typing import Any

import pulumi.runtime
from google.protobuf import empty_pb2
from pulumi.runtime import mocks, stack
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from plan import emulation, functions
from plan.project import ROOT, PlanInputError, StackConfiguration, read_stack
from plan.recording import STACK_TYPE, Invoke, Recording, Resource
from plan.wire import decode, encode

DEFAULT_REGION = "us-east-1"


class ProgramError(Exception):
    """The program declares something that the real engine would refuse."""


class _NoMocks(mocks.Mocks):
    """The recording monitor answers by itself; the SDK only wants an object here."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


class RecordingMonitor(mocks.MockMonitor):
    """Answers as the emulated provider does and keeps every request."""

    def __init__(self, configuration: StackConfiguration, *, preview: bool) -> None:
        super().__init__(_NoMocks())
        self.configuration = configuration
        self.region = configuration.values.get("aws:region", DEFAULT_REGION)
        self.preview = preview
        self.recorded: dict[str, Resource] = {}
        self.component_outputs: dict[str, dict[str, Any]] = {}
        self.exports: dict[str, Any] = {}
        self.secret_exports: frozenset[str] = frozenset()
        self.calls: list[Invoke] = []
        self._lock = threading.Lock()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine makes it: the root stack's type is left out of the path."""
        chain = type_
        if parent and f"::{STACK_TYPE}::" not in parent:
            chain = f"{parent.split('::')[2]}${type_}"
        return (
            f"urn:pulumi:{self.configuration.stack}::{self.configuration.project}::{chain}::{name}"
        )

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs, secrets = decode(request.object)
        state: dict[str, Any] = {}
        if request.custom:
            registration = emulation.Registration(
                urn, request.type, request.name, inputs, self.region
            )
            state = emulation.answer(registration, preview=self.preview)
        resource = _resource(request, urn, inputs, secrets, state)
        with self._lock:
            if urn in self.recorded:
                raise ProgramError(f"Two resources have the URN {urn}; give one another name.")
            self.recorded[urn] = resource
        known = encode({key: value for key, value in state.items() if key != "id"}, secrets)
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=str(state.get("id", "")), object=known
        )

    def RegisterResourceOutputs(self, request: Any) -> Any:
        outputs, secrets = decode(request.outputs)
        if f"::{STACK_TYPE}::" in request.urn:
            self.exports = outputs
            self.secret_exports = frozenset(str(path[0]) for path in secrets if path)
        else:
            self.component_outputs[request.urn] = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        arguments, _secrets = decode(request.args)
        with self._lock:
            self.calls.append(Invoke(request.tok, arguments))
        result = functions.call(request.tok, arguments, self.region)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(encode(result))
        return response

    def ReadResource(self, request: Any) -> Any:
        raise ProgramError(
            f"The program reads the existing resource {request.type} {request.name}; "
            "the emulation has no state to read it from."
        )


def _resource(
    request: Any, urn: str, inputs: dict[str, Any], secrets: frozenset[Any], state: dict[str, Any]
) -> Resource:
    edges = {name: frozenset(entry.urns) for name, entry in request.propertyDependencies.items()}
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        parent="" if f"::{STACK_TYPE}::" in request.parent else request.parent,
        custom=request.custom,
        inputs=inputs,
        outputs=state,
        secrets=secrets,
        dependencies=frozenset(request.dependencies),
        property_dependencies=edges,
        provider=request.provider,
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
    )


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
        raise PlanInputError([*problems, *found]) from error
    if problems:
        raise PlanInputError(problems)
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
        _NoMocks(),
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
