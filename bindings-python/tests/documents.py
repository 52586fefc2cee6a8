"""Rule documents and events that the tests share, and protobuf bytes put together by hand."""

from __future__ import annotations

import struct
from typing import Any

from fishplate import Timestamp

PAYMENT_PROTO = """
syntax = "proto3";
package risk.v1;
import "google/protobuf/timestamp.proto";
message Payment {
  string id = 1;
  double amount = 2;
  string country = 3;
  google.protobuf.Timestamp at = 4;
  Device device = 5;
}
message Device {
  string name = 1;
}
"""

PAYMENTS = """\
fishplate: 1
name: payments
schema: payment.proto#risk.v1.Payment
event: {time: at, max_disorder: 30s}
outputs:
  score: {type: int, merge: sum, default: 0}
  action: {enum: [ALLOW, REVIEW, DECLINE], merge: max, default: ALLOW}
features:
  seen: {by: event.country, count: true, sliding: 1h, slide: 1m}
rules:
  - {id: large, when: event.amount > 1000.0, output: {score: 40, action: REVIEW}}
  - {id: often, when: features.seen >= 3, output: {score: 20}}
  - {id: named, when: event.device.name == "kiosk", output: {action: DECLINE}}
  - {id: watched, mode: shadow, when: event.country == "CH", output: {score: 5}}
"""

VALUES = """\
fishplate: 1
name: values
schema:
  fields:
    bool: bool
    int: int
    uint: uint
    double: double
    string: string
    bytes: bytes
    timestamp: timestamp
    duration: duration
    doubles: list(double)
    by_string: map(string, double)
    by_int: map(int, string)
    device: {id: string}
outputs:
  bool: {type: bool, merge: first}
  int: {type: int, merge: first}
  uint: {type: uint, merge: first}
  double: {type: double, merge: first}
  string: {type: string, merge: first}
  bytes: {type: bytes, merge: first}
  timestamp: {type: timestamp, merge: first}
  duration: {type: duration, merge: first}
  ints: {type: int, merge: list}
  doubles: {type: list(double), merge: first}
  by_string: {type: "map(string, double)", merge: first}
  by_int: {type: "map(int, string)", merge: first}
  device: {type: string, merge: first}
rules:
  - {id: bool, when: has(event.bool), output: {bool: event.bool}}
  - {id: int, when: has(event.int), output: {int: event.int, ints: event.int}}
  - {id: uint, when: has(event.uint), output: {uint: event.uint}}
  - {id: double, when: has(event.double), output: {double: event.double}}
  - {id: string, when: has(event.string), output: {string: event.string}}
  - {id: bytes, when: has(event.bytes), output: {bytes: event.bytes}}
  - {id: timestamp, when: has(event.timestamp), output: {timestamp: event.timestamp}}
  - {id: duration, when: has(event.duration), output: {duration: event.duration}}
  - {id: doubles, when: has(event.doubles), output: {doubles: event.doubles}}
  - {id: by_string, when: has(event.by_string), output: {by_string: event.by_string}}
  - {id: by_int, when: has(event.by_int), output: {by_int: event.by_int}}
  - {id: device, when: has(event.device), output: {device: event.device.id}}
  - {id: zero, when: has(event.int) && 1 / event.int > 0}
"""

PUMPS = """\
fishplate: 1
name: pumps
schema: {fields: {pump: string, at: timestamp, celsius: double}}
event: {time: at, max_disorder: 5s}
partition_by: event.pump
outputs:
  action: {enum: [RUN, CHECK, STOP], merge: max, default: RUN}
  heat: {type: double, merge: max}
features:
  seen: {by: event.pump, count: true, sliding: 1h, slide: 1m}
rules:
  - {id: HOT, by: event.pump, when: event.celsius > 80.0, for: 1m, output: {action: STOP, heat: event.celsius}}
  - {id: QUIET, by: event.pump, silent: 5m, output: {action: CHECK}}
  - {id: THIRD, when: features.seen >= 3}
"""

LONGER = PUMPS.replace("name: pumps", "name: longer").replace(
    "  seen:", "  mean: {by: event.pump, avg: event.celsius, sliding: 2h, slide: 1m}\n  seen:"
)
"""The same with a feature more."""

JSON = b'{"id": "p1", "amount": 1200.5, "country": "CH", "at": "2026-01-01T00:00:00Z"}'
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def reading(pump: str, seconds: int, celsius: float = 20.0) -> dict[str, Any]:
    """Give a reading of a pump, so many seconds after 1970 began."""
    return {"pump": pump, "at": Timestamp(seconds), "celsius": celsius}


def payment(amount: float, country: str = "DE", seconds: int = 1_767_225_600) -> bytes:
    """Give a payment as protobuf bytes, written by hand from the encoding's specification."""
    at = b"\x08" + _varint(seconds)
    return b"".join(
        (
            b"\x0a\x02p1",
            b"\x11" + struct.pack("<d", amount),
            b"\x1a" + bytes([len(country)]) + country.encode(),
            b"\x22" + bytes([len(at)]) + at,
        )
    )


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))
