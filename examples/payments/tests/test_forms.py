"""Every form of the payments holds the same messages, as Google's own reader has them."""

from __future__ import annotations

import csv
import subprocess
from importlib import resources
from pathlib import Path

from google.protobuf import descriptor_pb2, json_format, message_factory
from google.protobuf.message import Message
from grpc_tools import protoc

from programs import ROOM, program

EVENTS = 2_000


def payment_message(folder: Path) -> type[Message]:
    """The class of risk.v1.Payment, by `protoc` out of payment.proto."""
    out = folder / "payment.binpb"
    well_known = resources.files("grpc_tools") / "_proto"
    arguments = [f"-I{ROOM}", f"-I{well_known}", f"--descriptor_set_out={out}", "--include_imports", "payment.proto"]
    assert protoc.main(["protoc", *arguments]) == 0
    files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    return message_factory.GetMessages(files.file)["risk.v1.Payment"]


def messages(path: Path, message: type[Message]) -> list[Message]:
    """The messages of a length-delimited file."""
    data, at, read = path.read_bytes(), 0, []
    while at < len(data):
        length = shift = 0
        while True:
            byte = data[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        read.append(message.FromString(data[at : at + length]))
        at += length
    return read


def row(payment: Message) -> dict[str, str]:
    """A payment as its row of the table should be."""
    values = json_format.MessageToDict(
        payment, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    values["amount"] = f"{values['amount']:.10g}"
    values["credit_limit"] = f"{values['credit_limit']:g}"
    instant = payment.at.ToDatetime()
    values["at"] = instant.isoformat(timespec="milliseconds") + "Z"
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


def test_every_form_holds_the_same_messages(tmp_path: Path) -> None:
    forms = [tmp_path / f"payments.{form}" for form in ("pb", "jsonl", "csv")]
    subprocess.run([program("fishplate-payments"), "--events", str(EVENTS), *forms], check=True)
    message = payment_message(tmp_path)
    payments = messages(forms[0], message)
    assert len(payments) == EVENTS
    lines = forms[1].read_text(encoding="utf-8").splitlines()
    assert [json_format.Parse(line, message()) for line in lines] == payments
    with forms[2].open(newline="", encoding="utf-8") as file:
        rows = [{name: cell for name, cell in cells.items() if cell} for cells in csv.DictReader(file)]
    assert rows == [row(payment) for payment in payments]
    assert {payment.HasField("device") for payment in payments} == {True, False}


def test_a_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        files = [tmp_path / f"{name}.pb", "--labels", tmp_path / f"{name}.csv"]
        subprocess.run([program("fishplate-payments"), "--events", "1000", "--seed", "9", *files], check=True)
    for form in ("pb", "csv"):
        assert (tmp_path / f"one.{form}").read_bytes() == (tmp_path / f"other.{form}").read_bytes()
