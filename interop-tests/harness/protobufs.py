"""Protobuf bodies, by Google's own compiler and runtime. Knows messages; knows no scenario."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from grpc_tools import protoc

from .values import Value, double_of


@functools.cache
def compiled(folder: Path, file: str, message: str) -> type:
    """The message's class, compiled with Google's protoc."""
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "set.bin"
        wells = Path(protoc.__file__).parent / "_proto"
        args = ["protoc", f"-I{folder}", f"-I{wells}", f"--descriptor_set_out={out}", "--include_imports", file]
        if protoc.main(args) != 0:
            raise ValueError(f"protoc refuses {file}")
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for proto in files.file:
        pool.Add(proto)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(message))


def protobuf_of(plain: Value, message: type) -> bytes:
    """The message's bytes; maps are written in the order of their keys, so that bodies are the same in every run."""
    built = message()
    _fill(built, plain)
    return bytes(built.SerializeToString(deterministic=True))


def _fill(target: Any, plain: Value) -> None:
    for key, value in plain.data:
        if value.tag != "n":
            _set(target, target.DESCRIPTOR.fields_by_name[key.data], value)


def _set(target: Any, field: FieldDescriptor, value: Value) -> None:
    held = getattr(target, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry = field.message_type.fields_by_name["value"]
        for key, item in value.data:
            if entry.message_type is not None:
                _put(held[key.data], item)
            else:
                held[key.data] = _scalar(entry, item)
    elif field.is_repeated:
        for item in value.data:
            if field.message_type is not None:
                _put(held.add(), item)
            else:
                held.append(_scalar(field, item))
    elif field.message_type is not None:
        held.SetInParent()
        _put(held, value)
    else:
        setattr(target, field.name, _scalar(field, value))


def _put(message: Any, value: Value) -> None:
    """Fills a message that stands for one value: a time, a wrapper, or a message of fields."""
    if value.tag in "tp":
        message.seconds, message.nanos = value.data
    elif value.tag == "{":
        _fill(message, value)
    else:
        message.value = _scalar(message.DESCRIPTOR.fields_by_name["value"], value)


def _scalar(field: FieldDescriptor, value: Value) -> Any:
    if field.enum_type is not None and value.tag == "s":
        return field.enum_type.values_by_name[value.data].number
    return double_of(value.data) if value.tag == "d" else value.data
