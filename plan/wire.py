"""Pulumi's wire format: protobuf structures to plain values, with secrets and unknowns marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from plan.recording import UNKNOWN, Path, Unknown

_SIGNATURE = rpc._special_sig_key
_SECRET = rpc._special_secret_sig
_RESOURCE = rpc._special_resource_sig
_ASSETS = {rpc._special_asset_sig, rpc._special_archive_sig}


class FileContent(dict[str, Any]):
    """An asset or archive: its members, and the signature that goes back over the wire."""

    def __init__(self, signature: str, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self.signature = signature


def decode(structure: struct_pb2.Struct) -> tuple[dict[str, Any], frozenset[Path]]:
    """The plain values of a message, and the places that hold secrets."""
    secrets: set[Path] = set()
    value = _plain(json_format.MessageToDict(structure), (), secrets)
    return value, frozenset(secrets)


def _plain(value: Any, at: Path, secrets: set[Path]) -> Any:
    if isinstance(value, dict):
        signature = value.get(_SIGNATURE)
        if signature == _SECRET:
            secrets.add(at)
            return _plain(value.get("value"), at, secrets)
        if signature == _RESOURCE:
            return value.get("id") or value.get("urn")
        if signature in _ASSETS:
            content = {key: item for key, item in value.items() if key != _SIGNATURE}
            return FileContent(signature, _plain(content, at, secrets))
        return {key: _plain(item, (*at, key), secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, (*at, index), secrets) for index, item in enumerate(value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if value == rpc.UNKNOWN else value


def encode(values: Mapping[str, Any], secrets: frozenset[Path] = frozenset()) -> struct_pb2.Struct:
    """The message of a provider's answer; an output of a secret input is secret again."""
    secret_names = {path[0] for path in secrets if path}
    encoded = {
        key: {_SIGNATURE: _SECRET, "value": _wire(value)} if key in secret_names else _wire(value)
        for key, value in values.items()
        if value is not None
    }
    return json_format.ParseDict(encoded, struct_pb2.Struct())


def _wire(value: Any) -> Any:
    if isinstance(value, FileContent):
        return {_SIGNATURE: value.signature, **{key: _wire(item) for key, item in value.items()}}
    if isinstance(value, Mapping):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return rpc.UNKNOWN if isinstance(value, Unknown) else value
