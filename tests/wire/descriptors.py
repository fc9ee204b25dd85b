"""Descriptors of one process as plain values, and the differences between two such dumps.

Run as a program it dumps what the official SDK registers, as JSON: the two cannot live in one process.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

OFFICIAL = (
    "xai_sdk.proto",
    (
        "auth_pb2",
        "chat_pb2",
        "deferred_pb2",
        "files_pb2",
        "image_pb2",
        "models_pb2",
        "sample_pb2",
        "tokenize_pb2",
        "usage_pb2",
    ),
)
OURS = (
    "grokbot.wire.xai",
    ("auth_pb2", "chat_pb2", "files_pb2", "image_pb2", "models_pb2", "tokenize_pb2", "usage_pb2"),
)

_TYPES = {number: name for name, number in descriptor_pb2.FieldDescriptorProto.Type.items()}
_LABELS = {number: name for name, number in descriptor_pb2.FieldDescriptorProto.Label.items()}


def dump(package: str, modules: Iterable[str]) -> dict[str, Any]:
    """Fact by name, such as "xai_api.Message.name": number, type and so on. Independent of files and of order."""
    facts: dict[str, Any] = {}
    for module in modules:
        file = descriptor_pb2.FileDescriptorProto()
        _module(package, module).DESCRIPTOR.CopyToProto(file)
        for message in file.message_type:
            _message(facts, file.package, message)
        for enum in file.enum_type:
            _enum(facts, file.package, enum)
        for service in file.service:
            _service(facts, file.package, service)
    return facts


def _module(package: str, name: str) -> Any:
    """A module of a package; the SDK has them as names only, since they lie in a folder for each protobuf."""
    if package == OURS[0]:
        return importlib.import_module(f"{package}.{name}")
    return getattr(importlib.import_module(package), name)


def _message(facts: dict[str, Any], scope: str, message: descriptor_pb2.DescriptorProto) -> None:
    name = f"{scope}.{message.name}"
    facts[name] = {"kind": "message"}
    for field in message.field:
        in_oneof = field.HasField("oneof_index") and not field.proto3_optional
        facts[f"{name}.{field.name}"] = {
            "kind": "field",
            "number": field.number,
            "type": _TYPES[field.type],
            "of": field.type_name,
            "label": _LABELS[field.label],
            "optional": field.proto3_optional,
            "oneof": message.oneof_decl[field.oneof_index].name if in_oneof else None,
        }
    for nested in message.nested_type:
        _message(facts, name, nested)
    for enum in message.enum_type:
        _enum(facts, name, enum)


def _enum(facts: dict[str, Any], scope: str, enum: descriptor_pb2.EnumDescriptorProto) -> None:
    name = f"{scope}.{enum.name}"
    facts[name] = {"kind": "enum"}
    for value in enum.value:
        facts[f"{name}.{value.name}"] = {"kind": "value", "number": value.number}


def _service(facts: dict[str, Any], scope: str, service: descriptor_pb2.ServiceDescriptorProto) -> None:
    name = f"{scope}.{service.name}"
    facts[name] = {"kind": "service"}
    for method in service.method:
        facts[f"{name}.{method.name}"] = {
            "kind": "method",
            "takes": method.input_type,
            "gives": method.output_type,
            "client_streaming": method.client_streaming,
            "server_streaming": method.server_streaming,
        }


def differences(ours: dict[str, Any], official: dict[str, Any]) -> list[str]:
    """What ours declares otherwise than the official side, or what that side does not have at all."""
    return [
        f"{name}: ours {fact}, official {official.get(name)}"
        for name, fact in sorted(ours.items())
        if official.get(name) != fact
    ]


if __name__ == "__main__":
    json.dump(dump(*OFFICIAL), sys.stdout)
