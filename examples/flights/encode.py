"""The forms in which a flight is sent: protobuf, JSON, a CSV row, a record of the runners' stream.

Protobuf bytes come from Google's own encoder and from a descriptor that `protoc` makes of flight.proto, so that what
the engines decode was never encoded by us. Knows no rules and no Fishplate.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.message import Message
from grpc_tools import protoc

from records import FIELDS, INSTANTS, Flight, Value, instant_text, trace_context

ROOM: Final = Path(__file__).resolve().parent
JSON: Final = json.JSONEncoder(separators=(",", ":"))
CAMEL_CASE: Final = {
    name: name.split("_")[0] + "".join(part.capitalize() for part in name.split("_")[1:]) for name in FIELDS
}


def flight_message() -> type[Message]:
    """The class of flights.v1.Flight."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "flight.binpb"
        well_known = resources.files("grpc_tools") / "_proto"
        arguments = [f"-I{ROOM}", f"-I{well_known}", f"--descriptor_set_out={out}", "--include_imports", "flight.proto"]
        if protoc.main(["protoc", *arguments]) != 0:
            raise RuntimeError("protoc does not compile flight.proto")
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    message: type[Message] = message_factory.GetMessages(files.file)["flights.v1.Flight"]
    return message


def to_protobuf(flight: Flight, message: type[Message]) -> bytes:
    """The flight as bytes of flights.v1.Flight."""
    values: dict[str, Value | dict[str, Value]] = dict(flight.fields)
    for name in INSTANTS:
        if name in values:
            values[name] = {"seconds": flight.fields[name]}
    encoded: bytes = message(**values).SerializeToString(deterministic=True)
    return encoded


def readable(flight: Flight) -> dict[str, Value]:
    """The flight's known fields in the order of the proto, with times as text."""
    fields = flight.fields
    return {
        name: instant_text(int(fields[name])) if name in INSTANTS else fields[name] for name in FIELDS if name in fields
    }


def to_json(flight: Flight) -> str:
    """The flight by the proto3 JSON mapping, on one line."""
    return JSON.encode({CAMEL_CASE[name]: value for name, value in readable(flight).items()})


def varint(number: int) -> bytes:
    """A protobuf varint, as it stands before each message of a length-delimited file."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def write_csv(flights: Iterable[Flight], file: TextIO) -> None:
    """A table with the proto's field names as header; what is not known is an empty cell."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(FIELDS)
    for flight in flights:
        values = readable(flight)
        values["distance"] = f"{values['distance']:g}"
        table.writerow([values.get(name, "") for name in FIELDS])


def write_json_lines(flights: Iterable[Flight], file: TextIO) -> None:
    """One JSON object a line."""
    for flight in flights:
        file.write(to_json(flight) + "\n")


def write_messages(bodies: Iterable[bytes], file: BinaryIO) -> None:
    """Length-delimited protobuf: a varint, then the message."""
    for body in bodies:
        file.write(varint(len(body)) + body)


def write_stream(flights: Iterable[Flight], bodies: Iterable[bytes], file: BinaryIO) -> None:
    """What the runners read: u32 little-endian length of the body, 25 bytes of trace context, the body."""
    for flight, body in zip(flights, bodies, strict=True):
        file.write(len(body).to_bytes(4, "little") + trace_context(flight.row) + body)
