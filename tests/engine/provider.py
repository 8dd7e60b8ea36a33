"""A stand-in for a provider plugin: the engine starts it and speaks its gRPC protocol with it.

It answers with the emulation that `make plan` uses, refuses what the emulation refuses, keeps an
account of every operation in a file, and fails where that file's neighbour tells it to. Started as
``pulumi-resource-NAME``; the port goes to stdout, as the engine expects.
"""

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plan import emulation, functions
from plan.recording import Unknown
from plan.wire import decode, encode

JOURNAL = "ENGINE_JOURNAL"
FAULTS = "ENGINE_FAULTS"
DEFAULT_REGION = "us-east-1"


class Journal:
    """One line of JSON for each operation; several plugins append to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, operation: str, urn: str, **facts: Any) -> None:
        """Append one operation."""
        line = json.dumps({"at": time.time(), "operation": operation, "urn": urn, **facts})
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def fault(operation: str, type_: str) -> str | None:
    """What an operation must fail with: ``{"delete TYPE": "message"}`` in the file of faults."""
    path = Path(os.environ[FAULTS])
    faults = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    message: str | None = faults.get(f"{operation} {type_}")
    return message


def type_of(urn: str) -> str:
    """The type token in a URN, without the types of its parents."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """The provider's side of the protocol."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._region = DEFAULT_REGION
        self._tags: dict[str, str] = {}

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=os.environ.get("ENGINE_VERSION", "7.51.1"))

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return self._compare(request.old_inputs, request.news)

    def Configure(self, request: Any, context: Any) -> Any:
        arguments, _secrets = decode(request.args)
        self._region = arguments.get("region") or DEFAULT_REGION
        defaults = arguments.get("defaultTags") or {}
        defaults = json.loads(defaults) if isinstance(defaults, str) else defaults
        self._tags = dict(defaults.get("tags") or {})
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        return self._compare(request.old_inputs, request.news)

    def _compare(self, old: struct_pb2.Struct, new: struct_pb2.Struct) -> Any:
        before, after = decode(old)[0], decode(new)[0]
        changed = sorted(
            key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        )
        kind = (
            provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        )
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    def Create(self, request: Any, context: Any) -> Any:
        type_ = type_of(request.urn)
        if not request.preview and (message := fault("create", type_)):
            context.abort(grpc.StatusCode.UNKNOWN, message)
        inputs, secrets = decode(request.properties)
        registration = emulation.Registration(
            request.urn, type_, request.urn.rsplit("::", 1)[-1], inputs, self._region
        )
        state = emulation.answer(registration, preview=request.preview)
        identifier = str(state.pop("id", ""))
        if "tagsAll" in state:
            state["tagsAll"] = {**self._tags, **(state["tagsAll"] or {})}
        self._record(request.preview, "create", request.urn, timeout=request.timeout)
        return provider_pb2.CreateResponse(id=identifier, properties=encode(state, secrets))

    def Update(self, request: Any, context: Any) -> Any:
        inputs, secrets = decode(request.news)
        olds, _old_secrets = decode(request.olds)
        self._record(request.preview, "update", request.urn)
        return provider_pb2.UpdateResponse(properties=encode({**olds, **inputs}, secrets))

    def Delete(self, request: Any, context: Any) -> Any:
        type_ = type_of(request.urn)
        if message := fault("delete", type_):
            context.abort(grpc.StatusCode.UNKNOWN, message)
        self._record(False, "delete", request.urn, id=request.id, timeout=request.timeout)
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Invoke(self, request: Any, context: Any) -> Any:
        arguments, _secrets = decode(request.args)
        if any(isinstance(value, Unknown) for value in arguments.values()):
            return provider_pb2.InvokeResponse()
        result = encode(functions.call(request.tok, arguments, self._region))
        return provider_pb2.InvokeResponse(**{"return": result})

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def _record(self, preview: bool, operation: str, urn: str, **facts: Any) -> None:
        if not preview:
            self._journal.write(operation, urn, **facts)


def main() -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(
        ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", 400 * 2**20)]
    )
    journal = Journal(Path(os.environ[JOURNAL]))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(journal), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
