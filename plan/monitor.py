"""The monitor that the SDK talks to instead of an engine: it answers, and keeps every request.

It is the SDK's mock monitor with the parts that a real engine has and the mock lacks: decoded
inputs with secrets and unknowns marked, edges between resources, an error on a duplicate URN.
"""

from __future__ import annotations

import threading
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from plan import emulation, functions
from plan.project import StackConfiguration
from plan.recording import STACK_TYPE, Invoke, Resource
from plan.wire import decode, encode

DEFAULT_REGION = "us-east-1"


class ProgramError(Exception):
    """The program declares something that the real engine would refuse."""


class NoMocks(mocks.Mocks):
    """The recording monitor answers by itself; the SDK only wants an object here."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


class RecordingMonitor(mocks.MockMonitor):
    """Answers as the emulated provider does and keeps every request."""

    def __init__(self, configuration: StackConfiguration, *, preview: bool) -> None:
        super().__init__(NoMocks())
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
        before_delete=tuple(request.hooks.before_delete),
    )
